from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from news.sources import Entry, Feed, FeedKind, Habit, Outcome, Outlet, Poll, Rhythm
from storage.engine import Store, reading
from storage.feeds import claim_due_feeds, list_feeds, record_polls, sync_feeds
from storage.remarks import list_remarks
from storage.tables import entries, feeds, refreshes


@pytest.fixture(autouse=True)
def _declared(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    sync_feeds(store, [outlet], [feed], now)


def test_a_new_feed_is_due_once_and_again_when_its_lease_has_ended(store: Store, feed: Feed, now: datetime) -> None:
    lease = timedelta(minutes=10)
    [due] = claim_due_feeds(store, now, lease_for=lease)
    assert due.feed == replace(feed, country="")
    assert claim_due_feeds(store, now + lease) == []
    assert len(claim_due_feeds(store, now + lease + timedelta(seconds=1))) == 1


def test_due_is_what_has_come(store: Store, feed: Feed, now: datetime, make_poll: Callable[..., Poll]) -> None:
    poll = make_poll()
    at = now + timedelta(hours=1)
    record_polls(store, [replace(poll, state=replace(poll.state, next_check_at=at))])
    assert claim_due_feeds(store, at - timedelta(seconds=1)) == []
    [due] = claim_due_feeds(store, at)
    assert (due.feed.id, due.state.next_check_at) == (feed.id, at)


def test_one_host_gives_only_so_many_feeds_at_a_time(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    many = [replace(feed, id=f"f{n}", url=f"https://{'one' if n < 6 else 'two'}.example/{n}") for n in range(9)]
    sync_feeds(store, [outlet], many, now)
    claimed = claim_due_feeds(store, now, per_host=2)
    assert sorted(due.feed.id for due in claimed) == ["f0", "f1", "f6", "f7"]
    assert claim_due_feeds(store, now, per_host=2) == [], "not before the ones that are claimed are done"
    again = claim_due_feeds(store, now, per_host=3)
    assert sorted(due.feed.id for due in again) == ["f2", "f8"]


def test_named_feeds_are_claimed_before_their_time(
    store: Store, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    record_polls(store, [make_poll()])
    assert claim_due_feeds(store, now) == []
    assert len(claim_due_feeds(store, now, only=[feed.id])) == 1


def test_only_new_entries_are_stored_and_counted(
    store: Store, feed: Feed, make_poll: Callable[..., Poll], now: datetime
) -> None:
    assert record_polls(store, [make_poll("https://a.example/1", "https://a.example/2")]) == {feed.id: 2}
    later = now + timedelta(hours=1)
    assert record_polls(store, [make_poll("https://a.example/2", "https://a.example/3", at=later)]) == {feed.id: 1}
    with reading(store) as connection:
        first = connection.execute(sa.select(entries.c.key, entries.c.is_first_poll).order_by(entries.c.key)).all()
        polls = connection.execute(sa.select(refreshes.c.new_entries).order_by(refreshes.c.id)).scalars().all()
    assert [row.is_first_poll for row in first] == [True, True, False]
    assert polls == [2, 1]


def test_a_feed_declared_elsewhere_forgets_its_state(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    poll = make_poll()
    record_polls(store, [replace(poll, state=replace(poll.state, etag='"x"', url="https://new.example/rss"))])
    sync_feeds(store, [outlet], [feed], now)
    assert list_feeds(store)[0][1].url == "https://new.example/rss"
    sync_feeds(store, [outlet], [replace(feed, url="https://other.example/rss")], now)
    [(_, state)] = list_feeds(store)
    assert (state.url, state.etag, state.next_check_at) == ("https://other.example/rss", None, now)


@pytest.mark.parametrize("outcome", [Outcome.UPDATED, Outcome.NOT_MODIFIED, Outcome.FAILED])
def test_a_poll_of_an_address_that_was_edited_meanwhile_leaves_the_feed_alone(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll], outcome: Outcome
) -> None:
    [due] = claim_due_feeds(store, now)
    edited = replace(feed, url="https://edited.example/rss")
    sync_feeds(store, [outlet], [edited], now)
    poll = replace(make_poll(), asked_url=due.state.url)
    record_polls(store, [replace(poll, refresh=replace(poll.refresh, outcome=outcome))])
    [(_, state)] = list_feeds(store)
    assert (state.url, state.checked_at, state.next_check_at) == (edited.url, None, now)


def test_a_feed_that_is_to_be_read_in_another_way_is_read_anew(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    poll = make_poll("https://h.example/1")
    record_polls(store, [replace(poll, state=replace(poll.state, etag="x", body_hash="y", failures=2.0))])
    sync_feeds(store, [outlet], [feed], now)
    assert list_feeds(store)[0][1].etag == "x"
    sync_feeds(store, [outlet], [replace(feed, kind=FeedKind.LISTING, link_selector="h2 a")], now)
    [(_, state)] = list_feeds(store)
    assert (state.etag, state.body_hash, state.next_check_at, state.failures) == (None, None, now, 2.0)


def test_an_unchanged_poll_leaves_all_but_times_as_it_was(
    store: Store, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    poll = make_poll()
    known = replace(poll.state, etag='"x"', wish_seconds=900.0, moved_to="https://new.example/rss", moved_count=1)
    record_polls(store, [replace(poll, state=known)])
    later = now + timedelta(hours=1)
    seen = replace(known, checked_at=later, next_check_at=later + timedelta(hours=1))
    record_polls(store, [Poll(replace(poll.refresh, outcome=Outcome.NOT_MODIFIED, started_at=later), seen)])
    [(_, state)] = list_feeds(store)
    assert state == seen
    adopted = replace(seen, url="https://new.example/rss", moved_to=None, moved_count=0)
    for known in (replace(seen, moved_count=2), replace(seen, moved_to=None, moved_count=0), adopted):
        answered = replace(poll.refresh, outcome=Outcome.NOT_MODIFIED, started_at=later)
        record_polls(store, [Poll(answered, known, asked_url=feed.url)])
        assert list_feeds(store)[0][1] == known, "redirects are counted in front of 'not modified' too"
    assert len(claim_due_feeds(store, now, only=[feed.id])) == 1, "the claim was given back"


def test_a_feed_that_left_the_declarations_is_not_polled(store: Store, outlet: Outlet, now: datetime) -> None:
    sync_feeds(store, [outlet], [], now)
    assert claim_due_feeds(store, now) == []


def test_a_due_feed_comes_with_its_rhythm(
    store: Store, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    old = now - timedelta(hours=3)
    record_polls(store, [make_poll("https://a.example/1", published_at=old), make_poll("https://a.example/2")])
    [due] = claim_due_feeds(store, now, only=[feed.id])
    assert due.rhythm == Rhythm(old, now, 2)


def test_a_feed_that_moved_on_faster_than_it_was_polled_says_so(
    store: Store, make_poll: Callable[..., Poll], now: datetime
) -> None:
    record_polls(store, [make_poll("https://a.example/1", "https://a.example/2")])
    record_polls(store, [make_poll("https://a.example/2", "https://a.example/3", at=now + timedelta(hours=1))])
    record_polls(store, [make_poll("https://a.example/8", "https://a.example/9", at=now + timedelta(hours=9))])
    with reading(store) as connection:
        reasons = connection.execute(sa.select(refreshes.c.reason).order_by(refreshes.c.id)).scalars().all()
    assert reasons[:2] == ["", ""]
    assert "may have been missed" in reasons[2]


def test_held_entries_are_remembered_with_the_reason_and_not_counted(
    store: Store, feed: Feed, make_poll: Callable[..., Poll], now: datetime
) -> None:
    record_polls(store, [make_poll("https://a.example/1")])
    later = make_poll("https://a.example/1", "https://a.example/2", "https://a.example/3", at=now + timedelta(hours=1))
    assert record_polls(store, [later], lambda unseen, _usual, _now: {unseen[0].key: "an old one"}) == {feed.id: 1}
    with reading(store) as connection:
        states = connection.execute(sa.select(entries.c.state, entries.c.reason).order_by(entries.c.key)).all()
    assert [tuple(row) for row in states] == [("unread", ""), ("refused", "an old one"), ("unread", "")]


def test_declarations_that_did_not_change_write_and_lock_nothing(
    store: Store, outlet: Outlet, feed: Feed, now: datetime
) -> None:
    before = _versions(store)
    sync_feeds(store, [outlet], [feed], now + timedelta(hours=1))
    assert _versions(store) == before
    sync_feeds(store, [replace(outlet, name="Hanbit Times")], [feed], now)
    sync_feeds(store, [replace(outlet, name="Hanbit Times")], [replace(feed, title="Renamed")], now)
    assert _versions(store) != before
    sync_feeds(store, [outlet], [], now)
    assert claim_due_feeds(store, now) == []


def _versions(store: Store) -> list[tuple[object, ...]]:
    """The feeds as they stand; on PostgreSQL with the transaction that wrote them."""
    written = sa.text("xmin::text" if store.dialect.name == "postgresql" else "0")
    with reading(store) as connection:
        rows = connection.execute(sa.select(feeds.c.id, feeds.c.title, feeds.c.next_check_at, written)).all()
    return [tuple(row) for row in rows]


def test_more_entries_than_a_statement_takes_parameters_are_looked_up_in_parts(
    store: Store, feed: Feed, make_poll: Callable[..., Poll], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.seen._KEYS", 2)
    poll = make_poll(*(f"https://h.example/{n}" for n in range(7)))
    assert record_polls(store, [replace(poll, entries=poll.entries[2:5])]) == {feed.id: 3}
    assert record_polls(store, [poll]) == {feed.id: 4}


def test_new_ids_of_known_articles_are_no_gap(store: Store, make_poll: Callable[..., Poll], now: datetime) -> None:
    link = "https://h.example/1"
    record_polls(store, [make_poll(link)])
    poll = make_poll(link, at=now + timedelta(hours=1))
    record_polls(store, [replace(poll, entries=(poll.entries[0]._replace(key="churned"),))])
    with reading(store) as connection:
        assert set(connection.scalars(sa.select(refreshes.c.reason))) == {""}


def test_new_ids_of_known_articles_are_no_news(
    store: Store, feed: Feed, make_poll: Callable[..., Poll], now: datetime
) -> None:
    """Unless the title is another: notices that all link to one page are told apart by it."""
    links = ("https://h.example/1", "https://h.example/2")
    assert record_polls(store, [make_poll(*links)]) == {feed.id: 2}
    for number in range(1, 4):
        poll = make_poll(*links, at=now + timedelta(hours=number))
        renamed = tuple(entry._replace(key=f"{number} {entry.key}") for entry in poll.entries)
        assert record_polls(store, [replace(poll, entries=renamed)]) == {feed.id: 0}
    notice = renamed[1]._replace(key="notice", link=f"{links[1]}#notice", title="Another notice")
    poll = make_poll(at=now + timedelta(hours=4))
    assert record_polls(store, [replace(poll, entries=(*renamed, notice))]) == {feed.id: 1}
    with reading(store) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(entries)) == 3


def test_each_day_s_briefing_at_a_fixed_address_is_an_entry(
    store: Store, feed: Feed, make_poll: Callable[..., Poll], now: datetime
) -> None:
    for number in range(3):
        day = now + timedelta(days=number)
        poll = make_poll("https://h.example/today", at=day, published_at=day)
        briefing = poll.entries[0]._replace(key=f"briefing {number}", title="Daily briefing")
        assert record_polls(store, [replace(poll, entries=(briefing,))]) == {feed.id: 1}


def test_what_was_never_there_is_not_missed(
    store: Store, outlet: Outlet, feed: Feed, make_poll: Callable[..., Poll], now: datetime
) -> None:
    """After an empty poll, and at an address that was declared since, nothing could be missed."""
    moved = replace(feed, url="https://hanbit.example/new.xml")
    record_polls(store, [make_poll()])
    record_polls(store, [make_poll("https://h.example/1", at=now + timedelta(hours=1))])
    sync_feeds(store, [outlet], [moved], now)
    record_polls(store, [make_poll("https://h.example/2", feed=moved, at=now + timedelta(hours=2))])
    with reading(store) as connection:
        assert set(connection.scalars(sa.select(refreshes.c.reason))) == {""}
    record_polls(store, [make_poll("https://h.example/3", feed=moved, at=now + timedelta(hours=3))])
    assert len(list_remarks(store, since_at=now)) == 1


def test_a_hold_is_told_what_polls_brought_before_and_nothing_of_known_articles(
    store: Store, feed: Feed, make_poll: Callable[..., Poll], now: datetime
) -> None:
    """The first poll says nothing of what is usual; an article that is known under another id is nothing to hold back."""
    told: list[tuple[list[str], Habit | None]] = []

    def hold(unseen: Sequence[Entry], habit: Habit | None, _now: datetime) -> dict[str, str]:
        told.append(([entry.key for entry in unseen], habit))
        return {entry.key: "archive" for entry in unseen if habit is None or len(unseen) > 1}

    hour = timedelta(hours=1)
    old, new = "https://h.example/1", "https://h.example/2"
    assert record_polls(store, [make_poll(old)], hold) == {feed.id: 0}
    assert record_polls(store, [make_poll(old, new, at=now + hour)], hold) == {feed.id: 1}
    churned = [entry._replace(key=f"churned {entry.key}") for entry in make_poll(old, new).entries]
    later = make_poll("https://h.example/3", at=now + 2 * hour)
    record_polls(store, [replace(later, entries=(*later.entries, *churned))], hold)
    assert told == [
        ([old], None),
        ([new], Habit(0.0, now)),
        ([later.entries[0].key], Habit(1.0, now + hour)),
    ]
    with reading(store) as connection:
        states = connection.scalars(sa.select(entries.c.state).order_by(entries.c.id)).all()
        reasons = connection.scalars(sa.select(refreshes.c.reason).order_by(refreshes.c.id)).all()
    assert states == ["refused", "unread", "unread"]
    assert reasons == ["archive", "", ""]
