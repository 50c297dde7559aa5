"""A feed's latest entries, from which its rhythm is read: found through an index, however many it has had."""

from datetime import UTC, datetime

import sqlalchemy as sa

from news.sources import RHYTHM_ENTRIES
from storage.columns import Moment
from storage.tables import entries, feeds

EVER = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), Moment)


def are_latest() -> sa.ColumnElement[bool]:
    """Return the condition that entries, joined with their feeds, are of the latest; what came at one time stays together."""
    later = entries.alias()
    bound = sa.select(later.c.first_seen_at).where(later.c.feed_id == feeds.c.id).correlate(feeds)
    bound = bound.order_by(later.c.first_seen_at.desc()).offset(RHYTHM_ENTRIES - 1).limit(1)
    return entries.c.first_seen_at >= sa.func.coalesce(bound.scalar_subquery(), EVER)


def select_rhythms() -> sa.Select[tuple[str, datetime, datetime, int]]:
    """Select id, first and last time and number of each feed's latest entries; one dated ahead counts from when it was seen.

    Undated ones of a first poll came nobody knows when: together they count as one that came then, or a list of twenty
    would look like twenty at once.
    """
    announced = sa.case((entries.c.published_at <= entries.c.first_seen_at, entries.c.published_at))
    at = sa.func.coalesce(announced, entries.c.first_seen_at)
    first, last = sa.func.min(at).label("first"), sa.func.max(at).label("last")
    is_of_old = entries.c.is_first_poll & entries.c.published_at.is_(None)
    number = sa.func.count(sa.case((~is_of_old, 1))) + sa.func.max(sa.case((is_of_old, 1), else_=0))
    query = sa.select(feeds.c.id, first, last, number.label("number")).join(entries, entries.c.feed_id == feeds.c.id)
    return query.where(are_latest()).group_by(feeds.c.id)
