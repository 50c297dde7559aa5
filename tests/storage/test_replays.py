from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from news.reading import PageResult, PageTask
from news.sources import Feed, Outlet
from news.topics import Evidence, Match
from storage.engine import Store, reading, writing
from storage.feeds import sync_feeds
from storage.recording import record_articles
from storage.replays import (
    Replay,
    Replayed,
    begin_replay,
    count_latest_texts,
    end_replay,
    read_latest_texts,
    record_replayed,
)
from storage.tables import matches, revisions
from storage.topics import TopicVersion, sync_topics

Make = Callable[..., PageResult]
REPLAY = Replay("summitry", "v2", "g2")
MATCH = Match("summitry", 0.7, Evidence((), "They met."), "v2", "g2")


@pytest.fixture
def archive(store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Make) -> Store:
    """Three articles: the first was tagged under an older version, the others were not; then the topic was edited."""
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    for number, topic in enumerate(("summitry", None, None), start=1):
        task = PageTask(outlet, f"https://a.example/{number}", "", now)
        record_articles(store, [make_result(task, title=f"Meeting {number}", topic=topic)], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v2", {"title": "Summitry"})], now)
    return store


def list_matches(store: Store) -> list[tuple[int, str, bool, bool]]:
    m = matches.c
    with reading(store) as connection:
        rows = connection.execute(sa.select(m.article_id, m.topic_version, m.is_current, m.is_silent).order_by(m.id))
        return [tuple(row) for row in rows]


def test_the_archive_is_read_in_batches(archive: Store) -> None:
    first = read_latest_texts(archive, after=0, limit=2)
    rest = read_latest_texts(archive, after=first[-1].article_id, limit=2)
    assert [text.title for text in (*first, *rest)] == ["Meeting 1", "Meeting 2", "Meeting 3"]
    assert count_latest_texts(archive, after=first[-1].article_id) == 1


def test_a_headline_alone_is_read_and_a_text_that_was_emptied_is_not(
    archive: Store, outlet: Outlet, now: datetime, make_result: Make
) -> None:
    task = PageTask(outlet, "https://a.example/headline", "", now)
    record_articles(archive, [make_result(task, title="A headline alone", text="", topic=None)], now)
    with writing(archive) as connection:
        connection.execute(revisions.update().where(revisions.c.title != "A headline alone").values(text=""))
    assert [text.title for text in read_latest_texts(archive, after=0, limit=2)] == ["A headline alone"]


def test_a_replay_is_silent_where_nothing_was_loud_and_keeps_history(archive: Store, now: datetime) -> None:
    begin_replay(archive, REPLAY, now)
    texts = read_latest_texts(archive, after=0, limit=9)
    found = {text.revision_id: MATCH for text in texts[:2]}
    assert record_replayed(archive, REPLAY, texts, found, now) == Replayed(articles=3, gained=1, lost=0)
    first, second = texts[0].article_id, texts[1].article_id
    expected = [(first, "v1", False, False), (first, "v2", True, False), (second, "v2", True, True)]
    assert list_matches(archive) == expected
    assert record_replayed(archive, REPLAY, texts, found, now) == Replayed(articles=3)
    assert list_matches(archive) == expected


def test_a_lost_match_stays_as_history(archive: Store, now: datetime) -> None:
    begin_replay(archive, REPLAY, now)
    texts = read_latest_texts(archive, after=0, limit=9)
    assert record_replayed(archive, REPLAY, texts, {}, now) == Replayed(articles=3, gained=0, lost=1)
    assert list_matches(archive) == [(texts[0].article_id, "v1", False, False)]


def test_a_replay_goes_on_where_it_was_left_and_begins_anew_once_it_ended(archive: Store, now: datetime) -> None:
    assert begin_replay(archive, REPLAY, now) == 0
    texts = read_latest_texts(archive, after=0, limit=2)
    record_replayed(archive, REPLAY, texts, {}, now)
    assert begin_replay(archive, REPLAY, now) == texts[-1].article_id
    assert begin_replay(archive, replace(REPLAY, gazetteer_version="g3"), now) == 0
    record_replayed(archive, REPLAY, texts, {}, now)
    end_replay(archive, REPLAY, now)
    assert begin_replay(archive, REPLAY, now) == 0


def test_an_article_revised_meanwhile_is_left_alone(
    archive: Store, outlet: Outlet, now: datetime, make_result: Make
) -> None:
    begin_replay(archive, REPLAY, now)
    texts = read_latest_texts(archive, after=0, limit=1)
    task = PageTask(outlet, "https://a.example/1", "", now, article_id=texts[0].article_id)
    changed = make_result(task, title="Meeting 1", text="It was put off until next year.", topic=None)
    record_articles(archive, [changed], now + timedelta(hours=1))
    before = list_matches(archive)
    assert record_replayed(archive, REPLAY, texts, {texts[0].revision_id: MATCH}, now) == Replayed()
    assert list_matches(archive) == before
