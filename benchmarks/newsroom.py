"""A local newsroom: hundreds of feeds on as many loopback hosts that publish articles as time goes by.

What is published is a `Press`: pure, so that whoever asks later knows what must have been found. One server process
answers for all hosts (every address of 127.1.x.y) and counts what it was asked.
"""

import asyncio
import json
import math
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape

import httpx
from aiohttp import web

from benchmarks.newsroom_texts import write_paragraphs, write_title
from seeds.declarations import SHIPPED

FIGURES = "/newsroom/figures"
_WINDOW = 10.0  # seconds in which requests to one host are counted together


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; header names are lower-case."""

    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


class Press(Protocol):
    """What a newsroom publishes."""

    @property
    def feeds(self) -> int:
        """How many feeds there are."""

    def host(self, feed: int) -> str:
        """The address of a feed's host."""

    def print_feed(self, feed: int, origin: str, now: float) -> Reply:
        """A feed as it stands at a time (seconds since 1970)."""

    def print_page(self, feed: int, number: int, now: float) -> Reply | None:
        """An article's page; None before it is published."""


@dataclass(frozen=True, slots=True)
class RollingPress:
    """Feeds that publish `articles` between `opens_at` and `opens_at + lasts_for`, spread evenly; every tenth in two feeds.

    One article in ten is about the seed story, so that topics match it. Every feed goes on listing all it published.
    """

    feeds: int
    articles: int
    opens_at: float
    lasts_for: float
    hosts: int = 250
    burst: float = 0.0
    """Seconds of which all articles appear together at the end; 0: each at its own time."""

    @property
    def each(self) -> int:
        """Articles of one feed."""
        return self.articles // self.feeds

    def host(self, feed: int) -> str:
        """Some feeds share a host."""
        return name_host(feed % self.hosts)

    def published_at(self, feed: int, number: int) -> float:
        """When an article appears; those that are there at the opening appear an hour before it."""
        order = number * self.feeds + feed
        after = self.lasts_for * order / (self.each * self.feeds)
        return self.opens_at + (math.ceil(after / self.burst) * self.burst if self.burst else after)

    def count_published(self, feed: int, now: float) -> int:
        """How many of a feed's articles have appeared."""
        return sum(self.published_at(feed, number) <= now for number in range(self.each))

    def urls(self, origin_of: "Origins", now: float) -> Iterator[str]:
        """The address of every article that has appeared."""
        for feed in range(self.feeds):
            for number in range(self.count_published(feed, now)):
                yield f"{origin_of(self.host(feed))}/a/{feed}/{number}"

    def print_feed(self, feed: int, origin: str, now: float) -> Reply:
        """RSS with all that has appeared, and with every tenth article of the feed before."""
        before = (feed - 1) % self.feeds
        listed = [(feed, number) for number in range(self.count_published(feed, now))]
        listed += [(before, number) for number in range(0, self.count_published(before, now), 10)]
        items = "".join(self._item(*article, origin) for article in listed)
        body = f'<rss version="2.0"><channel><title>Feed {feed}</title><link>{origin}</link>{items}</channel></rss>'
        return Reply(body.encode(), "application/rss+xml", (("etag", f'"{len(listed)}"'),))

    def _item(self, feed: int, number: int, origin: str) -> str:
        port = origin.rpartition(":")[2]
        link = f"http://{self.host(feed)}:{port}/a/{feed}/{number}"
        at = datetime.fromtimestamp(self.published_at(feed, number), UTC)
        title = escape(write_title(feed, number))
        return f"<item><title>{title}</title><link>{link}</link><pubDate>{format_datetime(at)}</pubDate></item>"

    def print_page(self, feed: int, number: int, now: float) -> Reply | None:
        """A page of some 4 KB with a title, a date and five paragraphs."""
        if number >= self.each or self.published_at(feed, number) > now:
            return None
        at = datetime.fromtimestamp(self.published_at(feed, number), UTC).isoformat()
        title, paragraphs = write_title(feed, number), write_paragraphs(feed, number)
        page = (
            f"<!doctype html><html lang=en><head><title>{title}</title>"
            f'<meta property="article:published_time" content="{at}"></head><body><nav><a href="/">Home</a></nav>'
            f"<article><h1>{title}</h1>{''.join(f'<p>{text}</p>' for text in paragraphs)}</article></body></html>"
        )
        return Reply(page.encode(), "text/html; charset=utf-8")


def name_host(number: int) -> str:
    """The numbered host of loopback."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


@dataclass(frozen=True, slots=True)
class Origins:
    """`http://HOST:PORT` of a host, and the id of the process that answers there."""

    port: int
    process: int

    def __call__(self, host: str) -> str:
        """Give a host's origin."""
        return f"http://{host}:{self.port}"


@dataclass(slots=True)
class _Counts:
    """What the newsroom was asked."""

    feeds: int = 0
    unchanged: int = 0
    pages: int = 0
    distinct: set[str] = field(default_factory=set)
    recent: dict[str, deque[float]] = field(default_factory=dict)
    busiest: Counter[str] = field(default_factory=Counter)

    def note(self, host: str, now: float) -> None:
        """Count a request to a host within the last seconds."""
        times = self.recent.setdefault(host, deque())
        times.append(now)
        while times[0] < now - _WINDOW:
            times.popleft()
        self.busiest[host] = max(self.busiest[host], len(times))

    def to_dict(self) -> dict[str, int]:
        """The figures; `busiest` is the most requests to one host in ten seconds."""
        most = max(self.busiest.values(), default=0)
        asked = {"feeds": self.feeds, "unchanged": self.unchanged, "pages": self.pages}
        return asked | {"distinct_pages": len(self.distinct), "busiest": most}


class Clock(Protocol):
    """Seconds since 1970; goes to the newsroom's process."""

    def __call__(self) -> float:
        """The time."""


@contextmanager
def open_newsroom(press: Press, port: int, clock: Clock = time.time) -> Iterator[Origins]:
    """Serve a press on all hosts of loopback until the block ends."""
    process = get_context("spawn").Process(target=_serve, args=(press, port, clock), daemon=True)
    process.start()
    try:
        _await(port)
        yield Origins(port, process.pid or 0)
    finally:
        process.terminate()
        process.join(10)


def _await(port: int) -> None:
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}{FIGURES}", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the newsroom does not answer at port {port}")


def read_figures(origin_of: Origins) -> dict[str, int]:
    """What the newsroom was asked so far."""
    figures: dict[str, int] = httpx.get(f"{origin_of('127.0.0.1')}{FIGURES}", timeout=30).json()
    return figures


def _serve(press: Press, port: int, clock: Clock) -> None:
    asyncio.run(_serve_for_good(press, port, clock))


async def _serve_for_good(press: Press, port: int, clock: Clock) -> None:
    app = web.Application()
    desk = _Desk(press, clock, _Counts())
    app.router.add_get(FIGURES, desk.show_figures)
    app.router.add_get("/robots.txt", desk.allow_all)
    app.router.add_get("/f/{feed}", desk.answer_feed)
    app.router.add_get("/a/{feed}/{number}", desk.answer_page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", port, backlog=4096).start()  # noqa: S104 (every address of loopback is a host)
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class _Desk:
    """Answers requests and counts them."""

    press: Press
    clock: Clock
    counts: _Counts

    async def show_figures(self, _request: web.Request) -> web.Response:
        return web.json_response(text=json.dumps(self.counts.to_dict()))

    async def allow_all(self, _request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")

    async def answer_feed(self, request: web.Request) -> web.Response:
        self.counts.feeds += 1
        self.counts.note(request.url.host or "", time.monotonic())
        reply = self.press.print_feed(int(request.match_info["feed"]), str(request.url.origin()), self.clock())
        if request.headers.get("if-none-match") == dict(reply.headers).get("etag", ""):
            self.counts.unchanged += 1
            return web.Response(status=304, headers=dict(reply.headers))
        return _to_response(reply)

    async def answer_page(self, request: web.Request) -> web.Response:
        self.counts.pages += 1
        self.counts.distinct.add(request.path)
        self.counts.note(request.url.host or "", time.monotonic())
        feed, number = int(request.match_info["feed"]), int(request.match_info["number"])
        reply = self.press.print_page(feed, number, self.clock())
        return _to_response(reply) if reply else web.Response(status=404)


def _to_response(reply: Reply) -> web.Response:
    return web.Response(body=reply.body, headers={"content-type": reply.content_type, **dict(reply.headers)})


_OUTLET = """
[outlets.newsroom]
name = "The newsroom"
country = "US"
language = "en"
press_system = "international"
family = "newsroom"
zone = "UTC"
"""


def declare(press: Press, folder: Path, origin_of: Origins, subscriptions: str = "") -> None:
    """Write declarations of a press into a folder that Dateline takes as shipped, with the shipped gazetteer and topics."""
    folder.mkdir(parents=True)
    for name in ("entities", "phrases", "topics"):
        (folder / name).symlink_to(SHIPPED / name)
    feeds = [
        f'[feeds.f{n}]\nurl = "{origin_of(press.host(n))}/f/{n}"\ntitle = "Feed {n}"\noutlet = "newsroom"\nlanguage = "en"\n'
        for n in range(press.feeds)
    ]
    (folder / "feeds.toml").write_text("\n".join(feeds))
    (folder / "outlets.toml").write_text(_OUTLET)
    (folder / "subscriptions.toml").write_text(subscriptions)
