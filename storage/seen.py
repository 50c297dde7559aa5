"""What a feed has brought before: which entries and articles, how many at a time, and whether at the address it has now."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from news.sources import RHYTHM_ENTRIES, Habit, Outcome
from storage.tables import entries, feeds, refreshes

_KEYS = 10_000
"""A statement takes some ten thousand parameters, and a hostile feed may have more entries than that."""

Announced = tuple[str | None, str, datetime | None]
"""What an entry says of its article, whatever its id: the URL, the title, and when it was published."""


def known_keys(connection: sa.Connection, feed_id: str, keys: Sequence[str]) -> set[str]:
    """Return which of some keys a feed has announced before."""
    known = set[str]()
    for start in range(0, len(keys), _KEYS):
        some = entries.c.key.in_(keys[start : start + _KEYS])
        known.update(connection.scalars(sa.select(entries.c.key).where(entries.c.feed_id == feed_id, some)))
    return known


def known_articles(connection: sa.Connection, feed_id: str, urls: Iterable[str | None]) -> set[Announced]:
    """Return how a feed has announced some articles before, under whatever ids."""
    asked, known = [url for url in urls if url], set[Announced]()
    for start in range(0, len(asked), _KEYS):
        some = entries.c.url.in_(asked[start : start + _KEYS])
        query = sa.select(entries.c.url, entries.c.title, entries.c.published_at)
        known.update(connection.execute(query.where(entries.c.feed_id == feed_id, some)).tuples())
    return known


def read_habit(connection: sa.Connection, feed_id: str) -> Habit | None:
    """Return what a feed's latest polls brought; None before the first good one, which says nothing of what is usual."""
    good = sa.select(refreshes.c.new_entries).where(
        refreshes.c.feed_id == feed_id, refreshes.c.outcome != Outcome.FAILED
    )
    latest = connection.scalars(good.order_by(refreshes.c.started_at.desc()).limit(RHYTHM_ENTRIES + 1)).all()
    if not latest:
        return None
    some = [new for new in latest[:-1] if new]  # the oldest is either the very first or one too many
    seen = _list_readings(refreshes.c.started_at, feed_id).where(refreshes.c.entries > 0).limit(1)
    return Habit(sum(some) / len(some) if some else 0.0, connection.scalar(seen))


def _list_readings(column: sa.Column[Any], feed_id: str) -> sa.Select[Any]:
    """Select a column of a feed's polls that read it, the latest first."""
    read = sa.select(column).where(refreshes.c.feed_id == feed_id, refreshes.c.outcome == Outcome.UPDATED)
    return read.order_by(refreshes.c.started_at.desc(), refreshes.c.id.desc())


def stood_here(connection: sa.Connection, feed_id: str) -> bool:
    """Whether entries stood in a feed when it was read last, at the address that it has now.

    An edited declaration takes away the hash of the body (`storage.feeds.sync_feeds`): what stood there before stood elsewhere,
    or was read in another way.
    """
    latest = _list_readings(refreshes.c.entries, feed_id).limit(1).scalar_subquery()
    query = sa.select(feeds.c.id).where(feeds.c.id == feed_id, feeds.c.body_hash.is_not(None), latest > 0)
    return connection.scalar(query) is not None
