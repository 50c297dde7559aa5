"""Rates and resilience of fetching: `python -m benchmarks.fetching [clients] [polls] [scale]` prints the tables named, or all.

clients: our client against bare aiohttp and plain httpx, on one host and on 200, with and without TLS.
polls:   unchanged feeds polled with everything that belongs to it (claim, answer 304, schedule, the store's writes),
         against the same client only getting them.
scale:   10,000 feeds on 2,000 hosts, of which a tenth are slow, a twentieth hang and a twentieth hang up.
"""

import asyncio
import ssl
import sys
import time
from collections import Counter
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
from rich.table import Table

from benchmarks.web import Web, open_web
from fetching.client import Client, open_client
from fetching.policy import FetchPolicy
from flows.steps.refreshing import refresh_feeds
from news.errors import FetchError
from news.sources import Feed, FeedState, Outcome, Outlet, Poll, PressSystem, Refresh
from storage.engine import Store, open_store
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.schema import migrate

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


FEEDS, HOSTS, BATCH = 4000, 200, 500


def _fill_store(store: Store, web: Web, etag: str) -> None:
    migrate(store)
    outlet = Outlet("bench", "Bench", "XX", "en", PressSystem.INTERNATIONAL, "bench", "UTC")
    feeds = [Feed(f"feed-{n}", web.url(n % HOSTS, f"/feed/{n}"), f"Feed {n}", "bench", "en") for n in range(FEEDS)]
    sync_feeds(store, [outlet], feeds, _now())
    # A first poll's state: what the server said then, so that every later answer is 304.
    due = claim_due_feeds(store, _now(), limit=FEEDS, per_host=FEEDS)
    record_polls(store, [_known(feed.state.feed_id, feed.state.url, etag) for feed in due])


def _known(feed_id: str, url: str, etag: str) -> Poll:
    state = FeedState(feed_id, url, etag=etag, body_hash="0" * 32, next_check_at=_now())
    return Poll(Refresh(feed_id, _now(), Outcome.UPDATED), state)


def _now() -> datetime:
    return datetime.now(UTC)


async def poll_round(store: Store, client: Client, day: int) -> tuple[float, Counter[str]]:
    """Poll every feed once, in batches, and give feeds a second and how the polls ended."""
    later = _now() + timedelta(days=2 * day)
    outcomes: Counter[str] = Counter()
    began = time.perf_counter()
    while due := await asyncio.to_thread(claim_due_feeds, store, later, limit=BATCH, per_host=10):
        polls = await refresh_feeds(due, client, lambda: later)
        await asyncio.to_thread(record_polls, store, polls)
        outcomes.update(poll.refresh.outcome.value for poll in polls)
    return FEEDS / (time.perf_counter() - began), outcomes


async def get_batches(client: Client, urls: Sequence[str], etag: str) -> float:
    """Only get the same URLs in the same batches, and give how many a second."""
    began = time.perf_counter()
    for start in range(0, len(urls), BATCH):
        await asyncio.gather(*(client.fetch(url, etag=etag) for url in urls[start : start + BATCH]))
    return len(urls) / (time.perf_counter() - began)


async def measure_polls(web: Web) -> None:
    """Print unchanged polls a second beside mere GETs of the same feeds by the same client."""
    whole, mere, outcomes = [], [], Counter[str]()
    urls = [web.url(n % HOSTS, f"/feed/{n}") for n in range(FEEDS)]
    with TemporaryDirectory() as home:
        store = open_store(f"sqlite:///{home}/bench.db")
        async with open_client(policy_for(web)) as client:
            first = await client.fetch(urls[0])
            assert first is not None
            etag = first.headers["etag"]
            await asyncio.to_thread(_fill_store, store, web, etag)
            for day in range(1, RUNS + 1):
                mere.append(await get_batches(client, urls, etag))
                rate, ended = await poll_round(store, client, day)
                whole.append(rate)
                outcomes += ended
        store.dispose()
    table = Table(
        "what", "feeds/s", title=f"{FEEDS:,} unchanged feeds on {HOSTS} hosts, SQLite, {web.server}, medians of {RUNS}"
    )
    table.add_row("GETs answered 304 by the same client", f"{median(mere):,.0f}")
    table.add_row("polls: claim, 304, schedule, stored", f"{median(whole):,.0f}")
    table.add_row("ratio", f"{median(whole) / median(mere):.2f}")
    console.print(table, dict(outcomes))


MANY_FEEDS, MANY_HOSTS, ROUNDS = 10_000, 2_000, 10
TIMEOUT = timedelta(seconds=5)


def _path_of(host: int, feed: int) -> str:
    """Of twenty hosts two are slow, one hangs and one hangs up."""
    return f"/{({0: 'slow', 1: 'slow', 2: 'hang', 3: 'fail'}).get(host % 20, 'feed')}/{feed}"


async def run_round(client: Client, urls: Sequence[str]) -> tuple[float, Counter[str]]:
    """Fetch every URL at once, as a round does, and give its seconds and how the fetches ended."""

    async def fetch(url: str) -> str:
        try:
            await client.fetch(url)
        except FetchError as error:
            return error.kind.value
        return "fetched"

    began = time.perf_counter()
    outcomes = Counter(await asyncio.gather(*(fetch(url) for url in urls)))
    return time.perf_counter() - began, outcomes


def _resident() -> float:
    """Give this process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def measure_scale(web: Web) -> None:
    """Print how long a round takes among hosts in trouble, and what ten of them leave in memory."""
    policy = replace(policy_for(web), per_host=2, min_interval=timedelta(seconds=1), timeout_after=TIMEOUT)
    mixed = [web.url(n % MANY_HOSTS, _path_of(n % MANY_HOSTS, n)) for n in range(MANY_FEEDS)]
    healthy = [web.url(n % MANY_HOSTS, f"/feed/{n}") for n in range(MANY_FEEDS)]
    async with open_client(policy) as client:
        alone, _ = await run_round(client, healthy)
    title = f"{MANY_FEEDS:,} feeds on {MANY_HOSTS:,} hosts, timeout {TIMEOUT.seconds} s; all healthy: {alone:.1f} s"
    table = Table("round", "seconds", "how they ended", "memory, MB", title=title)
    async with open_client(policy) as client:
        for number in range(1, ROUNDS + 1):
            seconds, outcomes = await run_round(client, mixed)
            table.add_row(str(number), f"{seconds:.1f}", str(dict(outcomes.most_common())), f"{_resident():.0f}")
    console.print(table)


PARTS = {"clients": compare_clients, "polls": measure_polls, "scale": measure_scale}


def main() -> None:
    """Print the tables named on the command line, or all."""
    with open_web() as web:
        for name in sys.argv[1:] or PARTS:
            asyncio.run(PARTS[name](web))


if __name__ == "__main__":
    main()
