"""Every command, gathered: importing a module registers what it holds."""


def register() -> None:
    """Import the modules of all commands."""
    from cli import demo, running  # noqa: F401, PLC0415 (imported for its commands)
