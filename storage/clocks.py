"""Times that were planned by a clock which has been set back since.

A machine without a battery may wake up years ahead, work, and be set right. What it planned lies beyond all that anything
plans, and counts as come: else nothing would be polled, read or told until those years are over. What a clock planned that
was ahead by less is put right once time is seen to go backwards: `storage.setbacks`.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

_FURTHEST = timedelta(days=30)
"""Ahead of the present nothing is planned that far: the longest wait is a week, for a feed that has ended or a receiver
that asked for it."""

AHEAD = timedelta(minutes=10)
"""Machines' clocks may differ by a minute or a few; what is noted further ahead than this was noted by a clock that was ahead."""

_NOW = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())::float8",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",  # the Julian date of 1970-01-01
}


def read_clock(connection: sa.Connection) -> float:
    """Return the seconds since 1970 by the database's own clock, for what workers share whose clocks may differ."""
    seconds: float = connection.execute(sa.text(_NOW[connection.dialect.name])).scalar_one()
    return seconds


def has_come(column: sa.Column[datetime], now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a planned time has come; None in it never has."""
    return (column <= now) | (column > now + _FURTHEST)


def has_ended(column: sa.Column[datetime], now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that nothing is claimed, or the claim is over."""
    return column.is_(None) | (column < now) | (column > now + _FURTHEST)


def is_believable(at: datetime | None, now: datetime) -> bool:
    """Whether a noted time can have been noted by a clock that goes right."""
    return at is not None and at <= now + _FURTHEST


def is_later(column: sa.Column[datetime], now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a time lies ahead of the present by more than clocks may differ."""
    return column > now + AHEAD
