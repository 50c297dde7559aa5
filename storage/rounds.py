"""Rounds of the watch flow: which run now, when each ran, and with what figures.

A round that runs holds a lease, which it renews while it lives. One that was killed cannot, and makes room for the next
when its lease ends: no note of a process that is gone keeps others from working.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.clocks import has_come, is_later
from storage.engine import Store, insert_new, reading, writing
from storage.tables import leases, rounds

_PREFIX = "round "


@dataclass(frozen=True, slots=True)
class Declared:
    """What a round took as declared: a hash of it, and the machine and home (`w1:/var/lib/dateline`) where it ran."""

    declared: str
    place: str


def begin_round(
    store: Store,
    now: datetime,
    *,
    interval: timedelta | None = None,
    at_once: int = 1,
    lease_for: timedelta = timedelta(minutes=2),
    declared: Declared | None = None,
) -> int | None:
    """Note that a round begins, with what is declared where it runs, and take its lease; return its id.

    With `interval`, as scheduled rounds do, None is returned where `at_once` others run, or began less than nine tenths
    of the interval ago. So a scheduler that wakes up with a day of missed runs gives `at_once` rounds.
    """
    with writing(store) as connection:
        if interval is not None:
            _let_one_look(connection)
            if _count_recent(connection, now, interval) >= at_once:
                return None
        connection.execute(leases.delete().where(leases.c.name.startswith(_PREFIX), has_come(leases.c.until_at, now)))
        row = {"started_at": now, "figures": {}} | (asdict(declared) if declared else {})
        begun: int = connection.execute(rounds.insert().returning(rounds.c.id), row).scalar_one()
        insert_new(connection, leases, [{"name": _name(begun), "holder": str(begun), "until_at": now + lease_for}])
        return begun


def _name(round_id: int) -> str:
    return f"{_PREFIX}{round_id}"


def _let_one_look(connection: sa.Connection) -> None:
    """Looking and beginning are one step. SQLite has one writer anyhow; readers are not held up on either engine."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE rounds IN SHARE ROW EXCLUSIVE MODE"))


def _count_recent(connection: sa.Connection, now: datetime, interval: timedelta) -> int:
    """Count the rounds that run, and those that ended well and began just now: a killed one is made up for at once."""
    alive = sa.exists().where(leases.c.name == _PREFIX + sa.cast(rounds.c.id, sa.Text), leases.c.until_at > now)
    is_fresh = rounds.c.ended_at.is_not(None) & (rounds.c.started_at > now - interval * 0.9)
    is_running = rounds.c.ended_at.is_(None) & alive
    query = sa.select(sa.func.count()).select_from(rounds).where(is_running | is_fresh, rounds.c.started_at <= now)
    return connection.scalar(query) or 0


def renew_round(store: Store, round_id: int, now: datetime, *, lease_for: timedelta) -> None:
    """Say that a round lives, also where its lease ran out meanwhile: the machine may have slept."""
    with writing(store) as connection:
        until_at = now + lease_for
        renewed = connection.execute(
            leases.update().where(leases.c.name == _name(round_id)).values(until_at=until_at)
        ).rowcount
        if not renewed:
            insert_new(connection, leases, [{"name": _name(round_id), "holder": str(round_id), "until_at": until_at}])


def end_round(store: Store, round_id: int, now: datetime, figures: Mapping[str, Any], complaint: str = "") -> None:
    """Note a round's end and its figures, and end its lease; `complaint` says why it was no success."""
    with writing(store) as connection:
        change = rounds.update().where(rounds.c.id == round_id)
        connection.execute(change.values(ended_at=now, figures=dict(figures), complaint=complaint))
        connection.execute(leases.delete().where(leases.c.name == _name(round_id)))


def latest_round(store: Store) -> tuple[datetime, datetime | None, dict[str, Any]] | None:
    """Return start, end and figures of the latest round; None before the first."""
    with reading(store) as connection:
        row = connection.execute(rounds.select().order_by(rounds.c.id.desc()).limit(1)).one_or_none()
    return (row.started_at, row.ended_at, row.figures) if row else None


@dataclass(frozen=True, slots=True)
class RoundsSeen:
    """How rounds have gone: the start of the latest good one, and what the latest ended ones complain of, newest first.

    `unended_since` is the start of the oldest round that has not ended, if none has ended that began later.
    """

    good_at: datetime | None
    complaints: tuple[str, ...]
    unended_since: datetime | None = None


def see_rounds(connection: sa.Connection, now: datetime, *, latest: int = 3) -> RoundsSeen:
    """Return how the latest rounds have gone; those that were killed do not count as long as others end.

    When one began whose clock was ahead nobody knows, so it says nothing of how long it is since.
    """
    is_dated = ~is_later(rounds.c.started_at, now)
    ended = sa.select(rounds.c.started_at, rounds.c.complaint).where(rounds.c.ended_at.is_not(None))
    newest_first = ended.order_by(rounds.c.id.desc())
    good = connection.execute(newest_first.where(rounds.c.complaint == "", is_dated).limit(1)).one_or_none()
    complaints = tuple(row.complaint for row in connection.execute(newest_first.limit(latest)))
    last_ended = sa.select(sa.func.max(rounds.c.id)).where(rounds.c.ended_at.is_not(None)).scalar_subquery()
    unended = sa.select(sa.func.min(rounds.c.started_at)).where(rounds.c.id > sa.func.coalesce(last_ended, 0), is_dated)
    return RoundsSeen(good.started_at if good else None, complaints, connection.scalar(unended))


def list_declared(store: Store, *, since_at: datetime, latest: int) -> Sequence[Declared]:
    """Return what was declared in the latest rounds that began since then, oldest first; rounds that do not say are left out."""
    query = sa.select(rounds.c.declared, rounds.c.place).where(rounds.c.declared.is_not(None))
    newest_first = query.where(rounds.c.started_at >= since_at).order_by(rounds.c.id.desc()).limit(latest)
    with reading(store) as connection:
        return [Declared(row.declared, row.place or "") for row in connection.execute(newest_first)][::-1]


def latest_gap(store: Store, now: datetime) -> tuple[datetime, datetime] | None:
    """Return when the latest round began and, first, when the one before it did; None before the second."""
    query = sa.select(rounds.c.started_at).where(rounds.c.started_at <= now).order_by(rounds.c.started_at.desc())
    with reading(store) as connection:
        starts = connection.scalars(query.limit(2)).all()
    return (starts[1], starts[0]) if len(starts) > 1 else None
