"""Every command, gathered and put in the order in which help lists them."""

import typer
from typer.models import CommandInfo, TyperInfo

from cli.app import app

# What a person is about to do. Typer puts groups behind commands, so a panel of groups alone comes last.
PANELS = {
    "Start": ("demo", "init", "run", "serve", "deploy"),
    "Read": ("digest", "surges", "stories", "search", "article", "export"),
    "Look after it": ("doctor", "metrics", "monitor", "settings", "backup", "restore", "upgrade", "reindex", "prune"),
    "One stage alone, on files": ("extract", "match", "group"),
    "Say what is watched": ("topics", "feeds"),
}


def register() -> None:
    """Import the modules of all commands, and arrange what they registered."""
    from cli import (  # noqa: F401 (imported for their commands)
        archive,
        articles,
        demo,
        digests,
        drafting,
        feeds,
        grouping,
        health,
        matches,
        observing,
        pages,
        running,
        setup,
        stories,
        surges,
        topics,
    )

    arrange(app)


def arrange(root: typer.Typer) -> None:
    """Give each command its panel and its place; one that no panel names stands first, under no heading of ours."""
    panels = {name: panel for panel, names in PANELS.items() for name in names}
    order = {name: place for place, name in enumerate(panels)}
    registered: list[CommandInfo | TyperInfo] = [*root.registered_commands, *root.registered_groups]
    for each in registered:
        if name_of(each) in panels:
            each.rich_help_panel = panels[name_of(each)]
    root.registered_commands.sort(key=lambda each: order.get(name_of(each), -1))
    root.registered_groups.sort(key=lambda each: order.get(name_of(each), -1))


def name_of(each: CommandInfo | TyperInfo) -> str:
    """Return what a person types for a command or group."""
    return str(each.name or getattr(each.callback, "__name__", ""))
