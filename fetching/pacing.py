"""Whose turn it is at a host: so many fetches at once, so long between two, and rest for a host in trouble.

Each host has a lane. When the next start in it may be is asked of a `Budget`: the one here lives in this process; one
that several processes share keeps the same promise in the database. What rests together is up to the caller: a host,
or a scope of its own choice (one feed, a family of hosts).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from fetching.policy import FetchPolicy
from news.errors import FetchError, FetchFailure

# Hosts and scopes remembered before those whose time has passed are forgotten.
_REMEMBERED = 10_000


class Budget(Protocol):
    """Grants the starts of fetches, so far apart as asked, to everybody who shares it."""

    async def reserve(self, host: str, interval: float, patience: float) -> float | None:
        """Take the next start at a host, `interval` seconds after the one before.

        Returns:
            How many seconds to wait for it; None, and nothing is taken, when that would be more than `patience`.
        """


class LocalBudget:
    """A budget for one process."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    async def reserve(self, host: str, interval: float, patience: float) -> float | None:
        """Take the next start at a host; see `Budget`."""
        now = asyncio.get_running_loop().time()
        start = max(now, self._next.get(host, now))
        if start - now > patience:
            return None
        if len(self._next) > _REMEMBERED:
            self._next = {name: at for name, at in self._next.items() if at > now}
        self._next[host] = start + interval
        return start - now


@dataclass(slots=True)
class _Lane:
    gate: asyncio.Semaphore
    users: int = 0


@dataclass(frozen=True, slots=True)
class _Rest:
    until: float
    failure: FetchError = field(repr=False)


class Pacer:
    """Lets fetches start when it is their turn."""

    def __init__(self, policy: FetchPolicy, budget: Budget | None = None) -> None:
        self._policy = policy
        self._budget = budget or LocalBudget()
        self._lanes: dict[str, _Lane] = {}
        self._rests: dict[str, _Rest] = {}
        self._all = asyncio.Semaphore(policy.max_connections)

    @asynccontextmanager
    async def turn(self, host: str, interval: timedelta, scope: str) -> AsyncIterator[None]:
        """Wait for a turn at a host and hold it.

        Raises:
            FetchError: when the host or the scope rests, or the turn would come later than the policy's patience.
        """
        lane = self._lanes.setdefault(host, _Lane(asyncio.Semaphore(self._policy.per_host)))
        lane.users += 1
        try:
            async with lane.gate:
                await self._wait_for_start(host, interval, scope)
                async with self._all:
                    yield
        finally:
            lane.users -= 1
            if not lane.users:
                self._lanes.pop(host, None)

    async def _wait_for_start(self, host: str, interval: timedelta, scope: str) -> None:
        self._check_rests(host, scope)
        patience = self._policy.patience_for
        wait = await self._budget.reserve(host, interval.total_seconds(), patience.total_seconds())
        if wait is None:
            raise FetchError(
                f"there is more to fetch from {host} than its pace allows now; it is left to a later round",
                FetchFailure.RATE_LIMITED,
                retry_after=patience,
            )
        if wait > 0:
            await asyncio.sleep(wait)
            self._check_rests(host, scope)  # the fetch before may have met trouble meanwhile

    def rest(self, scope: str, duration: timedelta, failure: FetchError) -> None:
        """Leave a scope alone for a while: its other fetches fail at once, for the same cause."""
        now = asyncio.get_running_loop().time()
        if len(self._rests) > _REMEMBERED:
            self._rests = {name: rest for name, rest in self._rests.items() if rest.until > now}
        self._rests[scope] = _Rest(now + duration.total_seconds(), failure)

    def _check_rests(self, host: str, scope: str) -> None:
        for name in {host, scope}:
            rest = self._rests.get(name)
            left = rest.until - asyncio.get_running_loop().time() if rest else 0.0
            if rest and left > 0:
                raise _refuse_resting(name, rest.failure, timedelta(seconds=left))
            self._rests.pop(name, None)


def _refuse_resting(name: str, cause: FetchError, left: timedelta) -> FetchError:
    asked = left if cause.retry_after is not None else None
    reason = f"not asked, since a moment ago at {name}: {cause}"
    return FetchError(reason, cause.kind, status=cause.status, retry_after=asked)
