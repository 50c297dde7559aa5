"""Every command, gathered: importing a module registers what it holds, in the order in which help lists them."""


def register() -> None:
    """Import the modules of all commands."""
    from cli import (  # noqa: F401 (imported for their commands)
        archive,
        demo,
        digests,
        drafting,
        feeds,
        grouping,
        health,
        matches,
        pages,
        running,
        setup,
        stories,
        topics,
    )
