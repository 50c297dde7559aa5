"""What a database does not take costs one page or feed, and no other its place: on both engines alike."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from news.errors import FetchFailure, StorageError
from news.reading import PageResult, PageTask, Recorded
from news.sources import Entry, Feed, Outcome, Outlet, Poll
from storage import recording, words
from storage.articles import claim_due_rereads, claim_unread_entries
from storage.engine import Store, reading
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.recording import record_articles
from storage.remarks import list_defects
from storage.tables import articles, entries, refreshes

LEASE = timedelta(minutes=10)
HALF = "\ud800"
"""Half of a surrogate pair: neither engine can write it down."""

Make = Callable[..., PageResult]


@pytest.fixture(autouse=True)
def _declared(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    sync_feeds(store, [outlet], [feed], now)


def test_a_page_that_the_database_does_not_take_is_refused_alone(
    store: Store, now: datetime, make_poll: Callable[..., Poll], make_result: Make
) -> None:
    record_polls(store, [make_poll(*(f"https://a.example/{number}" for number in range(4)))])
    tasks = claim_unread_entries(store, now, limit=9, lease_for=LEASE)
    results = [make_result(task, topic=None) for task in tasks]
    spoilt = results[1].article
    assert spoilt
    results[1] = replace(results[1], article=replace(spoilt, section=HALF))
    recorded = record_articles(store, results, now)
    assert recorded == Recorded(new_articles=3, refused_entries=1, defects=1)
    with reading(store) as connection:
        states = connection.execute(sa.select(entries.c.state, entries.c.reason).order_by(entries.c.url)).all()
    reason = "the database does not take what it holds (UnicodeEncodeError), told in the log"
    assert [tuple(row) for row in states] == [("stored", ""), ("refused", reason), ("stored", ""), ("stored", "")]


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    "spoil",
    [
        {"text": f"They met {HALF}"},
        {"section": HALF},
        {"date_confidence": 7.0},
        {"published_at": datetime.max.replace(tzinfo=NEW_YORK)},
        {"published_at": datetime.max},  # noqa: DTZ901 (without a zone, as it must not be)
        {"authors": (HALF,)},
        {"notes": ("\0",)},
    ],
    ids=lambda spoil: next(iter(spoil)),
)
def test_whatever_column_is_at_fault_the_other_pages_are_stored(
    spoil: dict[str, object], store: Store, outlet: Outlet, now: datetime, make_result: Make
) -> None:
    if store.dialect.name == "sqlite" and spoil.keys() & {"authors", "notes"}:
        pytest.skip("SQLite keeps JSON as it is written")
    tasks = [PageTask(outlet, f"https://a.example/{number}", "", now) for number in range(3)]
    results = [make_result(task, topic=None) for task in tasks]
    assert results[1].article
    results[1] = replace(results[1], article=replace(results[1].article, **spoil))  # type: ignore[arg-type]
    assert record_articles(store, results, now) == Recorded(new_articles=2, refused_entries=1, defects=1)


def test_a_known_article_stays_as_it_is(store: Store, outlet: Outlet, now: datetime, make_result: Make) -> None:
    first = make_result(PageTask(outlet, "https://a.example/1", "", now), topic=None, reread_at=now)
    record_articles(store, [first], now)
    [task] = claim_due_rereads(store, now, limit=9, lease_for=LEASE)
    spoilt = make_result(task, text=f"They met for three hours. {HALF}", topic=None, reread_at=now + LEASE)
    other = make_result(PageTask(outlet, "https://a.example/2", "", now), topic=None)
    recorded = record_articles(store, [spoilt, other], now)
    assert recorded == Recorded(new_articles=1, postponed_entries=1, defects=1)
    with reading(store) as connection:
        row = connection.execute(sa.select(articles).where(articles.c.id == task.article_id)).one()
    assert (row.revision_count, row.next_read_at) == (1, now + LEASE)


def test_an_index_that_refuses_a_text_refuses_it_alone(
    store: Store, outlet: Outlet, now: datetime, make_result: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL calls a limit that is exceeded an operational error, like a lost connection."""
    if store.dialect.name != "postgresql":
        pytest.skip("SQLite has no such limit")
    monkeypatch.setattr(words, "_MOST_BYTES", 10**9)
    tasks = [PageTask(outlet, f"https://a.example/{number}", "", now) for number in range(3)]
    results = [make_result(task, topic=None) for task in tasks]
    results[0] = make_result(tasks[0], text=" ".join(f"{number:064}" for number in range(18_000)), topic=None)
    assert record_articles(store, results, now) == Recorded(
        new_articles=2, postponed_entries=0, refused_entries=1, defects=1
    )


def test_a_database_that_fails_refuses_nothing(
    store: Store,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record_polls(store, [make_poll("https://a.example/1")])
    [task] = claim_unread_entries(store, now, limit=9, lease_for=LEASE)

    def fail(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(recording, "index_articles", fail)
    with pytest.raises(StorageError, match="disk I/O error"):
        record_articles(store, [make_result(task, topic=None)], now)
    with reading(store) as connection:
        assert connection.scalar(sa.select(entries.c.state)) == "unread"


@pytest.mark.parametrize("name", ["key", "title", "content_markup", "language", "link"])
def test_an_entry_that_the_database_does_not_take_is_left_out_alone(
    name: str, store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    other = replace(feed, id="other", url="https://other.example/rss")
    sync_feeds(store, [outlet], [feed, other], now)
    poll = make_poll("https://a.example/1", "https://a.example/2")
    spoilt = Entry(**poll.entries[0]._asdict() | {name: HALF})
    polls = [replace(poll, entries=(spoilt, poll.entries[1])), make_poll("https://b.example/1", feed=other)]
    assert record_polls(store, polls) == {feed.id: 1, other.id: 1}
    [(_, said)] = list_defects(store).values()
    assert said == "1 entries that the database does not take are left out"
    assert claim_due_feeds(store, now) == [], "all have been polled"


def test_a_poll_that_the_database_does_not_take_has_failed_and_no_other(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    other = replace(feed, id="other", url="https://other.example/rss")
    sync_feeds(store, [outlet], [feed, other], now)
    poll = make_poll("https://a.example/1")
    spoilt = replace(poll, state=replace(poll.state, etag=HALF))
    assert record_polls(store, [spoilt, make_poll("https://b.example/1", feed=other)]) == {other.id: 1}
    with reading(store) as connection:
        rows = connection.execute(sa.select(refreshes).order_by(refreshes.c.feed_id)).all()
    assert [(row.feed_id, row.outcome, row.failure) for row in rows] == [
        (feed.id, Outcome.FAILED, FetchFailure.DEFECT),
        (other.id, Outcome.UPDATED, None),
    ]
    assert claim_due_feeds(store, now) == [], "it is asked again at its next time"
