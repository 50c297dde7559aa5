"""What of a poll's new entries is news, and what a republished archive. What is new at all, the store tells by key and URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from news.sources import Entry

# More new entries in one poll than this, and than five times the usual number, is a republished archive, not news.
# The busiest wire feed of the evaluation set announces 100 entries at a time.
_FLOOD_FROM = 150
_FLOOD_TIMES_USUAL = 5

# What a flood may hold of real news: entries this recent by their own date.
_RECENT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Guarded:
    """New entries of a poll: those to read, and those to remember as seen without reading. `reason` is empty if none are."""

    to_read: tuple[Entry, ...]
    to_remember: tuple[Entry, ...] = ()
    reason: str = ""


def guard_flood(unseen: Sequence[Entry], *, usual: float, now: datetime) -> Guarded:
    """Hold back what a feed republishes from its archive all at once.

    `usual` is the feed's ordinary number of new entries a poll. In a flood only entries dated within the last three days
    are read; the others, and those without a date, are remembered as seen.
    """
    limit = max(_FLOOD_FROM, _FLOOD_TIMES_USUAL * usual)
    if len(unseen) <= limit:
        return Guarded(tuple(unseen))
    recent = tuple(entry for entry in unseen if entry.published_at and now - entry.published_at <= _RECENT)
    held = tuple(entry for entry in unseen if not (entry.published_at and now - entry.published_at <= _RECENT))
    reason = f"{len(unseen)} new entries at once, usually {usual:.0f}: {len(held)} old or undated ones are not read"
    return Guarded(recent, held, reason if held else "")
