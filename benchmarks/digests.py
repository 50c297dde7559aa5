"""Cost of a digest: choosing, composing and rendering 200 untold stories out of a large archive.

    python benchmarks/digests.py [--articles 1000000] [--postgres postgresql://...]

Fills a new database (a temporary SQLite file, or the empty PostgreSQL database that is named) with invented articles:
3 % of them match a topic and were told before, 200 stories of three reports each are new. Prints medians of five runs,
beside a plain query of the same rows. Articles have no texts here: composing never reads them.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from digests.compose import told_states
from digests.render import render_html, render_json, render_slack, render_text
from flows.steps.briefing import Names, preview
from news.digests import Digest, Subscription
from storage import tables
from storage.digests import preview_opening
from storage.engine import Store, open_store, reading, writing
from storage.schema import migrate
from storage.subscriptions import sync_subscriptions

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
TOPIC = "taiwan"
NEW_STORIES, REPORTS_EACH = 200, 3
MATCHED_EACH = 33  # every 33rd article of the archive matches: 3 %
RUNS = 5
_ROWS = 5_000
OUTLETS = tuple(f"outlet-{n}" for n in range(40))
SUBSCRIPTION = Subscription(id="desk", title="Desk", topics=(TOPIC,), channels=("file",), zone="Asia/Seoul")
NAMES = Names({TOPIC: "Taiwan"}, {"taiwan": "Taiwan"})


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--postgres", help="URL of an empty database; default: a temporary SQLite file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(options.postgres or f"sqlite:///{folder}/benchmark.db")
        fill(store, options.articles)
        show(store, measure(store))
        store.dispose()


def fill(store: Store, articles: int) -> None:
    """Make an archive of so many articles and the new stories."""
    migrate(store)
    old = articles - NEW_STORIES * REPORTS_EACH
    with writing(store) as connection:
        _insert(connection, tables.outlets, (_outlet(name) for name in OUTLETS))
        _insert(connection, tables.topics, [{"id": TOPIC, "title": "Taiwan", "version": "v1"}])
        version = {"version": "v1", "topic_id": TOPIC, "declared_at": NOW, "content": {}}
        _insert(connection, tables.topic_versions, [version])
    sync_subscriptions(store, [SUBSCRIPTION.id], NOW - timedelta(days=400))
    with writing(store) as connection:
        number_of_stories = old + NEW_STORIES
        _insert(connection, tables.stories, (_story(n, old) for n in range(1, number_of_stories + 1)))
        _insert(connection, tables.articles, (_article(n, old) for n in range(1, articles + 1)))
        matched = [n for n in range(1, articles + 1) if n > old or n % MATCHED_EACH == 0]
        _insert(connection, tables.revisions, (_revision(n) for n in matched))
        _insert(connection, tables.matches, (_match(n) for n in matched))
        _insert(connection, tables.told, (_told(n) for n in matched if n <= old))
    with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


def measure(store: Store) -> dict[str, float]:
    """Return the median seconds of each part."""
    opening = preview_opening(store, SUBSCRIPTION, NOW)
    digest = preview(store, SUBSCRIPTION, NAMES, NOW)
    assert len(opening.stories) == NEW_STORIES
    article_ids = [report.article_id for story in opening.stories for report in story.reports]
    return {
        "a plain query of the same rows": _time(lambda: _query(store, article_ids)),
        "choosing what was not told": _time(lambda: preview_opening(store, SUBSCRIPTION, NOW)),
        "choosing and composing, with 14 days of volumes": _time(lambda: preview(store, SUBSCRIPTION, NAMES, NOW)),
        "what the ledger remembers": _time(lambda: told_states(digest, opening.stories)),
        "rendering page, text, Slack and JSON": _time(lambda: _render(digest)),
        "all of it": _time(lambda: _render(preview(store, SUBSCRIPTION, NAMES, NOW))),
    }


def show(store: Store, seconds: dict[str, float]) -> None:
    """Print the table."""
    with reading(store) as connection:
        articles = connection.scalar(sa.select(sa.func.count()).select_from(tables.articles))
    table = Table(title=f"A digest of {NEW_STORIES} stories out of {articles:,} articles on {store.dialect.name}")
    table.add_column("part")
    table.add_column("ms", justify="right")
    table.add_column("times the plain query", justify="right")
    plain = seconds["a plain query of the same rows"]
    for part, taken in seconds.items():
        table.add_row(part, f"{taken * 1000:,.0f}", f"{taken / plain:.1f}")
    Console().print(table)


def _time(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return median(taken)


def _render(digest: Digest) -> None:
    for render in (render_html, render_text, render_slack, render_json):
        render(digest)


def _query(store: Store, article_ids: list[int]) -> int:
    query = (
        sa.select(tables.articles, tables.outlets, tables.matches)
        .join(tables.outlets, tables.outlets.c.id == tables.articles.c.outlet_id)
        .join(tables.matches, tables.matches.c.article_id == tables.articles.c.id)
        .where(tables.articles.c.id.in_(article_ids))
    )
    with reading(store) as connection:
        return len(connection.execute(query).all())


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS:
            connection.execute(table.insert(), batch)
            batch = []
    if batch:
        connection.execute(table.insert(), batch)


def _outlet(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "country": "TW",
        "language": "en",
        "press_system": "taiwan",
        "family": name,
        "zone": "Asia/Taipei",
    }


def _story(number: int, old: int) -> dict[str, Any]:
    at = _published_at(number, old)
    return {"id": number, "opened_at": at, "changed_at": at}


def _published_at(number: int, old: int) -> datetime:
    """New articles are of the last hours, old ones spread over a year before."""
    return (
        NOW - timedelta(minutes=number % 300) if number > old else NOW - timedelta(days=2, seconds=31 * (old - number))
    )


def _article(number: int, old: int) -> dict[str, Any]:
    at = _published_at(number, old)
    story = number if number <= old else old + 1 + (number - old - 1) // REPORTS_EACH
    return {
        "id": number,
        "url": f"https://news.example/{number}",
        "outlet_id": OUTLETS[number % len(OUTLETS)],
        "title": f"Report number {number} on the strait",
        "language": "en",
        "published_at": at,
        "published_from": "feed",
        "is_date_only": False,
        "first_seen_at": at,
        "read_at": at,
        "quality": "careful",
        "partial": False,
        "is_backlog": False,
        "authors": [],
        "story_id": story,
        "origin_id": number,
    }


def _revision(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "article_id": number,
        "number": 1,
        "title": f"Report number {number}",
        "text": "",
        "text_hash": str(number),
        "quality": "careful",
        "read_at": NOW,
        "notes": [],
        "mentions": [],
    }


def _match(number: int) -> dict[str, Any]:
    hit = {"entity": "taiwan", "label": "Taiwan", "where": "text", "start": 31, "end": 37, "quote": "Taiwan"}
    sentence = "A minister said on Sunday that Taiwan would go on as before, whatever was decided elsewhere."
    return {
        "revision_id": number,
        "article_id": number,
        "topic_id": TOPIC,
        "topic_version": "v1",
        "gazetteer_version": "v1",
        "score": 0.6 + number % 40 / 100,
        "evidence": {"hits": [hit], "sentence": sentence, "parts": {"title": 1.0}},
        "is_current": True,
        "is_silent": False,
        "matched_at": NOW,
    }


def _told(number: int) -> dict[str, Any]:
    state = {
        "digest_number": 1,
        "told_at": NOW.isoformat(),
        "reports": 1,
        "origins": 1,
        "press_systems": ["taiwan"],
        "entities": ["taiwan"],
    }
    told = {"subscription_id": SUBSCRIPTION.id, "story_id": number, "digest_number": 1}
    return {**told, "told_at": NOW - timedelta(days=1), "state": state}


if __name__ == "__main__":
    main()
