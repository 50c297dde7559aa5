from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from news.errors import StorageError
from news.reading import PageResult, PageTask
from news.sources import Feed, Outlet
from storage.engine import Store
from storage.feeds import sync_feeds
from storage.marks import MarkCount, count_marks, export_marks, mark_article
from storage.recording import record_articles
from storage.retention import Retention, prune_store
from storage.topics import TopicVersion, sync_topics


@pytest.fixture
def archive(store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult]) -> Store:
    """Two tagged articles and one that is not."""
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    for number, topic in enumerate(("summitry", "summitry", None), start=1):
        task = PageTask(outlet, f"https://a.example/{number}", "", now)
        record_articles(store, [make_result(task, title=f"Meeting {number}", topic=topic)], now)
    return store


def test_marks_are_counted_and_the_last_word_counts(archive: Store, now: datetime) -> None:
    assert mark_article(archive, "https://a.example/1", "summitry", is_right=False, now=now) == "Meeting 1"
    mark_article(archive, "https://a.example/1", "summitry", is_right=True, now=now)
    mark_article(archive, "https://a.example/2", "summitry", is_right=False, now=now)
    mark_article(archive, "https://a.example/3", "summitry", is_right=True, now=now)
    [count] = count_marks(archive)
    assert count == MarkCount("summitry", "en", right=1, wrong=1, missed=1)
    assert count.precision == 0.5


def test_marks_are_exported_as_labelled_articles(archive: Store, now: datetime) -> None:
    mark_article(archive, "https://a.example/2", "summitry", is_right=False, now=now)
    [row] = export_marks(archive)
    assert (row["title"], row["lang"], row["text"]) == ("Meeting 2", "en", "They met for two hours.")
    assert row["labels"] == {"summitry": 0}
    assert mark_article(archive, int(row["id"]), "summitry", is_right=True, now=now) == "Meeting 2"


@pytest.mark.parametrize(("article", "topic"), [("https://a.example/9", "summitry"), (999, "summitry")])
def test_an_unknown_article_is_refused(archive: Store, now: datetime, article: int | str, topic: str) -> None:
    with pytest.raises(StorageError, match="no article"):
        mark_article(archive, article, topic, is_right=True, now=now)


def test_an_unknown_topic_is_refused(archive: Store, now: datetime) -> None:
    with pytest.raises(StorageError, match="no topic tides"):
        mark_article(archive, "https://a.example/1", "tides", is_right=True, now=now)


def test_what_was_marked_is_not_forgotten(archive: Store, now: datetime) -> None:
    mark_article(archive, "https://a.example/3", "summitry", is_right=True, now=now)
    rules = Retention(unmatched_articles_for=timedelta(days=1))
    prune_store(archive, rules, now + timedelta(days=400))
    [row] = export_marks(archive)
    assert row["text"]
