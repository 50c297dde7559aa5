"""When the next fetch from a host may start, shared by every process that uses one database.

One statement takes the next start: two processes that ask at once get two starts, one interval apart. A start that a
killed process took passes unused, so nothing is ever stuck. Time is the database's own: workers' clocks may differ.
"""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import sqlalchemy as sa

from storage.engine import Store, writing

_NOW = {
    "postgresql": "extract(epoch FROM clock_timestamp())::float8",
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",  # the Julian date of 1970-01-01
}
_BEYOND = 86_400.0  # seconds; callers of one host differ in their patience by less
_LATER = {"postgresql": "greatest", "sqlite": "max"}


Granted: TypeAlias = "asyncio.Future[float | None]"


class Wish(NamedTuple):
    """A start that somebody waits for; see `fetching.pacing.Budget.reserve`."""

    host: str
    interval: float
    patience: float


class SharedBudget:
    """A `fetching.pacing.Budget` in the database.

    What is asked for while a transaction is under way is granted together in the next one: a round that begins
    a thousand polls at once makes a few transactions of it, and not a thousand.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._take = sa.text(_statement(store.dialect.name))
        self._waiting: list[tuple[Wish, Granted]] = []
        self._granting: asyncio.Task[None] | None = None

    async def reserve(self, host: str, interval: float, patience: float) -> float | None:
        """Take the next start at a host, `interval` seconds after the one before.

        Returns:
            How many seconds to wait for it; None, and nothing is taken, when that would be more than `patience`.

        Raises:
            StorageError: when the database is out of reach.
        """
        granted: Granted = asyncio.get_running_loop().create_future()
        self._waiting.append((Wish(host, interval, patience), granted))
        if self._granting is None or self._granting.done():
            self._granting = asyncio.create_task(self._grant_waiting())
        return await granted

    async def _grant_waiting(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            # In one order everywhere: workers that take starts at the same hosts would otherwise wait in a ring.
            waiting.sort(key=lambda pair: pair[0].host)
            try:
                waits = await asyncio.to_thread(self.reserve_now, [wish for wish, _ in waiting])
            except Exception as error:  # noqa: BLE001 (whoever waits for a start is told)
                _answer([(granted, error) for _, granted in waiting])
            else:
                _answer([(granted, wait) for (_, granted), wait in zip(waiting, waits, strict=True)])

    def reserve_now(self, wishes: Iterable[tuple[str, float, float]]) -> list[float | None]:
        """Do what `reserve` does for several (host, interval, patience) at once, without an event loop."""
        with writing(self._store) as connection:
            if self._store.dialect.name == "postgresql":
                # A crash of the server may forget the last starts; waiting for its disk at every fetch costs more.
                connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            return [self._reserve(connection, Wish(*wish)) for wish in wishes]

    def _reserve(self, connection: sa.Connection, wish: Wish) -> float | None:
        wait = connection.execute(self._take, wish._asdict()).scalar_one_or_none()
        return None if wait is None else max(0.0, wait)


def _answer(answers: Iterable[tuple[Granted, float | Exception | None]]) -> None:
    for granted, answer in answers:
        if granted.done():  # who waited was stopped
            continue
        if isinstance(answer, Exception):
            granted.set_exception(answer)
        else:
            granted.set_result(answer)


def _statement(dialect: str) -> str:
    """A host that was not asked before, or long ago, may be asked now; refused, the statement changes and returns nothing.

    A start further ahead than anybody has the patience for was taken before the clock was set back, and counts for nothing.
    """
    now, later = _NOW[dialect], _LATER[dialect]
    is_wrong = f"host_starts.next_start > {now} + :patience + :interval + {_BEYOND}"
    taken = f"CASE WHEN {is_wrong} THEN 0 ELSE host_starts.next_start END"
    return (
        f"INSERT INTO host_starts (host, next_start) VALUES (:host, {now} + :interval) "  # noqa: S608 (our own words)
        f"ON CONFLICT (host) DO UPDATE SET next_start = {later}({taken}, {now}) + :interval "
        f"WHERE host_starts.next_start <= {now} + :patience OR {is_wrong} "
        f"RETURNING next_start - :interval - {now}"
    )
