"""When the next fetch from a host may start, shared by every process that uses one database.

One statement takes the next start: two processes that ask at once get two starts, one interval apart. A start that a
killed process took passes unused, so nothing is ever stuck. Time is the database's own: workers' clocks may differ.
"""

import asyncio

import sqlalchemy as sa

from storage.engine import Store, writing

_NOW = {
    "postgresql": "extract(epoch FROM clock_timestamp())::float8",
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",  # the Julian date of 1970-01-01
}
_BEYOND = 86_400.0  # seconds; callers of one host differ in their patience by less
_LATER = {"postgresql": "greatest", "sqlite": "max"}


class SharedBudget:
    """A `fetching.pacing.Budget` in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._take = sa.text(_statement(store.dialect.name))

    async def reserve(self, host: str, interval: float, patience: float) -> float | None:
        """Take the next start at a host, `interval` seconds after the one before.

        Returns:
            How many seconds to wait for it; None, and nothing is taken, when that would be more than `patience`.

        Raises:
            StorageError: when the database is out of reach.
        """
        return await asyncio.to_thread(self.reserve_now, host, interval, patience)

    def reserve_now(self, host: str, interval: float, patience: float) -> float | None:
        """Do what `reserve` does, for callers without an event loop."""
        values = {"host": host, "interval": interval, "patience": patience}
        with writing(self._store) as connection:
            if self._store.dialect.name == "postgresql":
                # A crash of the server may forget the last starts; waiting for its disk at every fetch costs more.
                connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            wait = connection.execute(self._take, values).scalar_one_or_none()
        return None if wait is None else max(0.0, wait)


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
