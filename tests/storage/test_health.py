"""How feeds fare, asked of stored polls, on both engines."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from news.digests import BlindSource
from news.sources import Feed, FeedKind, FeedState, Outcome, Outlet, Poll, Refresh, Rhythm
from storage.engine import Store
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.health import list_blind, list_fallen_silent, list_feed_health, read_clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_the_history_says_since_when_a_feed_fails(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    assert list_feed_health(store)[0].checked_at is None

    def fail(at: datetime) -> Poll:
        state = FeedState(feed.id, feed.url, checked_at=at, next_check_at=at + HOUR)
        return Poll(Refresh(feed.id, at, Outcome.FAILED, f"no answer at {at.hour}", failure="timeout"), state)

    record_polls(store, [fail(now - 9 * HOUR)])
    record_polls(store, [make_poll("https://h.example/1", at=now - 5 * HOUR, published_at=now - 6 * HOUR)])
    [health] = list_feed_health(store)
    assert (health.failing_since, health.reason, health.interval) == (None, "", None)
    record_polls(store, [make_poll("https://h.example/2", at=now - 4 * HOUR, published_at=now - 4 * HOUR)])
    for hours in (3, 2, 1):
        record_polls(store, [fail(now - hours * HOUR)])
    [health] = list_feed_health(store)
    assert health.failing_since == now - 3 * HOUR
    assert health.failure == "timeout"
    assert health.reason == f"no answer at {(now - HOUR).hour}"
    assert (health.newest_at, health.interval) == (now - 4 * HOUR, 2 * HOUR)


def test_since_when_a_feed_is_empty_or_has_moved_is_known(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    for hours in (3, 2):
        record_polls(store, [make_poll(at=now - hours * HOUR)])
    [health] = list_feed_health(store)
    assert (health.is_empty, health.answers_since, health.status) == (True, now - 3 * HOUR, None)
    assert list_blind(store, now) == [BlindSource(feed.title, "it answers, but has held no entry yet", now - 3 * HOUR)]
    poll = make_poll(at=now - HOUR)
    moved = replace(poll.state, url="https://new.example/rss", moved_at=now - HOUR)
    record_polls(store, [replace(poll, state=moved)])
    refused = Refresh(feed.id, now, Outcome.FAILED, "it asks for a login", failure="blocked", status=401)
    record_polls(store, [Poll(refused, replace(moved, checked_at=now))])
    [health] = list_feed_health(store)
    assert (health.url, health.moved_at, health.status, health.kind) == (moved.url, now - HOUR, 401, FeedKind.FEED)


def test_the_server_s_clock_is_asked_where_there_is_one(store: Store) -> None:
    at = read_clock(store)
    assert (at is None) is (store.dialect.name == "sqlite")
    assert at is None or at.tzinfo is not None


def test_failing_ended_and_silent_feeds_are_what_a_digest_is_blind_to(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    assert list_blind(store, now) == []
    record_polls(store, [make_poll(f"https://h.example/{n}", at=now, published_at=now - n * HOUR) for n in (2, 1)])
    assert list_blind(store, now + 40 * HOUR) == []
    [silent] = list_blind(store, now + 72 * HOUR)
    assert (silent.name, silent.since_at) == (feed.title, now - HOUR)
    state = FeedState(feed.id, feed.url, checked_at=now + HOUR, next_check_at=now + 2 * HOUR)
    failed = Refresh(feed.id, now + HOUR, Outcome.FAILED, "no answer", failure="timeout")
    record_polls(store, [Poll(failed, state)])
    assert list_blind(store, now + 72 * HOUR) == [BlindSource(feed.title, "no answer", now + HOUR)]
    gone = Refresh(feed.id, now + 2 * HOUR, Outcome.FAILED, "gone", failure="gone")
    record_polls(store, [Poll(gone, replace(state, gone_at=now + 2 * HOUR))])
    assert list_blind(store, now + 72 * HOUR) == [BlindSource(feed.title, "ended by its publisher", now + 2 * HOUR)]


def test_a_feed_falls_silent_at_a_moment_that_its_history_gives(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    def fallen(since: int, until: int) -> list[str]:
        found = list_fallen_silent(store, since_at=now + since * HOUR, until_at=now + until * HOUR)
        return [each.explain_silence() for each in found]

    sync_feeds(store, [outlet], [feed], now)
    record_polls(store, [make_poll(f"https://h.example/{n}", at=now, published_at=now - n * HOUR) for n in (2, 1)])
    # Two days after the newest entry, which is of an hour ago.
    assert fallen(0, 46) == fallen(48, 99) == []
    assert fallen(46, 48) == ["nothing new, which is unusual for it"]
    state = FeedState(feed.id, feed.url, checked_at=now + HOUR, next_check_at=now + 2 * HOUR)
    record_polls(store, [Poll(Refresh(feed.id, now + HOUR, Outcome.FAILED, "no answer", failure="timeout"), state)])
    assert fallen(0, 24) == []
    assert fallen(24, 25) == ["no answer"]
    gone = Refresh(feed.id, now + 2 * HOUR, Outcome.FAILED, "gone", failure="gone")
    record_polls(store, [Poll(gone, replace(state, gone_at=now + 2 * HOUR))])
    assert fallen(1, 2) == ["ended by its publisher"]


def test_a_list_without_dates_has_no_rhythm_before_something_new_came(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    links = [f"https://h.example/{n}" for n in range(20)]
    record_polls(store, [make_poll(*links, published_at=None)])
    [fares] = list_feed_health(store)
    assert (fares.interval, fares.is_empty, fares.is_silent(now + 30 * DAY)) == (None, False, False)
    assert list_blind(store, now + 31 * DAY) == [BlindSource(feed.title, "nothing new after its first entries", now)]
    [fallen] = list_fallen_silent(store, since_at=now + 29 * DAY, until_at=now + 30 * DAY)
    assert fallen.explain_silence() == "nothing new after its first entries"
    assert claim_due_feeds(store, now, only=[feed.id])[0].rhythm == Rhythm(now, now, 1)
    record_polls(store, [make_poll("https://h.example/new", *links, at=now + 7 * DAY, published_at=None)])
    [fares] = list_feed_health(store)
    assert (fares.interval, fares.is_silent(now + 60 * DAY)) == (7 * DAY, False)
    assert fares.is_silent(now + 64 * DAY)
