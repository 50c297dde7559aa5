"""Rounds of the watch flow: when each ran, and with what figures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.engine import Store, reading, writing
from storage.tables import rounds

# An unfinished round older than this was killed: the longest real ones take minutes.
_LOST_AFTER = timedelta(hours=1)


def begin_round(store: Store, now: datetime, *, interval: timedelta | None = None) -> int | None:
    """Note that a round begins; return its id.

    With `interval`, as scheduled rounds do, None is returned where another round runs or began less than nine tenths
    of the interval ago. So a scheduler that wakes up with a day of missed runs gives one round.
    """
    with writing(store) as connection:
        if interval is not None:
            _let_one_look(connection)
            if _is_recent(connection, now, interval):
                return None
        begun: int = connection.execute(
            rounds.insert().returning(rounds.c.id), {"started_at": now, "figures": {}}
        ).scalar_one()
        return begun


def _let_one_look(connection: sa.Connection) -> None:
    """Looking and beginning are one step. SQLite has one writer anyhow; readers are not held up on either engine."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE rounds IN SHARE ROW EXCLUSIVE MODE"))


def _is_recent(connection: sa.Connection, now: datetime, interval: timedelta) -> bool:
    is_running = rounds.c.ended_at.is_(None) & (rounds.c.started_at > now - _LOST_AFTER)
    is_fresh = rounds.c.started_at > now - interval * 0.9
    query = sa.select(rounds.c.id).where(is_running | is_fresh, rounds.c.started_at <= now).limit(1)
    return connection.scalar(query) is not None


def end_round(store: Store, round_id: int, now: datetime, figures: Mapping[str, Any]) -> None:
    """Note a round's end and its figures."""
    with writing(store) as connection:
        change = rounds.update().where(rounds.c.id == round_id)
        connection.execute(change.values(ended_at=now, figures=dict(figures)))


def latest_round(store: Store) -> tuple[datetime, datetime | None, dict[str, Any]] | None:
    """Return start, end and figures of the latest round; None before the first."""
    with reading(store) as connection:
        row = connection.execute(rounds.select().order_by(rounds.c.id.desc()).limit(1)).one_or_none()
    return (row.started_at, row.ended_at, row.figures) if row else None
