"""Pages of matched articles, kept as they were fetched."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from news.reading import PageResult, PageTask
from news.sources import Feed, Fetched, Outlet
from storage.engine import Store
from storage.feeds import sync_feeds
from storage.histories import find_history
from storage.pages import find_page
from storage.recording import record_articles
from storage.retention import Pruned, Retention, prune_store
from storage.topics import TopicVersion, sync_topics

URL = "https://a.example/summit"
DAY = timedelta(days=1)


def fetch(body: bytes, packing: str = "") -> Fetched:
    return Fetched(URL, f"{URL}?edition=1", 200, {"content-type": "text/html"}, body, packing=packing)


@pytest.fixture
def read(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult]
) -> Callable[..., None]:
    """Read the page of the one article, first or again, and store what it gave."""
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)

    def read(at: datetime, text: str, page: Fetched | None, article_id: int | None = None) -> None:
        task = PageTask(outlet, URL, "One", at, article_id=article_id)
        record_articles(store, [replace(make_result(task, text=text), page=page)], at)

    return read


def test_each_revision_has_the_page_that_it_was_read_from(
    store: Store, read: Callable[..., None], now: datetime
) -> None:
    packed = gzip.compress(b"<p>Three hours.")
    read(now, "They met for two hours.", fetch(b"<p>Two hours."))
    read(now + DAY, "They met for two hours.", fetch(b"<p>Two hours. <!-- advertisement -->"), 1)
    read(now + 2 * DAY, "They met for three hours, and signed nothing.", fetch(packed, "gzip"), 1)
    first, latest = find_page(store, 1, 1), find_page(store, 1)
    assert first
    assert latest
    assert (gzip.decompress(first.body), first.packing, first.fetched_at) == (b"<p>Two hours.", "gzip", now)
    assert (latest.body, latest.revision, latest.url) == (packed, 2, f"{URL}?edition=1")
    history = find_history(store, 1)
    assert history
    assert history.pages == (1, 2)
    assert find_page(store, 1, 3) is None
    assert find_page(store, 2) is None


def test_a_page_is_forgotten_before_its_article(store: Store, read: Callable[..., None], now: datetime) -> None:
    read(now, "They met for two hours.", fetch(b"<p>Two hours."))
    rules = Retention(pages_for=7 * DAY)
    assert prune_store(store, rules, now + 7 * DAY) == Pruned()
    assert prune_store(store, rules, now + 8 * DAY, dry_run=True) == Pruned(pages=1)
    assert prune_store(store, rules, now + 8 * DAY) == Pruned(pages=1)
    assert find_page(store, 1) is None
    history = find_history(store, 1)
    assert history
    assert (history.pages, history.revisions[0].text) == ((), "They met for two hours.")
