"""From feed to searchable article on this machine: `python -m benchmarks.end_to_end [--articles 5000] [--database URL]`.

A newsroom in a process of its own serves the saved pages of `../shared/data/pages`, compressed as sites do. One round of
the `watch` flow polls its feeds, fetches, reads, matches, stores, indexes and groups, on Prefect's server; newsroom and
server are part of the machine's load. Compared in the same run with bare trafilatura on the same stream of pages, in two
processes, with nothing around it.

The stream has so many pages that pass the topics' wide net as `--pass` says (5 %): the saved pages are sorted by the net
and drawn again and again, each under an address of its own.
"""

import argparse
import asyncio
import gzip
import math
import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.extraction import read_with_trafilatura
from benchmarks.newsroom import Reply, declare, name_host, open_newsroom
from benchmarks.saved_pages import HINTS, PAGES, read_body, read_rows
from benchmarks.site import free_port, run_prefect
from benchmarks.stopwatch import Stopwatch, read_cpu
from extractors.article import read_article
from flows.settings import Settings
from flows.wiring import open_bureau
from flows.worker_end import find_tree
from matching.matcher import Matcher
from news.articles import Quality
from news.errors import ReadError

console = Console()
_PROCESSES = 2
_HOSTS = 100
_MOST_ENTRIES = 50
"""Of a feed: beyond 100 without a date some of them would be held back as an archive."""


@dataclass(frozen=True, slots=True)
class SavedPress:
    """Feeds of saved pages: `stream` are paths of files, one for each article; feed `f` has every so-manyth of them."""

    stream: tuple[str, ...]

    @property
    def feeds(self) -> int:
        """So many that none is longer than most feeds are."""
        return max(_HOSTS, math.ceil(len(self.stream) / _MOST_ENTRIES))

    def host(self, feed: int) -> str:
        """Each feed has a host of its own."""
        return name_host(feed)

    def print_feed(self, feed: int, origin: str, now: float) -> Reply:  # noqa: ARG002 (all is there from the start)
        """RSS that names all articles of the feed."""
        numbers = range(len(range(feed, len(self.stream), self.feeds)))
        items = "".join(f"<item><title>{feed}-{n}</title><link>{origin}/a/{feed}/{n}</link></item>" for n in numbers)
        body = f'<rss version="2.0"><channel><title>Feed {feed}</title>{items}</channel></rss>'
        return Reply(body.encode(), "application/rss+xml", (("etag", '"1"'),))

    def print_page(self, feed: int, number: int, now: float) -> Reply:  # noqa: ARG002
        """A saved page as it lies there, compressed."""
        body = Path(self.stream[number * self.feeds + feed]).read_bytes()
        return Reply(body, "text/html", (("content-encoding", "gzip"),))


def draw_stream(matcher: Matcher, articles: int, passing: float) -> tuple[str, ...]:
    """Draw a stream of saved pages in which a share passes the net; unreadable pages count as not passing."""
    inside: list[str] = []
    outside: list[str] = []
    for row in read_rows():
        path = str(PAGES / row["html"])
        try:
            article = read_article(read_body(row), url=row["url"] or "", hints=HINTS, quality=Quality.QUICK)
            caught = matcher.catches(article.title, article.text, article.language)
        except ReadError:
            caught = False
        (inside if caught else outside).append(path)
    console.print(f"{len(inside)} of {len(inside) + len(outside)} saved pages pass the net of the topics")
    every = round(1 / passing)
    stream = [
        inside[n // every % len(inside)] if n % every == 0 else outside[n % len(outside)] for n in range(articles)
    ]
    random.Random(0).shuffle(stream)  # noqa: S311 (an order, no secret): else all that passes stands in a few feeds
    return tuple(stream)


@dataclass(slots=True)
class Bare:
    """What bare trafilatura took so far, in two processes that are warm: pages, seconds by the clock, CPU seconds.

    It reads before the rounds and again after them, since the speed of a machine that others use, too, may change by a third.
    """

    pages: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    def time(self, stream: tuple[str, ...]) -> None:
        """Read these pages, too."""
        with get_context("spawn").Pool(_PROCESSES) as pool:
            pool.map(_read_bare, stream[:20], chunksize=5)
            began = time.perf_counter()
            self.cpu += sum(pool.map(_read_bare, stream, chunksize=20))
            self.seconds += time.perf_counter() - began
            self.pages += len(stream)

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


def _read_bare(path: str) -> float:
    began = time.process_time()
    read_with_trafilatura("https://example.org/", gzip.decompress(Path(path).read_bytes()))
    return time.process_time() - began


def time_news_please(python: str, stream: tuple[str, ...]) -> float:
    """Pages a second of news-please in two processes, in the environment of another interpreter."""
    script = Path(__file__).with_name("news_please.py")
    done = subprocess.run([python, str(script)], input="\n".join(stream), stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return float(done.stdout.split()[-1])


@dataclass(slots=True)
class Outcome:
    """A round: its articles, its seconds, and the CPU seconds of each part."""

    articles: int
    seconds: float
    cpu: dict[str, float] = field(default_factory=dict)
    size: int = 0
    """Bytes of the database, where that is a file."""

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds


def run_round(settings: Mapping[str, str], server: int, newsroom: int) -> Outcome:
    """Run one round of the flow as a worker does, and take its time."""
    for name, value in settings.items():
        os.environ[f"DATELINE_{name.upper()}"] = value
    from flows.watch import watch  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    watches = Stopwatch.over_a_round()
    before = {name: read_cpu(*find_tree(pid)) for name, pid in (("server", server), ("newsroom", newsroom))}
    ours, children = time.process_time(), _children()
    began = time.perf_counter()
    with watches:
        figures: dict[str, Any] = asyncio.run(watch())
    seconds = time.perf_counter() - began
    cpu = {
        "workers: extracting and matching": _children() - children,
        **watches.cpu,
        "this process, all else (fetching, Prefect's client)": time.process_time() - ours - sum(watches.cpu.values()),
        "Prefect's server": read_cpu(*find_tree(server)) - before["server"],
        "the newsroom": read_cpu(*find_tree(newsroom)) - before["newsroom"],
    }
    read = figures["articles"] + figures["revised"] + figures["known"] + figures["refused"]
    console.print({name: figures[name] for name in ("feeds", "new_entries", "articles", "known", "refused", "grouped")})
    size = sum(path.stat().st_size for path in Path(settings["home"]).parent.glob(f"{settings['reading']}.db*"))
    return Outcome(read, seconds, cpu, size)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def make_settings(home: Path, seeds: Path, port: int, database: str, reading: str) -> dict[str, str]:
    """A home of its own for each round."""
    return {
        "home": str(home),
        "seeds": str(seeds),
        "database_url": database,
        "env_file": os.devnull,
        "allowed_networks": "127.0.0.0/8",
        "allowed_ports": str(port),
        "host_seconds": "0",
        "per_host": "8",
        "poll_minutes": "60",  # time enough to read all carefully unless told otherwise
        "workers": str(_PROCESSES),
        "reading": reading,
    }


def load_matcher() -> Matcher:
    """The shipped topics and gazetteer."""
    with tempfile.TemporaryDirectory() as name, open_bureau(Settings(home=Path(name))) as bureau:
        return bureau.matcher


def show(bare: Bare, peers: Mapping[str, float], outcomes: Mapping[str, Outcome]) -> None:
    """Print rates as ratios to bare trafilatura, then where the CPU goes."""
    bare_cpu = bare.cpu / bare.pages
    rates = Table("what", "articles/s", "times bare trafilatura", title="From feed to searchable article")
    for name, rate in {"bare trafilatura with metadata": bare.rate, **peers}.items():
        rates.add_row(f"{name}, {_PROCESSES} processes", f"{rate:.1f}", f"{rate / bare.rate:.2f}")
    for name, outcome in outcomes.items():
        ratio = outcome.rate / bare.rate
        rates.add_row(f"{name}, {outcome.articles:,} articles", f"{outcome.rate:.1f}", f"{ratio:.2f}")
    console.print(rates)
    parts = Table("CPU, ms an article", *outcomes, title="Where the time goes")
    for part in next(iter(outcomes.values())).cpu:
        parts.add_row(part, *(_share(outcome, part) for outcome in outcomes.values()))
    parts.add_row("all", *(f"{1000 * sum(o.cpu.values()) / o.articles:.2f}" for o in outcomes.values()))
    parts.add_row("bare trafilatura", *([f"{1000 * bare_cpu:.2f}"] * len(outcomes)))
    parts.add_row(
        "bare's CPU to ours", *(f"{bare_cpu * o.articles / sum(o.cpu.values()):.2f}" for o in outcomes.values())
    )
    parts.add_row("database, KB an article", *(f"{o.size / o.articles / 1000:.1f}" for o in outcomes.values()))
    busy = (f"{sum(o.cpu.values()) / o.seconds:.2f}" for o in outcomes.values())
    parts.add_row("cores busy", *busy)
    console.print(parts)


def _share(outcome: Outcome, part: str) -> str:
    used = outcome.cpu[part]
    return f"{1000 * used / outcome.articles:.2f}  ({used / sum(outcome.cpu.values()):.0%})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--bare", type=int, default=1500, help="pages of the stream that bare trafilatura reads")
    parser.add_argument(
        "--pass", type=float, default=0.05, dest="passing", help="share of the stream that the net catches"
    )
    parser.add_argument("--reading", action="append", choices=["careful", "wide"], help="default: both")
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; default: SQLite")
    parser.add_argument(
        "--news-please", metavar="PYTHON", help="interpreter that has it: see benchmarks/news_please.py"
    )
    options = parser.parse_args()
    if not PAGES.is_dir():
        raise SystemExit(f"{PAGES} is not here: it holds the saved pages")
    os.environ["DATELINE_ENV_FILE"] = os.devnull
    stream = draw_stream(load_matcher(), options.articles, options.passing)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-end-to-end-")))
        bare, middle, peers = Bare(), options.bare // 2, dict[str, float]()
        bare.time(stream[:middle])
        if options.news_please:
            peers["news-please without images"] = time_news_please(options.news_please, stream[:60])
        port, press = free_port(), SavedPress(stream)
        origin_of = stack.enter_context(open_newsroom(press, port))
        declare(press, folder / "seeds", origin_of)
        server = stack.enter_context(run_prefect(folder))
        outcomes = {}
        for reading in options.reading or ["careful", "wide"]:
            database = options.database or f"sqlite:///{folder}/{reading}.db"
            settings = make_settings(folder / reading, folder / "seeds", port, database, reading)
            outcomes[reading] = run_round(settings, server, origin_of.process)
        bare.time(stream[middle : options.bare])
        show(bare, peers, outcomes)


if __name__ == "__main__":
    main()
