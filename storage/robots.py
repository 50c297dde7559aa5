"""What robots.txt files say, kept for every round and process: a site is asked for its file once a day."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from news.errors import FetchFailure
from news.manners import SiteRules, Trouble
from storage.clocks import read_clock
from storage.engine import Store, reading, upsert, writing
from storage.tables import robots

_FURTHEST = 2 * 86_400.0
"""Nothing is believed for more than a day; what lies beyond two was noted by a clock that has been set back since."""


class SharedRules:
    """A `fetching.robots.RulesKeeper` in the database. Both raise StorageError where that is out of reach."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, address: str) -> SiteRules | None:
        """Return what is known of a robots.txt by its address, as long as it may be believed."""
        return await asyncio.to_thread(self._find, address)

    async def keep(self, address: str, rules: SiteRules) -> None:
        """Keep what it says, in place of what was known."""
        await asyncio.to_thread(self._keep, address, rules)

    def _find(self, address: str) -> SiteRules | None:
        with reading(self._store) as connection:
            row = connection.execute(sa.select(robots).where(robots.c.address == address)).one_or_none()
            left = row.until - read_clock(connection) if row else 0.0
        if row is None or not 0 < left <= _FURTHEST:
            return None
        trouble = Trouble(row.reason, FetchFailure(row.failure), row.status) if row.failure else None
        return SiteRules(timedelta(seconds=left), row.text, trouble)

    def _keep(self, address: str, rules: SiteRules) -> None:
        trouble = rules.trouble
        row = {
            "address": address,
            "text": rules.text,
            "failure": trouble.kind.value if trouble else None,
            "reason": trouble.reason if trouble else None,
            "status": trouble.status if trouble else None,
        }
        with writing(self._store) as connection:
            until = read_clock(connection) + rules.kept_for.total_seconds()
            upsert(connection, robots, [row | {"until": until}])
