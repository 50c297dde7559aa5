"""A feed's latest entries, from which its rhythm is read: found through an index, however many it has had."""

from datetime import UTC, datetime

import sqlalchemy as sa

from storage.columns import Moment
from storage.tables import entries, feeds

RHYTHM_ENTRIES = 30
"""Two days of a wire, months of a quiet ministry."""

EVER = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), Moment)


def are_latest() -> sa.ColumnElement[bool]:
    """Return the condition that entries, joined with their feeds, are of the latest; what came at one time stays together."""
    later = entries.alias()
    bound = sa.select(later.c.first_seen_at).where(later.c.feed_id == feeds.c.id).correlate(feeds)
    bound = bound.order_by(later.c.first_seen_at.desc()).offset(RHYTHM_ENTRIES - 1).limit(1)
    return entries.c.first_seen_at >= sa.func.coalesce(bound.scalar_subquery(), EVER)
