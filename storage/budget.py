"""Whose turn it is at a host, shared by every process that uses one database: starts, places under way, and rests.

One short transaction sees to all that is asked for at once: two processes that ask together get two starts, one interval
apart. A start that a killed process took passes unused, and its place at the host is free again once its lease is over,
so nothing is ever stuck. Time is the database's own: workers' clocks may differ.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TypeAlias
from uuid import uuid4

import sqlalchemy as sa

from news.errors import FetchFailure, StorageError
from news.manners import Full, Rest, Trouble, Turn, Wish
from storage.clocks import read_clock
from storage.engine import Store, insert_new, upsert, writing
from storage.tables import host_starts, rests

_BEYOND = 2 * 86_400.0
"""Seconds; no interval is longer than a day, and callers of one host differ in their patience by less than another."""
_TOGETHER = 500
"""As many starts as one transaction takes at most."""
_GATHER_FOR = 0.1
"""Seconds that places given back wait for a start that takes them along into its transaction."""
_LOOK_AGAIN = 1.0
"""Seconds until a process asks again for a place at a host where others hold all."""

Answer: TypeAlias = Turn | Full | Rest | None
Granted: TypeAlias = "asyncio.Future[Answer]"


class SharedBudget:
    """A `fetching.pacing.Budget` in the database; `open_budget` opens one.

    What is asked for while a transaction is under way is granted together in the next one: a round that begins
    a thousand polls at once makes a few transactions of it, and not a thousand.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Wish, Granted]] = []
        self._spent: list[tuple[str, str]] = []
        self._rests: list[Rest] = []
        self._leases = map(f"{uuid4().hex[:12]}-{{}}".format, count())
        self._granting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def reserve(self, wish: Wish) -> Answer:
        """Take the next start at a host, and a place there; see `fetching.pacing.Budget`.

        Raises:
            StorageError: when the database is out of reach.
        """
        granted: Granted = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, granted))
        self._wake()
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self._give_back(wish, granted.result())
            raise

    def release(self, host: str, lease: str) -> None:
        """Give a place at a host back, in the next transaction."""
        self._spent.append((host, lease))
        self._wake_soon()

    def rest(self, rest: Rest) -> None:
        """Tell everybody to leave a scope alone, in the next transaction."""
        self._rests.append(rest)
        self._wake_soon()

    async def close(self) -> None:
        """Give back what is left to give back; where the database is gone, the leases' end sees to it."""
        if self._timer:
            self._timer.cancel()
        if self._granting:
            await self._granting
        with suppress(StorageError):
            await self._grant([])

    def _give_back(self, wish: Wish, answer: Answer) -> None:
        if isinstance(answer, Turn):
            self.release(wish.host, answer.lease)

    def _wake_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_FOR, self._wake)

    def _wake(self) -> None:
        if self._granting is None or self._granting.done():
            self._granting = asyncio.create_task(self._grant_waiting())

    async def _grant_waiting(self) -> None:
        while True:
            waiting, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            try:
                answers: Sequence[Answer | Exception] = await self._grant([wish for wish, _ in waiting])
            except Exception as error:  # noqa: BLE001 (whoever waits for a start is told)
                answers = [error] * len(waiting)
            for (wish, granted), answer in zip(waiting, answers, strict=True):
                self._tell(wish, granted, answer)
            if not self._waiting:
                break
        if self._spent or self._rests:
            self._wake_soon()

    async def _grant(self, wishes: Sequence[Wish]) -> list[Answer]:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        spent, self._spent = self._spent, []
        new_rests, self._rests = self._rests, []
        if not (wishes or spent or new_rests):
            return []
        return await asyncio.to_thread(self.grant_now, wishes, spent, new_rests)

    def _tell(self, wish: Wish, granted: Granted, answer: Answer | Exception) -> None:
        if isinstance(answer, Exception):
            if not granted.done():
                granted.set_exception(answer)
        elif granted.done():  # who waited was stopped
            self._give_back(wish, answer)
        else:
            granted.set_result(answer)

    def grant_now(
        self, wishes: Sequence[Wish], spent: Collection[tuple[str, str]] = (), new_rests: Iterable[Rest] = ()
    ) -> list[Answer]:
        """Take places back, note rests, and do what `reserve` does for several wishes, without an event loop."""
        with writing(self._store) as connection:
            if self._store.dialect.name == "postgresql":
                # A crash of the server may forget the last starts; waiting for its disk at every fetch costs more.
                connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            lanes = _lock_lanes(connection, {wish.host for wish in wishes}, {host for host, _ in spent})
            now = read_clock(connection)
            resting = _note_rests(connection, new_rests, {scope for wish in wishes for scope in wish.scopes}, now)
            for host, lease in spent:
                lanes[host].under_way.pop(lease, None)
            answers = [_answer(wish, lanes[wish.host], resting, now, self._leases) for wish in wishes]
            upsert(connection, host_starts, [_row(host, lane) for host, lane in sorted(lanes.items())])
            return answers


@asynccontextmanager
async def open_budget(store: Store) -> AsyncIterator[SharedBudget]:
    """Open a budget for as long as the block lasts; at its end nothing is held."""
    budget = SharedBudget(store)
    try:
        yield budget
    finally:
        await budget.close()


@dataclass(slots=True)
class _Lane:
    """A host: when its next fetch may start, and until when each of those under way holds its place."""

    next_start: float = 0.0
    under_way: dict[str, float] = field(default_factory=dict)


def _row(host: str, lane: _Lane) -> dict[str, object]:
    return {"host": host, "next_start": lane.next_start, "under_way": lane.under_way}


def _lock_lanes(connection: sa.Connection, wished: set[str], left: set[str]) -> dict[str, _Lane]:
    """Read hosts so that nobody else changes them, in one order everywhere: workers would otherwise wait in a ring."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer, so nobody adds what is about to be added
        there = connection.scalars(sa.select(host_starts.c.host).where(host_starts.c.host.in_(wished))).all()
        added = [{"host": host, "next_start": 0.0} for host in sorted(wished.difference(there))]
        insert_new(connection, host_starts, added)
    is_meant = host_starts.c.host.in_(wished | left)
    found = connection.execute(sa.select(host_starts).where(is_meant).order_by(host_starts.c.host).with_for_update())
    lanes = {row.host: _Lane(row.next_start, dict(row.under_way)) for row in found}
    return {host: _Lane() for host in wished | left} | lanes


def _note_rests(connection: sa.Connection, new: Iterable[Rest], scopes: set[str], now: float) -> dict[str, Rest]:
    """Note new rests, a longer one in place of a shorter, and return those of all these and of some other scopes."""
    begun = sorted(new, key=lambda rest: (rest.scope, rest.left))
    asked = sa.select(rests).where(rests.c.scope.in_(scopes | {rest.scope for rest in begun}))
    # What ends further ahead than any rest was noted before the clock was set back.
    is_on = (rests.c.until > now) & (rests.c.until < now + _BEYOND)
    resting = {
        row.scope: Rest(
            row.scope, timedelta(seconds=row.until - now), Trouble(row.reason, FetchFailure(row.failure), row.status)
        )
        for row in connection.execute(asked.where(is_on))
    }
    longer = {rest.scope: rest for rest in begun if rest.scope not in resting or resting[rest.scope].left < rest.left}
    upsert(connection, rests, [_rest_row(rest, now) for rest in longer.values()])
    return resting | longer


def _rest_row(rest: Rest, now: float) -> dict[str, object]:
    return {
        "scope": rest.scope,
        "until": now + rest.left.total_seconds(),
        "failure": rest.trouble.kind.value,
        "reason": rest.trouble.reason,
        "status": rest.trouble.status,
    }


def _answer(wish: Wish, lane: _Lane, resting: Mapping[str, Rest], now: float, leases: Iterable[str]) -> Answer:
    """Answer a wish, and change the lane where that is a turn.

    A host that was not asked before, or long ago, may be asked now. A start or a lease further ahead than anybody's wish
    was taken before the clock was set back, and counts for nothing.
    """
    for scope in wish.scopes:
        if scope in resting:
            return resting[scope]
    furthest = now + wish.patience + max(wish.interval, wish.lasts) + _BEYOND
    lane.under_way = {lease: until for lease, until in lane.under_way.items() if now < until < furthest}
    start = max(now, lane.next_start) if lane.next_start < furthest else now
    if start - now > wish.patience:
        return None
    if len(lane.under_way) >= wish.at_once:
        return Full(_LOOK_AGAIN)
    lease = next(iter(leases))
    lane.next_start = start + wish.interval
    lane.under_way[lease] = start + wish.lasts
    return Turn(start - now, lease)
