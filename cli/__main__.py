"""`python -m cli`, which `./dateline` runs."""

from cli import commands
from cli.app import main

if __name__ == "__main__":
    commands.register()
    main()
