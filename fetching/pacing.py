"""Whose turn it is at a host: so many fetches at once, so long between two, and rest for a host in trouble.

Each host has a lane. When the next start in it may be, and whether others leave a place there, is asked of a `Budget`:
the one here lives in this process; one that several processes share keeps the same promise in the database. What rests
together is up to the caller: a host, or a scope of its own choice (one feed, a family of hosts).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from fetching.policy import FetchPolicy
from news.errors import FetchError, FetchFailure
from news.manners import Full, Rest, Trouble, Turn, Wish

# Hosts and scopes remembered before those whose time has passed are forgotten.
_REMEMBERED = 10_000
# What a turn may last besides the fetch itself: other hosts' fetches may hold all connections for a moment.
_BESIDES = timedelta(seconds=15)


class Budget(Protocol):
    """Grants turns at hosts, so far apart and so many at once as asked, to everybody who shares it."""

    async def reserve(self, wish: Wish) -> Turn | Full | Rest | None:
        """Take the next start at a host, and a place there until it is released.

        Returns:
            The turn; nothing is taken where all places are, or a scope rests. None where the start would come later than
            the wish has patience.
        """

    def release(self, host: str, lease: str) -> None:
        """Give a place back."""

    def rest(self, rest: Rest) -> None:
        """Tell everybody to leave a scope alone for a while."""


class LocalBudget:
    """A budget for one process, whose pacer itself counts places and remembers rests."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    async def reserve(self, wish: Wish) -> Turn | None:
        """Take the next start at a host; see `Budget`."""
        now = asyncio.get_running_loop().time()
        start = max(now, self._next.get(wish.host, now))
        if start - now > wish.patience:
            return None
        if len(self._next) > _REMEMBERED:
            self._next = {name: at for name, at in self._next.items() if at > now}
        self._next[wish.host] = start + wish.interval
        return Turn(start - now, "")

    def release(self, host: str, lease: str) -> None:
        """Nothing is held here."""

    def rest(self, rest: Rest) -> None:
        """Nobody else is there to be told."""


@dataclass(slots=True)
class _Lane:
    gate: asyncio.Semaphore
    users: int = 0


class Pacer:
    """Lets fetches start when it is their turn."""

    def __init__(self, policy: FetchPolicy, budget: Budget | None = None) -> None:
        self._policy = policy
        self._budget = budget or LocalBudget()
        self._lanes: dict[str, _Lane] = {}
        self._rests: dict[str, tuple[float, Rest]] = {}
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
                turn = await self._take_turn(host, interval, scope)
                try:
                    if turn.wait > 0:
                        await asyncio.sleep(turn.wait)
                        self._check_rests(host, scope)  # the fetch before may have met trouble meanwhile
                    async with self._all:
                        yield
                finally:
                    self._budget.release(host, turn.lease)
        finally:
            lane.users -= 1
            if not lane.users:
                self._lanes.pop(host, None)

    async def _take_turn(self, host: str, interval: timedelta, scope: str) -> Turn:
        clock, policy = asyncio.get_running_loop().time, self._policy
        give_up_at = clock() + policy.patience_for.total_seconds()
        lasts = (policy.timeout_after + _BESIDES).total_seconds()
        while True:
            self._check_rests(host, scope)
            left = max(0.0, give_up_at - clock())
            wish = Wish(host, interval.total_seconds(), left, policy.per_host, lasts, (host, scope))
            answer = await self._budget.reserve(wish)
            if isinstance(answer, Turn):
                return answer
            if isinstance(answer, Rest):
                self._remember(answer)
            elif answer is None or answer.ask_after > left:
                raise _refuse_for_pace(host, policy.patience_for)
            else:
                await asyncio.sleep(answer.ask_after)

    def rest(self, scope: str, duration: timedelta, failure: FetchError, *, for_all: bool = False) -> None:
        """Leave a scope alone for a while: its other fetches fail at once, for the same cause.

        `for_all`: in every process and in later rounds too. What may be the trouble of this machine is not for all.
        """
        rest = Rest(scope, duration, Trouble.of(failure))
        self._remember(rest)
        if for_all:
            self._budget.rest(rest)

    def _remember(self, rest: Rest) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._rests) > _REMEMBERED:
            self._rests = {name: known for name, known in self._rests.items() if known[0] > now}
        self._rests[rest.scope] = now + rest.left.total_seconds(), rest

    def _check_rests(self, host: str, scope: str) -> None:
        now = asyncio.get_running_loop().time()
        for name in {host, scope} & self._rests.keys():
            until, rest = self._rests[name]
            if until > now:
                raise _refuse_resting(rest, timedelta(seconds=until - now))
            del self._rests[name]


def _refuse_for_pace(host: str, patience: timedelta) -> FetchError:
    reason = f"there is more to fetch from {host} than its pace allows now; it is left to a later round"
    return FetchError(reason, FetchFailure.PACED, retry_after=patience)


def _refuse_resting(rest: Rest, left: timedelta) -> FetchError:
    trouble = rest.trouble
    reason = f"not asked, since a moment ago at {rest.scope}: {trouble.reason}"
    return FetchError(reason, trouble.kind, status=trouble.status, retry_after=left, was_asked=False)
