"""What a feed has brought before: which entries and articles, how many at a time, and whether at the address it has now."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from news.sources import RHYTHM_ENTRIES, Outcome
from storage.tables import entries, feeds, refreshes

_KEYS = 10_000
"""A statement takes some ten thousand parameters, and a hostile feed may have more entries than that."""


def known_keys(connection: sa.Connection, feed_id: str, keys: Sequence[str]) -> set[str]:
    """Return which of some keys a feed has announced before."""
    known = set[str]()
    for start in range(0, len(keys), _KEYS):
        some = entries.c.key.in_(keys[start : start + _KEYS])
        known.update(connection.scalars(sa.select(entries.c.key).where(entries.c.feed_id == feed_id, some)))
    return known


def knows_urls(connection: sa.Connection, feed_id: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether articles of a feed are known under other ids: some feeds give old articles new ones, and nothing is missed."""
    urls = [row["url"] for row in rows if row["url"]][:_KEYS]
    query = sa.select(entries.c.id).where(entries.c.feed_id == feed_id, entries.c.url.in_(urls)).limit(1)
    return connection.scalar(query) is not None


def usual_new(connection: sa.Connection, feed_id: str) -> float | None:
    """Return the mean number of new entries of the latest polls that had any; None before the first good poll."""
    good = sa.select(refreshes.c.new_entries).where(
        refreshes.c.feed_id == feed_id, refreshes.c.outcome != Outcome.FAILED
    )
    latest = connection.scalars(good.order_by(refreshes.c.started_at.desc()).limit(RHYTHM_ENTRIES)).all()
    if not latest:
        return None
    some = [new for new in latest if new]
    return sum(some) / len(some) if some else 0.0


def stood_here(connection: sa.Connection, feed_id: str) -> bool:
    """Whether entries stood in a feed when it was read last, at the address that it has now.

    An edited declaration takes away the hash of the body (`storage.feeds.sync_feeds`): what stood there before stood elsewhere,
    or was read in another way.
    """
    read = sa.select(refreshes.c.entries).where(refreshes.c.feed_id == feed_id, refreshes.c.outcome == Outcome.UPDATED)
    latest = read.order_by(refreshes.c.started_at.desc(), refreshes.c.id.desc()).limit(1).scalar_subquery()
    query = sa.select(feeds.c.id).where(feeds.c.id == feed_id, feeds.c.body_hash.is_not(None), latest > 0)
    return connection.scalar(query) is not None
