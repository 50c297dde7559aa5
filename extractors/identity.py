"""Identity of entries over time: what is new, what only looks new, and whether something was missed. Pure decisions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from news.errors import AddressError
from news.sources import Entry
from news.urls import canonical_url

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


def find_unseen(
    entries: Sequence[Entry], *, known_keys: Collection[str], known_urls: Collection[str]
) -> tuple[Entry, ...]:
    """Find the entries that are new, by key and by canonical URL; a key seen twice in one poll counts once.

    Feeds that give old articles new ids (GUID churn) announce nothing new: `known_urls` are canonical.
    """
    unseen: dict[str, Entry] = {}
    for entry in entries:
        if entry.key not in known_keys and find_canonical(entry) not in known_urls:
            unseen.setdefault(entry.key, entry)
    return tuple(unseen.values())


def find_canonical(entry: Entry) -> str | None:
    """Find the canonical URL of an entry's link; None where it has no web address."""
    try:
        return canonical_url(entry.link) if entry.link else None
    except AddressError:
        return None


def find_gap(previous_keys: Collection[str], entries: Sequence[Entry]) -> bool:
    """Whether a feed moved on faster than it was polled: it has entries, and none of those seen last time is among them."""
    return bool(previous_keys) and bool(entries) and not any(entry.key in previous_keys for entry in entries)


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
