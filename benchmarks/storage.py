"""What the database costs: search, the index, claims and digests at scale: `python -m benchmarks.storage URL ARTICLES`.

URL names an empty database, which is filled (`sqlite:////tmp/bench.db`, `postgresql://.../bench`); one that an earlier run
filled is used as it is. Limits: the first page of each search under 100 ms in the median and 300 ms at worst.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from benchmarks.archive import NOW, OUTLET, TOPIC, fill, read_background
from news.digests import Subscription
from news.sources import Feed, Outcome, Poll, Refresh
from storage.digests import preview_opening
from storage.engine import Store, open_store, reading
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.queries import parse_query
from storage.schema import ensure_schema
from storage.search import index_articles, search_articles
from storage.subscriptions import sync_subscriptions
from storage.tables import articles, subscriptions

FEEDS = 180_000
HOSTS = 30_000
RUNS = 7
QUERIES = (
    "中国",
    "北京",
    "대만",
    "日本",
    "台湾海峡",
    "台湾 OR 대만 OR Taiwan",
    "中国 NOT 日本",
    '"export controls"',
    "정상회담 topic:taiwan",
    "中国 language:ja",
    "日本 since:2026-10-01",
    "회",
    "semicond*",
    "尖閣諸島",
    "Yomiuri",
    "zzyzx",
)
console = Console()


def measure(run: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Return milliseconds of each run after a first one that is not counted."""
    run()
    taken: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def cpu_seconds(connection: sa.Connection) -> float:
    """CPU time of this process and, on PostgreSQL, of the server's process behind a connection.

    On a machine that others use too it says what the clock cannot. The server's is read from /proc, in ticks of 10 ms.
    """
    spent = time.process_time()
    if connection.dialect.name == "postgresql":
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def look_at_cpu(store: Store) -> float:
    """The same for the connection that the pool hands out next, which one thread gets again and again."""
    with reading(store) as connection:
        return cpu_seconds(connection)


def show_searches(store: Store) -> None:
    """Print each query's first page: median and worst by the clock, and the mean CPU time, the server's included."""
    table = Table("search", "found", "median ms", "worst ms", "CPU ms", title="First page of 20")
    for text in QUERIES:
        query = parse_query(text, NOW)
        found = search_articles(store, query, NOW)
        before = look_at_cpu(store)
        taken = measure(lambda query=query: search_articles(store, query, NOW))  # type: ignore[misc]
        cpu = (look_at_cpu(store) - before) / (len(taken) + 1) * 1000
        table.add_row(text, str(len(found)), f"{median(taken):.1f}", f"{max(taken):.1f}", f"{cpu:.1f}")
    console.print(table)


def show_index_cost(store: Store) -> None:
    """Print what indexing an article costs of CPU time and of the clock; nothing of it is kept."""
    texts = [one.article for one in read_background(10_000)[::8] if one.article]
    with store.connect() as connection:
        first = (connection.scalar(sa.select(sa.func.max(articles.c.id))) or 0) - len(texts)
        began, began_cpu = time.perf_counter(), cpu_seconds(connection)
        rows = [(first + number, one.title, one.text) for number, one in enumerate(texts, start=1)]
        for start in range(0, len(rows), 100):  # as a round stores them
            index_articles(connection, rows[start : start + 100])
        spent, cpu = time.perf_counter() - began, cpu_seconds(connection) - began_cpu
        connection.rollback()
    size = sum(len(one.text) for one in texts) / len(texts)
    console.print(
        f"Indexing an article of {size:.0f} characters: {cpu / len(texts) * 1e3:.2f} ms of CPU, the server's included, "
        f"{spent / len(texts) * 1e3:.2f} ms by the clock."
    )


def show_digest(store: Store) -> None:
    """Print what looking for untold stories costs for a subscription that began two months ago."""
    sync_subscriptions(store, ["bench"], NOW - timedelta(days=60))
    subscription = Subscription("bench", "Bench", (TOPIC,), ("file",))
    for name, days in (("a subscription's first day", 1), ("after a month untold", 30)):
        with store.begin() as connection:
            latest = connection.scalar(sa.select(sa.func.max(articles.c.published_at)))
            assert latest
            connection.execute(subscriptions.update().values(since_at=latest - timedelta(days=days)))
        stories = len(preview_opening(store, subscription, NOW).stories)
        taken = measure(lambda: preview_opening(store, subscription, NOW), runs=3)
        console.print(f"Untold stories, {name}: {stories:,} in {median(taken):.0f} ms")


def show_feeds(store: Store) -> None:
    """Print what claiming and recording polls costs with 180,000 feeds, all due, and with 500 due."""
    declared = [Feed(f"f{n}", f"https://h{n % HOSTS}.example/{n}", f"Feed {n}", OUTLET.id, "en") for n in range(FEEDS)]
    began = time.perf_counter()
    sync_feeds(store, [OUTLET], declared, NOW)
    console.print(f"Mirroring {FEEDS:,} declared feeds: {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    sync_feeds(store, [OUTLET], declared, NOW)
    console.print(f"The same unchanged: {time.perf_counter() - began:.1f} s")
    console.print(
        f"Claiming 500 of {FEEDS:,} due: {median(measure(lambda: _poll(store, 500), 5)):.0f} ms with recording"
    )
    with store.begin() as connection:
        connection.execute(sa.text("UPDATE feeds SET next_check_at = :at"), {"at": "2027-01-01"})
        connection.execute(sa.text("UPDATE feeds SET next_check_at = :at WHERE id LIKE 'f10%'"), {"at": "2026-01-01"})
    taken = measure(lambda: claim_due_feeds(store, NOW, limit=500), 5)
    console.print(f"Claiming 500 where few are due: {median(taken):.0f} ms")


def _poll(store: Store, limit: int) -> None:
    """Claim, and record that nothing changed."""
    claimed = claim_due_feeds(store, NOW, limit=limit)
    assert len(claimed) == limit
    later = NOW + timedelta(minutes=15)
    polls = [
        Poll(
            Refresh(due.feed.id, NOW, Outcome.NOT_MODIFIED),
            replace(due.state, checked_at=NOW, next_check_at=later),
        )
        for due in claimed
    ]
    record_polls(store, polls)


def main() -> None:
    """Fill the database where it is empty, then print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the database, as SQLAlchemy writes it")
    parser.add_argument("articles", type=int, help="how many an empty one is filled with")
    options = parser.parse_args()
    store = open_store(options.url)
    ensure_schema(store)
    with reading(store) as connection:
        stored = connection.scalar(sa.select(sa.func.count()).select_from(articles)) or 0
    if not stored:
        began = time.perf_counter()
        stored = options.articles
        fill(store, read_background(10_000), stored)
        console.print(f"Filled in {time.perf_counter() - began:.0f} s")
    console.print(f"[bold]{store.dialect.name}, {stored:,} articles[/]")
    show_searches(store)
    show_index_cost(store)
    show_digest(store)
    show_feeds(store)


if __name__ == "__main__":
    main()
