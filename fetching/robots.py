"""What a site's robots.txt allows, read once a day for each site (RFC 9309).

A client lasts as long as a round; what is to be known for a day is kept by a `RulesKeeper`, for every client.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from weakref import WeakValueDictionary

import httpx
from protego import Protego

from news.errors import FetchError, FetchFailure
from news.manners import SiteRules, Trouble
from news.sources import Fetched

MOST_READ = 500 * 1024
"""Bytes. RFC 9309: at least so much must be read; what follows is not."""
# A site whose robots.txt cannot be had for a server's error must be left alone; it is asked again after this time.
_UNKNOWN_FOR = timedelta(minutes=10)
_REMEMBERED = 10_000
# Seconds; files say anything here, and what is meant to be more than a day is no delay any more.
_MOST_DELAY = 86_400.0
# Statuses with which a server says that there is no such file for us, or that nothing stands in it; 429 says 'not now',
# as those from 500 on do.
_NO_FILE = {204, 205} | set(range(400, 500)) - {429}


class RulesKeeper(Protocol):
    """Keeps what robots.txt files say beyond the life of a client."""

    async def find(self, address: str) -> SiteRules | None:
        """Return what is known of a robots.txt by its address, as long as it may be believed."""

    async def keep(self, address: str, rules: SiteRules) -> None:
        """Keep what it says, in place of what was known."""


class NoKeeper:
    """Keeps nothing: for a client that asks for a few pages."""

    async def find(self, _address: str) -> SiteRules | None:
        """Know nothing."""
        return None

    async def keep(self, _address: str, _rules: SiteRules) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one site allows until `expires_at` (the loop's clock). `trouble` is why nothing is known."""

    expires_at: float
    parsed: Protego | None = None
    trouble: Trouble | None = None

    def allows(self, url: str, name: str) -> bool:
        """Tell whether a robot of this name may fetch a URL."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, name))

    def crawl_delay(self, name: str) -> timedelta:
        """Tell how long the site wants between two fetches; zero where it does not say."""
        seconds = self.parsed.crawl_delay(name) if self.parsed else None
        return timedelta(seconds=min(seconds, _MOST_DELAY)) if seconds and seconds > 0 else timedelta(0)


class Robots:
    """The robots.txt files of the sites we read. `ask` fetches one, politely, raising FetchError."""

    def __init__(
        self, name: str, kept_for: timedelta, ask: Callable[[str], Awaitable[Fetched]], keeper: RulesKeeper
    ) -> None:
        self._name = name
        self._kept_for = kept_for
        self._ask = ask
        self._keeper = keeper
        self._known: OrderedDict[str, _Rules] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self, url: httpx.URL) -> timedelta:
        """Tell the delay that a site asks for between fetches of its pages.

        Raises:
            FetchError: ROBOTS when it wants this page left alone; the failure of reading robots.txt when its wish
                cannot be learnt now.
        """
        rules = await self._rules_for(url)
        if rules.trouble:
            raise FetchError(
                f"its site's robots.txt could not be read, so the page is left alone for now: {rules.trouble.reason}",
                rules.trouble.kind,
                url=str(url),
                status=rules.trouble.status,
                retry_after=_UNKNOWN_FOR,
            )
        if not rules.allows(str(url), self._name):
            raise FetchError("its site's robots.txt asks us not to read this page", FetchFailure.ROBOTS, url=str(url))
        return rules.crawl_delay(self._name)

    async def _rules_for(self, url: httpx.URL) -> _Rules:
        address = str(url.copy_with(username=None, password=None, path="/robots.txt", query=None, fragment=None))
        lock = self._locks.setdefault(address, asyncio.Lock())
        async with lock:
            rules = self._known.get(address)
            if rules is None or rules.expires_at <= asyncio.get_running_loop().time():
                rules = _parse(await self._learn(address))
                self._known[address] = rules
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            return rules

    async def _learn(self, address: str) -> SiteRules:
        """Take what is kept; ask the site where that is nothing."""
        kept = await self._keeper.find(address)
        if kept is None:
            kept = await self._read(address)
            await self._keeper.keep(address, kept)
        return kept

    async def _read(self, address: str) -> SiteRules:
        try:
            fetched = await self._ask(address)
        except FetchError as error:
            if error.kind is FetchFailure.PACED:
                raise  # nobody was asked, so nothing is known
            if error.status in _NO_FILE:
                return SiteRules(self._kept_for)
            return SiteRules(_UNKNOWN_FOR, trouble=Trouble.of(error))
        # A byte order mark would hide the first line. A database takes no NUL, and no rule holds one.
        return SiteRules(self._kept_for, fetched.body[:MOST_READ].decode("utf-8-sig", "replace").replace("\0", ""))


def _parse(rules: SiteRules) -> _Rules:
    expires_at = asyncio.get_running_loop().time() + rules.kept_for.total_seconds()
    return _Rules(expires_at, None if rules.text is None else Protego.parse(rules.text), rules.trouble)
