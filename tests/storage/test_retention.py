from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from news.reading import PageResult, PageTask
from news.sources import Feed, Outlet, Poll
from news.stories import Assignment
from storage import retention
from storage.articles import claim_unread_entries
from storage.engine import Store, reading, writing
from storage.feeds import record_polls, sync_feeds
from storage.queries import parse_query
from storage.recording import record_articles
from storage.retention import Pruned, Retention, prune_store
from storage.rounds import begin_round
from storage.search import rebuild_index, search_articles
from storage.stories import record_assignments
from storage.tables import (
    articles,
    entries,
    host_starts,
    matches,
    metadata,
    refreshes,
    rests,
    revisions,
    robots,
    sightings,
    stories,
)
from storage.topics import TopicVersion, sync_topics

MONTH = timedelta(days=30)
ALL = Retention(*[MONTH] * 5)


@pytest.fixture
def archive(
    store: Store,
    outlet: Outlet,
    feed: Feed,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
) -> None:
    """Polled two months ago: a matched article in a story and an unmatched one; polled now: another unmatched one."""
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    for at, names in ((now - 2 * MONTH, ("summit", "weather")), (now, ("football",))):
        record_polls(store, [make_poll(*(f"https://a.example/{name}" for name in names), at=at)])
        for task in claim_unread_entries(store, at, limit=10, lease_for=MONTH):
            name = (task.url or "").rpartition("/")[2]
            topic = "summitry" if name == "summit" else None
            record_articles(store, [make_result(task, title=f"On {name}", text=f"All about {name}", topic=topic)], at)
    record_assignments(store, [Assignment("1", "new:1", "1", "alone")], now - 2 * MONTH)
    begin_round(store, now - 2 * MONTH)


def count(store: Store, table: sa.Table) -> int:
    with reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def texts(store: Store) -> dict[str, str]:
    query = sa.select(revisions.c.title, revisions.c.text)
    with reading(store) as connection:
        return {row.title: row.text for row in connection.execute(query)}


def find(store: Store, text: str, now: datetime) -> list[str]:
    return [found.title.text for found in search_articles(store, parse_query(text, now), now)]


@pytest.mark.usefixtures("archive")
def test_a_dry_run_counts_what_a_run_forgets_and_a_second_run_finds_nothing(store: Store, now: datetime) -> None:
    before = {table.name: count(store, table) for table in metadata.sorted_tables}
    told = prune_store(store, replace(ALL, unmatched_articles_for=None), now, dry_run=True)
    assert before == {table.name: count(store, table) for table in metadata.sorted_tables}
    assert prune_store(store, replace(ALL, unmatched_articles_for=None), now) == told
    assert told == Pruned(texts=2, articles=0, entries=0, refreshes=1, rounds=1)
    assert prune_store(store, ALL, now, dry_run=True) == Pruned(articles=1)
    assert prune_store(store, ALL, now) == Pruned(articles=1)
    assert prune_store(store, ALL, now) == Pruned()


@pytest.mark.usefixtures("archive")
def test_matched_and_unmatched_texts_are_kept_for_different_times(store: Store, now: datetime) -> None:
    prune_store(store, Retention(texts_for=None, unmatched_texts_for=MONTH), now)
    kept = {"On summit": "All about summit", "On weather": "", "On football": "All about football"}
    assert texts(store) == kept
    assert (find(store, "about", now), find(store, "weather", now)) == (["On football", "On summit"], ["On weather"])


@pytest.mark.usefixtures("archive")
def test_a_text_stays_while_its_story_goes_on(store: Store, now: datetime) -> None:
    with writing(store) as connection:
        connection.execute(stories.update().values(changed_at=now - timedelta(days=1)))
    prune_store(store, ALL, now)
    assert texts(store)["On summit"] == "All about summit"


@pytest.mark.usefixtures("archive")
def test_what_matched_keeps_its_evidence_and_its_place(store: Store, now: datetime) -> None:
    prune_store(store, ALL, now)
    with reading(store) as connection:
        [row] = connection.execute(sa.select(matches.c.evidence, articles.c.story_id).join(articles)).all()
    assert row.evidence["hits"][0]["quote"] == "Beijing"
    assert row.story_id == 1


@pytest.mark.usefixtures("archive")
def test_the_index_holds_what_is_left(store: Store, now: datetime) -> None:
    """Building it anew from what is stored changes no answer."""
    prune_store(store, ALL, now)
    answers = [find(store, word, now) for word in ("about", "weather", "summit", "on")]
    assert answers == [["On football"], [], ["On summit"], ["On football", "On summit"]]
    rebuild_index(store)
    assert answers == [find(store, word, now) for word in ("about", "weather", "summit", "on")]


@pytest.mark.usefixtures("archive")
def test_entries_that_may_still_stand_in_their_feed_are_kept(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert prune_store(store, ALL, now).entries == 0
    monkeypatch.setattr(retention, "_KEPT_ENTRIES", 2)
    assert prune_store(store, ALL, now).entries == 1
    assert (count(store, entries), count(store, sightings), count(store, refreshes)) == (2, 1, 1)


def test_nothing_is_forgotten_without_a_rule(store: Store, archive: None, now: datetime) -> None:  # noqa: ARG001
    assert prune_store(store, Retention(None, None, None, None, None), now + 100 * MONTH) == Pruned()


def test_many_go_in_batches(
    store: Store,
    now: datetime,
    outlet: Outlet,
    feed: Feed,
    make_result: Callable[..., PageResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    tasks = [PageTask(outlet, f"https://a.example/{n}", "One", now) for n in range(7)]
    record_articles(store, [make_result(task, topic=None) for task in tasks], now)
    monkeypatch.setattr(retention, "_BATCH", 3)
    assert prune_store(store, ALL, now + 2 * MONTH) == Pruned(texts=7, articles=7)
    assert count(store, articles) == count(store, revisions) == 0


@pytest.mark.parametrize("is_ahead", [False, True])
def test_an_article_that_was_read_again_keeps_no_other(
    store: Store,
    now: datetime,
    outlet: Outlet,
    feed: Feed,
    make_result: Callable[..., PageResult],
    monkeypatch: pytest.MonkeyPatch,
    is_ahead: bool,
) -> None:
    """As a replay asks for, or as a clock noted that ran years ahead: a whole batch of them, stored first."""
    sync_feeds(store, [outlet], [feed], now)
    monkeypatch.setattr(retention, "_BATCH", 3)
    later = now + 2 * MONTH
    tasks = [PageTask(outlet, f"https://a.example/{n}", "One", now) for n in range(9)]
    record_articles(store, [make_result(task, topic=None) for task in tasks], now)
    read_again = {"read_at": later} | ({"first_seen_at": later + 100 * MONTH} if is_ahead else {})
    with writing(store) as connection:
        connection.execute(articles.update().where(articles.c.id <= 4).values(read_again))
        if is_ahead:
            connection.execute(revisions.update().where(revisions.c.id <= 4).values(read_at=later + 100 * MONTH))
    assert prune_store(store, ALL, later) == Pruned(texts=5 if is_ahead else 9, articles=5)
    assert count(store, articles) == 4


def test_notes_of_hosts_that_are_no_longer_asked_are_forgotten(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    fresh, old = now.timestamp(), (now - timedelta(days=2)).timestamp()
    with writing(store) as connection:
        for number, until in enumerate((fresh, *[old] * 5)):
            connection.execute(host_starts.insert().values(host=f"h{number}", next_start=until))
            connection.execute(rests.insert().values(scope=f"h{number}", until=until, failure="status", reason="503"))
            connection.execute(robots.insert().values(address=f"https://h{number}/robots.txt", until=until))
    assert prune_store(store, ALL, now, dry_run=True) == Pruned(host_notes=15)
    assert prune_store(store, ALL, now) == Pruned(host_notes=15)
    assert [count(store, table) for table in (host_starts, rests, robots)] == [1, 1, 1]
