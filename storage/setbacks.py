"""A clock that was ahead and has been set back: what was planned by it is put right as soon as the time is known.

A machine may run for days with a clock that is hours or weeks ahead. Once it is set back, all that was planned meanwhile
lies in a future that looks like any other plan, and nothing would be polled, read or told until it comes. That time went
backwards is the one sure sign, so the time is noted every minute and with every round.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.clocks import AHEAD, is_later, read_clock
from storage.engine import Store, insert_new, reading, writing
from storage.recording import BACKLOG_AFTER
from storage.tables import (
    articles,
    deliveries,
    entries,
    feeds,
    host_starts,
    leases,
    refreshes,
    rests,
    rounds,
    subscriptions,
    told,
    vigils,
)

_CLOCK = "clock"
"""The vigil of the clock: `checked_at` is the time that was noted last, `warned_at` when it was last found set back."""

# What lives renews its claims within this; nobody is sent twice what a process is sending while its clock is set back.
_CLAIMED_FOR = timedelta(minutes=2)

# Of two machines whose clocks disagree by more than AHEAD, one finds the time set back at every look. What the other plans
# must not be undone each minute: a receiver that is out of reach would have its day of attempts within half an hour.
_AT_MOST_EVERY = timedelta(hours=1)


def heed_clock(store: Store, now: datetime) -> timedelta | None:
    """Note the time; where a much later one was noted before, make due what was planned since, and return how much later."""
    with writing(store) as connection:
        row = _lock_clock(connection, now)
        ahead: timedelta = row.checked_at - now
        if ahead <= AHEAD:
            _note(connection, checked_at=now)
            return None
        if row.warned_at and timedelta(0) <= now - row.warned_at < _AT_MOST_EVERY:
            return None
        for change in _make_due(now, read_clock(connection)):
            connection.execute(change)
        _note(connection, checked_at=now, awake_since=now, warned_at=now)
        return ahead


def find_latest_noted(store: Store) -> datetime | None:
    """Return the latest time at which anything was noted to have happened, by whichever clock; None before anything was."""
    with reading(store) as connection:
        return _find_latest(connection)


def _lock_clock(connection: sa.Connection, now: datetime) -> sa.Row[Any]:
    """Lock the vigil of the clock; where there is none yet, what happened tells how late it has been."""
    query = vigils.select().where(vigils.c.subject == _CLOCK).with_for_update()
    if (row := connection.execute(query).one_or_none()) is not None:
        return row
    checked_at = _find_latest(connection) or now
    insert_new(connection, vigils, [{"subject": _CLOCK, "awake_since": now, "checked_at": checked_at}])
    return connection.execute(query).one()


def _note(connection: sa.Connection, **values: datetime) -> None:
    connection.execute(vigils.update().where(vigils.c.subject == _CLOCK).values(values))


def _find_latest(connection: sa.Connection) -> datetime | None:
    noted = (rounds.c.started_at, refreshes.c.started_at, articles.c.first_seen_at, vigils.c.checked_at)
    found = (connection.scalar(sa.select(sa.func.max(column, type_=column.type))) for column in noted)
    return max(filter(None, found), default=None)


def _make_due(now: datetime, seconds: float) -> Iterator[sa.Update | sa.Delete]:
    """Change what lies ahead of `now`, and of `seconds` by the database's clock: plans are due, claims end soon.

    What was planned by a right clock cannot be told from that, and comes once earlier than it would have. Only articles
    tell: those that were read by the right one are left alone, since there are many.
    """

    def set_all(column: sa.Column[datetime], to: datetime, *conditions: sa.ColumnElement[bool]) -> sa.Update:
        return column.table.update().where(is_later(column, now), *conditions).values({column.name: to})

    # In the order in which all lock feeds, so that rounds under way and this do not wait for each other.
    planned = sa.select(feeds.c.id).where(is_later(feeds.c.next_check_at, now)).order_by(feeds.c.id)
    yield feeds.update().where(feeds.c.id.in_(planned.with_for_update(key_share=True))).values(next_check_at=now)
    for column in (entries.c.next_attempt_at, entries.c.first_seen_at):
        yield set_all(column, now, entries.c.state == "unread")
    yield set_all(articles.c.next_read_at, now, is_later(articles.c.read_at, now))
    yield set_all(articles.c.first_seen_at, now)  # by which the next looks are planned
    yield set_all(deliveries.c.next_attempt_at, now, deliveries.c.state == "pending")
    for column in (feeds.c.claimed_until, deliveries.c.claimed_until, leases.c.until_at):
        yield set_all(column, now + _CLAIMED_FOR)
    # Digests: the next moment is to be briefed, of what is published from now on or was just before.
    yield set_all(subscriptions.c.last_due_at, now)
    yield set_all(subscriptions.c.since_at, now - BACKLOG_AFTER)
    yield set_all(told.c.told_at, now)
    # What health is judged by: the latest poll must be the latest.
    yield set_all(refreshes.c.started_at, now)
    for column in (vigils.c.awake_since, vigils.c.checked_at, vigils.c.warned_at):
        yield set_all(column, now)
    beyond = seconds + AHEAD.total_seconds()
    yield host_starts.delete().where(host_starts.c.next_start > beyond)
    yield rests.delete().where(rests.c.until > beyond)
