"""What a site's robots.txt allows, read once a day for each site (RFC 9309)."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakValueDictionary

import httpx
from protego import Protego

from news.errors import FetchError, FetchFailure
from news.sources import Fetched

# RFC 9309: at least 500 KiB must be read; what follows is not.
_READ = 500 * 1024
# A site whose robots.txt cannot be had for a server's error must be left alone; it is asked again after this time.
_UNKNOWN_FOR = timedelta(minutes=10)
_REMEMBERED = 10_000
# Statuses with which a server says that there is no such file for us; 429 says 'not now', as those from 500 on do.
_NO_FILE = frozenset(range(400, 500)) - {429}


@dataclass(frozen=True, slots=True)
class Rules:
    """What one site allows until `expires_at` (the loop's clock). `trouble` is why nothing is known."""

    expires_at: float
    parsed: Protego | None = None
    trouble: FetchError | None = None

    def allows(self, url: str, name: str) -> bool:
        """Tell whether a robot of this name may fetch a URL."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, name))

    def crawl_delay(self, name: str) -> timedelta:
        """Tell how long the site wants between two fetches; zero where it does not say."""
        seconds = self.parsed.crawl_delay(name) if self.parsed else None
        return timedelta(seconds=seconds) if seconds and seconds > 0 else timedelta(0)


class Robots:
    """The robots.txt files of the sites we read. `ask` fetches one, politely, raising FetchError."""

    def __init__(self, name: str, kept_for: timedelta, ask: Callable[[str], Awaitable[Fetched]]) -> None:
        self._name = name
        self._kept_for = kept_for
        self._ask = ask
        self._known: OrderedDict[str, Rules] = OrderedDict()
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
                f"its site's robots.txt could not be read, so the page is left alone for now: {rules.trouble}",
                rules.trouble.kind,
                url=str(url),
                status=rules.trouble.status,
                retry_after=_UNKNOWN_FOR,
            )
        if not rules.allows(str(url), self._name):
            raise FetchError("its site's robots.txt asks us not to read this page", FetchFailure.ROBOTS, url=str(url))
        return rules.crawl_delay(self._name)

    async def _rules_for(self, url: httpx.URL) -> Rules:
        address = str(url.copy_with(username=None, password=None, path="/robots.txt", query=None, fragment=None))
        lock = self._locks.setdefault(address, asyncio.Lock())
        async with lock:
            rules = self._known.get(address)
            if rules is None or rules.expires_at <= asyncio.get_running_loop().time():
                rules = await self._read(address)
                self._known[address] = rules
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            return rules

    async def _read(self, address: str) -> Rules:
        now = asyncio.get_running_loop().time()
        keep_until = now + self._kept_for.total_seconds()
        try:
            fetched = await self._ask(address)
        except FetchError as error:
            if error.status in _NO_FILE:
                return Rules(keep_until)
            return Rules(now + _UNKNOWN_FOR.total_seconds(), trouble=error)
        return Rules(keep_until, Protego.parse(fetched.body[:_READ].decode("utf-8", "replace")))
