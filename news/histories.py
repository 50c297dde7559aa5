"""The texts of an article over time, and what changed from one to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from news.articles import Quality


@dataclass(frozen=True, slots=True)
class Revision:
    """A text of an article as read at a time; `text` is empty where retention has forgotten it."""

    number: int
    title: str
    text: str
    quality: Quality
    read_at: datetime
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Lines that were taken out of a text and put in at one place, the title counted as its first line."""

    removed: tuple[str, ...]
    added: tuple[str, ...]


def compare_revisions(old: Revision, new: Revision) -> tuple[Change, ...]:
    """What changed, by paragraph, in the text's order; nothing where one was merely read better or is forgotten."""
    if old.quality is not new.quality or not (old.text and new.text):
        return ()
    return tuple(_list_changes([old.title, *old.text.splitlines()], [new.title, *new.text.splitlines()]))


def _list_changes(before: list[str], after: list[str]) -> Iterator[Change]:
    for kind, start, end, begin, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Change(tuple(before[start:end]), tuple(after[begin:stop]))
