"""Several workers on one database, each with connections of its own: everything is claimed once, and told once."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from news.digests import Subscription
from news.reading import PageResult, PageTask
from news.sources import Feed, Outlet, Poll
from news.stories import Assignment, ToldState
from storage.articles import claim_due_rereads, claim_unread_entries
from storage.deliveries import claim_deliveries
from storage.digests import Composed, Opening, open_digest
from storage.engine import Store, open_store, reading
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.recording import record_articles
from storage.rounds import begin_round
from storage.stories import record_assignments, take_lease
from storage.subscriptions import sync_subscriptions
from storage.tables import articles, deliveries, digests, told
from storage.topics import TopicVersion, sync_topics

WORKERS = 4
COUNT = 60
LEASE = timedelta(minutes=10)
MORNING = Subscription("morning", "Morning", ("summitry",), tuple(f"webhook:{n}" for n in range(COUNT)))

Claim = Callable[[Store], Sequence[Hashable]]
Share = Callable[[Claim], list[list[Hashable]]]


@pytest.fixture
def share(store_url: str) -> Share:
    """Let workers claim at once, again and again until there is nothing left; return what each got."""

    def run(claim: Claim) -> list[list[Hashable]]:
        start = Barrier(WORKERS)

        def work(_number: int) -> list[Hashable]:
            own = open_store(store_url)
            got: list[Hashable] = []
            start.wait(30)
            try:
                while some := claim(own):
                    got += some
            finally:
                own.dispose()
            return got

        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(work, range(WORKERS)))

    return run


@pytest.fixture(autouse=True)
def _declared(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    many = [replace(feed, id=f"f{n}", url=f"https://h{n}.example/rss") for n in range(COUNT)]
    sync_feeds(store, [outlet], [feed, *many], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    sync_subscriptions(store, ["morning"], now)


def assert_shared_out(shares: list[list[Hashable]], wanted: int) -> None:
    counted = Counter(one for got in shares for one in got)
    assert len(counted) == wanted
    assert set(counted.values()) == {1}


def test_a_feed_is_claimed_by_one_worker(share: Share, now: datetime) -> None:
    shares = share(lambda store: [due.feed.id for due in claim_due_feeds(store, now, limit=5, lease_for=LEASE)])
    assert_shared_out(shares, COUNT + 1)


def test_an_entry_is_claimed_by_one_worker(
    store: Store, share: Share, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    record_polls(store, [make_poll(*(f"https://a.example/{n}" for n in range(COUNT)))])
    shares = share(lambda own: [t.entry_id for t in claim_unread_entries(own, now, limit=5, lease_for=LEASE)])
    assert_shared_out(shares, COUNT)


def test_a_reread_is_claimed_by_one_worker(
    store: Store, share: Share, now: datetime, outlet: Outlet, make_result: Callable[..., PageResult]
) -> None:
    tasks = [PageTask(outlet, f"https://a.example/{n}", "One", now) for n in range(COUNT)]
    record_articles(store, [make_result(task, reread_at=now) for task in tasks], now)
    shares = share(lambda own: [t.article_id for t in claim_due_rereads(own, now, limit=5, lease_for=LEASE)])
    assert_shared_out(shares, COUNT)


def tell(opening: Opening) -> Composed | None:
    state = ToldState(opening.number, opening.since_at, 1, 1, ())
    return Composed("{}", MORNING.channels, {story.id: state for story in opening.stories}) if opening.stories else None


@pytest.fixture
def _grouped(store: Store, now: datetime, outlet: Outlet, make_result: Callable[..., PageResult]) -> None:
    """One story to tell."""
    record_articles(store, [make_result(PageTask(outlet, "https://a.example/1", "One", now))], now)
    record_assignments(store, [Assignment("1", "new:1", "1", "alone")], now)


@pytest.mark.usefixtures("_grouped")
def test_news_is_told_once_however_many_tell_it(store: Store, share: Share, now: datetime) -> None:
    def brief(own: Store) -> list[Hashable]:
        number = open_digest(own, MORNING, tell, now, due_at=now)
        return [number] if number else []

    assert_shared_out(share(brief), 1)
    with reading(store) as connection:
        counts = [
            connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in (digests, told, deliveries)
        ]
    assert counts == [1, 1, COUNT]


@pytest.mark.usefixtures("_grouped")
def test_a_delivery_is_claimed_by_one_worker(store: Store, share: Share, now: datetime) -> None:
    open_digest(store, MORNING, tell, now)
    shares = share(lambda own: [each.id for each in claim_deliveries(own, now, limit=5, lease_for=LEASE)])
    assert_shared_out(shares, COUNT)


def test_one_page_read_by_all_workers_is_one_article(
    store: Store, share: Share, now: datetime, outlet: Outlet, make_result: Callable[..., PageResult]
) -> None:
    """A page that two feeds announce, or a claim that ran out: every worker stores it, and it is there once."""
    results = [make_result(PageTask(outlet, f"https://a.example/{n}", "One", now)) for n in range(10)]
    passed: set[int] = set()

    def record(own: Store) -> list[Hashable]:
        if id(own) in passed:
            return []
        passed.add(id(own))
        return ["new"] * record_articles(own, results, now).new_articles

    assert sum(map(len, share(record))) == len(results)
    with reading(store) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(articles)) == len(results)


def test_a_lease_has_one_holder(share: Share, now: datetime) -> None:
    def take(own: Store) -> list[Hashable]:
        holder = take_lease(own, "grouping", now, lease_for=LEASE)
        return [holder] if holder else []

    assert_shared_out(share(take), 1)


def test_one_scheduled_round_begins(share: Share, now: datetime) -> None:
    def begin(own: Store) -> list[Hashable]:
        begun = begin_round(own, now, interval=timedelta(minutes=5))
        return [begun] if begun else []

    assert_shared_out(share(begin), 1)


def test_polls_are_stored_while_declarations_are_mirrored(
    store: Store, store_url: str, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    """Each takes many feeds; in orders of their own they would wait for each other in a ring."""
    declared = [replace(feed, id=f"feed-{n:03}", url=f"https://hanbit.example/{n}") for n in range(100)]
    sync_feeds(store, [outlet], declared, now)
    polls = [make_poll(feed=each) for each in reversed(declared)]

    def work(number: int) -> None:
        own = open_store(store_url)
        for _ in range(6):
            if number % 2:
                sync_feeds(own, [outlet], declared, now)
            else:
                record_polls(own, polls)
        own.dispose()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
