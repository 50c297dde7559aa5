"""What good polls remarked: entries that may have been missed or were held back, and defects of a feed that were survived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from news.sources import Outcome
from storage.engine import Store, reading
from storage.tables import feeds, refreshes

GAP = "none of the entries seen before is still there: some may have been missed between two polls"

# A refresh has one reason in words. What the poll itself remarked stands in front, defects of the document behind this.
_DEFECTS = "defects: "
_LONGEST = 300


def write_remark(remark: str, problems: Sequence[str]) -> str:
    """Write the reason of a good poll; empty where there is nothing to say."""
    defects = "; ".join(problems)
    defects = defects if len(defects) <= _LONGEST else defects[:_LONGEST] + "…"
    return "; ".join(part for part in (remark, defects and _DEFECTS + defects) if part)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a good poll remarked: a gap, so that entries may have been missed, or else a flood that was held back."""

    at: datetime
    reason: str
    is_gap: bool


def list_remarks(store: Store, *, since_at: datetime) -> dict[str, Remark]:
    """Return the last remark of each feed's good polls, by feed id; defects alone are none."""
    remarked = (refreshes.c.started_at >= since_at) & (refreshes.c.outcome != Outcome.FAILED)
    query = sa.select(refreshes.c.feed_id, refreshes.c.started_at, refreshes.c.reason)
    query = query.where(remarked, refreshes.c.reason != "", ~refreshes.c.reason.startswith(_DEFECTS))
    with reading(store) as connection:
        rows = connection.execute(query.order_by(refreshes.c.started_at)).all()
    said = ((row, row.reason.partition("; " + _DEFECTS)[0]) for row in rows)
    return {row.feed_id: Remark(row.started_at, reason, reason == GAP) for row, reason in said}


def list_defects(store: Store) -> dict[str, tuple[datetime, str]]:
    """Return the defects with which declared feeds were read last, and when. Answers that brought nothing new say nothing."""
    latest = refreshes.alias()
    is_latest = sa.select(latest.c.id).where(latest.c.feed_id == feeds.c.id, latest.c.outcome == Outcome.UPDATED)
    is_latest = is_latest.order_by(latest.c.started_at.desc(), latest.c.id.desc()).limit(1)
    query = (
        sa.select(refreshes.c.feed_id, refreshes.c.started_at, refreshes.c.reason)
        .join_from(feeds, refreshes, refreshes.c.id == is_latest.correlate(feeds).scalar_subquery())
        .where(feeds.c.is_declared, refreshes.c.reason.contains(_DEFECTS))
        .order_by(feeds.c.id)
    )
    with reading(store) as connection:
        rows = connection.execute(query).all()
    return {row.feed_id: (row.started_at, row.reason.partition(_DEFECTS)[2]) for row in rows}
