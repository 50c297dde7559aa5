"""`python -m cli`, which `./dateline` runs."""

from cli.app import main

if __name__ == "__main__":
    main()
