"""What of a poll's new entries is news, and what an archive. What is new at all, the store tells by key and URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from news.sources import Entry, Habit

# More new entries in one poll than this, and than five times the usual number, may be a republished archive. A burst of news
# is as large, so what is held back is decided by date.
_FLOOD_FROM = 20
_FLOOD_TIMES_USUAL = 5

# What was published so long before the feed was last read stood in it then, or was never meant to: news comes late by hours.
_LATE = timedelta(days=3)

# Feeds hold 20 to 100 entries: so many are worth having at a first look, as backlog; of an archive, a month is. Of entries
# without a date nothing is known but their place, and the newest stand first in nearly every feed.
_WHOLE_FEED = 100
_RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Guarded:
    """New entries of a poll: those to read, and those to remember as seen without reading. `reason` is empty if none are."""

    to_read: tuple[Entry, ...]
    to_remember: tuple[Entry, ...] = ()
    reason: str = ""


def guard_flood(unseen: Sequence[Entry], habit: Habit | None, now: datetime) -> Guarded:
    """Hold back what a feed publishes of its archive all at once.

    `habit` is what the feed's polls brought before; None at its first. A number that is usual for it, or small, is read
    whole, and at a first look what an ordinary feed holds. Of a larger one those are read that were published since the feed
    was last read, or in the month before a first look, and as many of those without a date; the others are remembered as seen.
    """
    usual, seen_at = (habit.usual, habit.seen_at) if habit else (0.0, None)
    limit = int(max(_FLOOD_FROM if seen_at else _WHOLE_FEED, _FLOOD_TIMES_USUAL * usual))
    if len(unseen) <= limit:
        return Guarded(tuple(unseen))
    recent_from = seen_at - _LATE if seen_at else now - _RECENT
    undated = [entry for entry in unseen if _date(entry) is None][:limit]
    read = {id(entry) for entry in undated}
    read |= {id(entry) for entry in unseen if (at := _date(entry)) and at >= recent_from}
    held = tuple(entry for entry in unseen if id(entry) not in read)
    when = f"new entries at once, usually {usual:.0f}" if seen_at else "entries at the first look"
    reason = (
        f"{len(unseen):,} {when}: {len(held):,} old or undated ones are kept as an archive, not read" if held else ""
    )
    return Guarded(tuple(entry for entry in unseen if id(entry) in read), held, reason)


def _date(entry: Entry) -> datetime | None:
    """When it was published, or at the latest: sitemaps say only when a page was changed."""
    return entry.published_at or entry.updated_at
