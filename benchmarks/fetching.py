"""Rates and resilience of fetching: `python -m benchmarks.fetching [TABLE]...` prints the tables named, or all.

clients: our client against bare aiohttp and plain httpx, on one host and on 200, with and without TLS.
polls:   unchanged feeds polled as a round does, with all that belongs to it (claim, the hosts' shared pace, answer 304,
         schedule, the store's writes), against the same client only getting them.
scale:   the polls of ten rounds over 10,000 feeds on 2,000 hosts, of which a tenth are slow, a twentieth hang and a
         twentieth hang up, through the same steps and the same store.
hostile: servers that misbehave, each in its own way, and how the refresh of a feed at each is recorded; the tests check
         the same list.
"""

import _sqlite3
import argparse
import asyncio
import ctypes
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp
import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.web import Web, open_web
from extractors.workers import WorkerPool, open_pool
from fetching.client import Client, open_client
from fetching.policy import FetchPolicy
from flows.steps.watching import Figures, Round, poll_batch
from news.sources import Entry, Feed, FeedState, Fetched, Outcome, Outlet, Poll, PressSystem, Refresh
from storage.budget import open_budget
from storage.engine import Store, open_store
from storage.feeds import record_polls, sync_feeds
from storage.schema import migrate
from tests.fetching.hostile import poll_hostile
from tests.fetching.hostile_table import TABLE

RUNS = 5
CONCURRENT = 100
Get = Callable[[str], Awaitable[object]]
Opened = Callable[[Web], AbstractAsyncContextManager[Get]]
console = Console()


def policy_for(web: Web, **changes: object) -> FetchPolicy:
    """Make a policy that may reach the web of the benchmark at full speed."""
    values: dict[str, object] = {
        "user_agent": "Dateline/0.1 (+mailto:bench@example.org)",
        "allowed_networks": (ip_network("127.0.0.0/8"),),
        "allowed_ports": frozenset({web.plain, web.secure}),
        "ca_file": web.ca_file,
        "per_host": CONCURRENT,
        "min_interval": timedelta(0),
        "patience_for": timedelta(hours=1),
    }
    return FetchPolicy(**(values | changes))  # type: ignore[arg-type]


@asynccontextmanager
async def ours(web: Web) -> AsyncIterator[Get]:
    """Our client, all its rules included but the pace."""
    async with open_client(policy_for(web)) as client:
        yield client.fetch


@asynccontextmanager
async def bare_aiohttp(web: Web) -> AsyncIterator[Get]:
    """An aiohttp session with nothing around it: the engine's own speed."""
    connector = aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=web.ca_file))
    async with aiohttp.ClientSession(connector=connector) as session:

        async def get(url: str) -> bytes:
            async with session.get(url) as response:
                return await response.read()

        yield get


def plain_httpx(kept: int | None) -> Opened:
    """Make a plain httpx client that keeps so many connections alive, None for all."""

    @asynccontextmanager
    async def opened(web: Web) -> AsyncIterator[Get]:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
        context = ssl.create_default_context(cafile=web.ca_file)
        async with httpx.AsyncClient(limits=limits, verify=context, timeout=60) as client:

            async def get(url: str) -> httpx.Response:
                try:
                    return await client.get(url)
                except httpx.ReadError:  # a kept connection that the server had closed; aiohttp asks again by itself
                    return await client.get(url)

            yield get

    return opened


async def time_gets(get: Get, urls: Sequence[str]) -> float:
    """Get URLs, 100 at a time, and give how many a second were got."""
    waiting = iter(urls)

    async def work() -> None:
        for url in waiting:
            await get(url)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONCURRENT)))
    return len(urls) / (time.perf_counter() - began)


async def compare_clients(web: Web) -> None:
    """Print requests a second of each client, medians of five runs taken in turn."""
    clients: dict[str, tuple[Opened, int]] = {
        "dateline": (ours, 1500),
        "aiohttp, bare": (bare_aiohttp, 1500),
        "httpx, all kept alive": (plain_httpx(None), 300),
        "httpx, 20 kept alive": (plain_httpx(20), 600),
    }
    table = Table("client", "1 host", "200 hosts", "200 hosts, TLS", title=f"20 KB feeds from {web.server}, requests/s")
    rates: dict[str, list[str]] = {name: [] for name in clients}
    for hosts, secure in ((1, False), (200, False), (200, True)):
        found: dict[str, list[float]] = {name: [] for name in clients}
        for _ in range(RUNS):
            for name, (opened, count) in clients.items():
                urls = [web.url(n % hosts, f"/feed/{n}", secure=secure) for n in range(count)]
                async with opened(web) as get:
                    await time_gets(get, urls[:hosts])  # connections are made before the clock runs
                    found[name].append(await time_gets(get, urls))
        for name in clients:
            rates[name].append(f"{median(found[name]):,.0f}")
    for name in clients:
        table.add_row(name, *rates[name])
    console.print(table)


FEEDS, HOSTS, BATCH, ENTRIES = 4000, 200, 500, 5


def _fill_store(store: Store, urls: Sequence[str], etag: str) -> None:
    """Declare the feeds, each with some entries and the state of a first poll, so that later answers may be 304."""
    migrate(store)
    outlet = Outlet("bench", "Bench", "XX", "en", PressSystem.INTERNATIONAL, "bench", "UTC")
    feeds = [Feed(f"feed-{n:05}", url, f"Feed {n}", "bench", "en") for n, url in enumerate(urls)]
    sync_feeds(store, [outlet], feeds, _now())
    for start in range(0, len(feeds), BATCH):
        record_polls(store, [_known(feed, etag) for feed in feeds[start : start + BATCH]])


def _known(feed: Feed, etag: str) -> Poll:
    state = FeedState(feed.id, feed.url, etag=etag, body_hash="0" * 32, next_check_at=_now())
    # Monthlies: feeds that fall silent in the days that a benchmark plays would be asked for all they have.
    times = [_now() - n * timedelta(days=30) for n in range(ENTRIES)]
    entries = tuple(Entry(f"{feed.url}/{n}", f"{feed.url}/{n}", "news", published_at=at) for n, at in enumerate(times))
    return Poll(Refresh(feed.id, _now(), Outcome.UPDATED), state, entries)


def _now() -> datetime:
    return datetime.now(UTC)


async def poll_round(store: Store, client: Client, day: int, workers: WorkerPool) -> tuple[float, Figures]:
    """Do what a round does to poll every feed once, and give its seconds and figures."""
    later = _now() + timedelta(days=2 * day)
    round_ = Round(store, client, workers, lambda: later)
    began = time.perf_counter()
    while await poll_batch(round_):
        pass
    return time.perf_counter() - began, round_.figures


async def get_batches(client: Client, urls: Sequence[str], etag: str) -> float:
    """Only get the same URLs, as many at once, and give how many a second."""
    waiting = iter(urls)

    async def work() -> None:
        for url in waiting:
            await client.fetch(url, etag=etag)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(BATCH)))
    return len(urls) / (time.perf_counter() - began)


async def measure_polls(web: Web) -> None:
    """Print unchanged polls a second beside mere GETs of the same feeds by the same client."""
    whole, mere, figures = [], [], Figures()
    urls = [web.url(n % HOSTS, f"/feed/{n}") for n in range(FEEDS)]
    policy = replace(policy_for(web), per_host=2)
    with TemporaryDirectory() as home, open_pool(workers=1) as workers:
        store = open_store(f"sqlite:///{home}/bench.db")
        async with (
            open_budget(store) as budget,
            open_client(policy) as getting,
            open_client(policy, budget=budget) as polling,
        ):
            first = await getting.fetch(urls[0])
            assert isinstance(first, Fetched)
            etag = first.headers["etag"]
            await asyncio.to_thread(_fill_store, store, urls, etag)
            for day in range(1, RUNS + 1):
                mere.append(await get_batches(getting, urls, etag))
                seconds, figures = await poll_round(store, polling, day, workers)
                whole.append(FEEDS / seconds)
        store.dispose()
    title = f"{FEEDS:,} unchanged feeds on {HOSTS} hosts, SQLite, {web.server}, medians of {RUNS}"
    table = Table("what", "feeds/s", title=title)
    table.add_row("GETs answered 304 by the same client", f"{median(mere):,.0f}")
    table.add_row("polls: claim, pace, 304, schedule, stored", f"{median(whole):,.0f}")
    table.add_row("ratio, median of the runs", f"{median(a / b for a, b in zip(whole, mere, strict=True)):.2f}")
    console.print(table, f"unchanged in the last run: {figures.unchanged:,} of {figures.feeds:,}")


MANY_FEEDS, MANY_HOSTS, ROUNDS = 10_000, 2_000, 10
TIMEOUT = timedelta(seconds=5)


def _path_of(host: int, feed: int) -> str:
    """Of twenty hosts two are slow, one hangs and one hangs up."""
    return f"/{({0: 'slow', 1: 'slow', 2: 'hang', 3: 'fail'}).get(host % 20, 'feed')}/{feed}"


def _resident() -> float:
    """Give this process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _held_by_sqlite() -> float:
    """Give what SQLite holds of it, in MB: each connection fills a page cache of 2 MB while its database grows."""
    memory_used = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    memory_used.restype = ctypes.c_int64
    return float(memory_used()) / 1e6


async def measure_scale(web: Web) -> None:
    """Print how long the polls of a round take among hosts in trouble, and what ten rounds leave in memory.

    A round whose feeds are all healthy goes before each of them, so that both meet the same machine.
    """
    policy = replace(policy_for(web), per_host=2, min_interval=timedelta(seconds=1), timeout_after=TIMEOUT)
    healthy = [web.url(n % MANY_HOSTS, f"/feed/{n}") for n in range(MANY_FEEDS)]
    mixed = [web.url(n % MANY_HOSTS, _path_of(n % MANY_HOSTS, n)) for n in range(MANY_FEEDS)]
    title = f"{MANY_FEEDS:,} feeds on {MANY_HOSTS:,} hosts, timeout {TIMEOUT.seconds} s, SQLite, {web.server}"
    columns = ("all healthy, s", "mixed, s", "over the bound", "failed", "memory, MB", "SQLite's, MB")
    table = Table("round", *columns, title=title)
    async with open_client(policy) as client:
        first = await client.fetch(healthy[0])
        assert isinstance(first, Fetched)
        etag = first.headers["etag"]
    with TemporaryDirectory() as home, open_pool(workers=1) as workers:
        stores = [open_store(f"sqlite:///{home}/{name}.db") for name in ("healthy", "mixed")]
        for store, urls in zip(stores, (healthy, mixed), strict=True):
            await asyncio.to_thread(_fill_store, store, urls, etag)
        for number in range(1, ROUNDS + 1):
            seconds = []
            for store in stores:
                async with open_budget(store) as budget, open_client(policy, budget=budget) as client:
                    took, figures = await poll_round(store, client, 2 * number, workers)
                    seconds.append(took)
            over = max(0.0, seconds[1] - seconds[0] - TIMEOUT.total_seconds())
            cells = (*seconds, over, figures.failed, _resident(), _held_by_sqlite())
            table.add_row(str(number), *(f"{cell:.1f}" if isinstance(cell, float) else f"{cell}" for cell in cells))
        for store in stores:
            store.dispose()
    console.print(table)


async def show_hostile() -> None:
    """Print how each hostile server's refresh is recorded, and how many of the records are as they are to be."""
    table = Table("server", "outcome", "reason", title="hostile servers")
    contained = 0
    for hostile in TABLE:
        refresh, _ = await poll_hostile(hostile)
        contained += refresh.failure == hostile.kind and hostile.words in refresh.reason
        table.add_row(escape(hostile.name), f"{refresh.outcome}: {refresh.failure}", escape(refresh.reason))
    console.print(table, f"{contained} of {len(TABLE)} are contained, each with its own reason.")


MEASURED = {"clients": compare_clients, "polls": measure_polls, "scale": measure_scale}
HOSTILE = "hostile"


def main() -> None:
    """Print the tables named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="of these; all where none is named")
    known = [*MEASURED, HOSTILE]
    tables = parser.parse_args().tables or known
    if unknown := set(tables) - set(known):
        parser.error(f"there is no table {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    # A round warns of every feed that fails, as thousands here are to do.
    logging.getLogger("flows").setLevel(logging.ERROR)
    if HOSTILE in tables:
        asyncio.run(show_hostile())
    if measured := [name for name in tables if name != HOSTILE]:
        with open_web() as web:
            for name in measured:
                asyncio.run(MEASURED[name](web))


if __name__ == "__main__":
    main()
