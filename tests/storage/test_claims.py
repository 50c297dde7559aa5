"""What a round holds: kept while it lives, given back when it stops, due again when it was killed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from news.reading import PageResult, PageTask
from news.sources import Feed, Outlet, Poll
from storage.articles import claim_due_rereads, claim_unread_entries
from storage.claims import Claims, give_back_claims, renew_claims
from storage.engine import Store
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.recording import record_articles
from storage.topics import TopicVersion, sync_topics

LEASE = timedelta(minutes=2)
EPSILON = timedelta(seconds=1)


@pytest.fixture
def claims(
    store: Store,
    outlet: Outlet,
    feed: Feed,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
) -> Claims:
    """A claimed feed, a claimed entry and a claimed article."""
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    record_polls(store, [make_poll("https://a.example/1")])
    record_articles(store, [make_result(PageTask(outlet, "https://a.example/0", "One", now), reread_at=now)], now)
    held = Claims(feeds={due.feed.id for due in claim_due_feeds(store, now, only=[feed.id], lease_for=LEASE)})
    held.hold_pages(claim_unread_entries(store, now, limit=9, lease_for=LEASE))
    held.hold_pages(claim_due_rereads(store, now, limit=9, lease_for=LEASE))
    assert [len(ids) for ids in (held.feeds, held.entries, held.articles)] == [1, 1, 1]
    return held


def count_due(store: Store, feed: Feed, at: datetime) -> list[int]:
    """How many feeds, entries and articles can be claimed at a time."""
    found = claim_due_feeds(store, at, only=[feed.id], lease_for=LEASE)
    pages = [claim(store, at, limit=9, lease_for=LEASE) for claim in (claim_unread_entries, claim_due_rereads)]
    return [len(found), *map(len, pages)]


def test_what_a_killed_round_held_is_due_when_its_lease_ends(
    store: Store, claims: Claims, feed: Feed, now: datetime
) -> None:
    assert claims
    assert count_due(store, feed, now + LEASE - EPSILON) == [0, 0, 0]
    assert count_due(store, feed, now + LEASE + EPSILON) == [1, 1, 1]


def test_what_a_living_round_holds_stays_its_own(store: Store, claims: Claims, feed: Feed, now: datetime) -> None:
    renew_claims(store, claims, now + 2 * LEASE)
    assert count_due(store, feed, now + 2 * LEASE - EPSILON) == [0, 0, 0]


def test_what_is_given_back_is_due_at_once_and_not_counted(
    store: Store, claims: Claims, feed: Feed, now: datetime
) -> None:
    give_back_claims(store, claims, now)
    assert not claims
    [again] = claim_unread_entries(store, now, limit=9, lease_for=LEASE)
    [page] = claim_due_rereads(store, now, limit=9, lease_for=LEASE)
    assert (again.attempts, page.attempts) == (1, 1)
    assert count_due(store, feed, now) == [1, 0, 0]
