"""The matcher for commands: compiled once and kept in the home, so that `match` starts in a blink."""

from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import Settings
from matching.cache import load_matcher

if TYPE_CHECKING:
    from matching.matcher import Matcher

_KINDS = ("entities", "phrases", "topics")


def open_matcher(settings: Settings) -> "Matcher":
    """Return the matcher of the shipped declarations and the user's own.

    Raises:
        SeedError: for a wrong declaration.
    """
    return load_matcher(settings.home_path / "cache", list_declared(settings), lambda: _compile(settings))


def list_declared(settings: Settings) -> list[Path]:
    """The files that a matcher is made from."""
    folders = [folder / kind for folder in (settings.seeds, settings.own_seeds) for kind in _KINDS]
    return [path for folder in folders for path in folder.rglob("*.toml")]


def _compile(settings: Settings) -> "Matcher":
    from matching.matcher import Matcher
    from seeds.declarations import load_declarations

    own = settings.own_seeds
    declared = load_declarations(settings.seeds, own if own.is_dir() else None)
    return Matcher(declared.entities, declared.phrases, declared.topics.values())
