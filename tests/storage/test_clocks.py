"""A clock that ran years ahead and was set right leaves nothing waiting for those years."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from flows.steps.grouping import group_articles
from news.digests import Subscription
from news.errors import FetchFailure
from news.manners import Rest, Trouble, Turn, Wish
from news.reading import PageResult
from news.sources import Feed, Outlet, Poll
from news.stories import ToldState
from storage.articles import claim_due_rereads, claim_unread_entries
from storage.budget import SharedBudget
from storage.deliveries import claim_deliveries
from storage.digests import Composed, Opening, open_digest
from storage.engine import Store, writing
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.recording import record_articles
from storage.rounds import begin_round
from storage.stories import take_lease
from storage.subscriptions import list_last_due, sync_subscriptions
from storage.tables import host_starts, rests
from storage.topics import TopicVersion, sync_topics

LEASE = timedelta(minutes=2)
MORNING = Subscription("morning", "Morning", ("summitry",), ("file",))


def compose(opening: Opening) -> Composed | None:
    told = {story.id: ToldState(opening.number, opening.since_at, 1, 1, ()) for story in opening.stories}
    return Composed("{}", MORNING.channels, told) if told else None


@pytest.fixture
def ahead(
    store: Store,
    outlet: Outlet,
    feed: Feed,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
) -> datetime:
    """Do a day's work three years ahead; return when that was."""
    at = now + timedelta(days=1000)
    sync_feeds(store, [outlet], [feed], at)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], at)
    sync_subscriptions(store, ["morning"], at)
    record_polls(store, [make_poll("https://h.example/1", "https://h.example/2", at=at, published_at=at)])
    task, _ = claim_unread_entries(store, at, limit=9, lease_for=LEASE)
    record_articles(store, [make_result(task, published_at=at, reread_at=at + timedelta(hours=1))], at)
    group_articles(store, lambda: at)
    assert open_digest(store, MORNING, compose, at, due_at=at) == 1
    claim_due_feeds(store, at + timedelta(days=1), lease_for=LEASE)
    claim_deliveries(store, at, limit=9, lease_for=LEASE)
    take_lease(store, "grouping", at, lease_for=LEASE)
    return at


@pytest.mark.usefixtures("ahead")
def test_what_was_planned_then_is_due(store: Store, now: datetime) -> None:
    assert len(claim_due_feeds(store, now)) == 1
    assert [task.url for task in claim_unread_entries(store, now, limit=9, lease_for=LEASE)] == ["https://h.example/2"]
    assert len(claim_due_rereads(store, now, limit=9, lease_for=LEASE)) == 1
    assert len(claim_deliveries(store, now, limit=9, lease_for=LEASE)) == 1
    assert take_lease(store, "grouping", now, lease_for=LEASE)
    assert begin_round(store, now, interval=timedelta(minutes=5))


@pytest.mark.usefixtures("ahead")
def test_the_next_digest_comes_at_its_hour(
    store: Store,
    outlet: Outlet,
    feed: Feed,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    sync_subscriptions(store, ["morning"], now)
    assert list_last_due(store, now) == {"morning": None}
    record_polls(store, [make_poll("https://h.example/3")])
    tasks = claim_unread_entries(store, now, limit=9, lease_for=LEASE)
    record_articles(store, [make_result(task, title=f"Another event {task.entry_id}") for task in tasks], now)
    group_articles(store, lambda: now)
    assert open_digest(store, MORNING, compose, now, due_at=now) == 2
    assert open_digest(store, MORNING, compose, now, due_at=now) is None
    assert list_last_due(store, now) == {"morning": now}


def test_a_host_is_asked_again(store: Store) -> None:
    budget, far = SharedBudget(store), 86_400 * 1000

    def ask() -> object:
        return budget.grant_now([Wish("h.example", 1, 9, at_once=2, lasts=30, scopes=("h.example",))])[0]

    rest = Rest("h.example", timedelta(minutes=9), Trouble("429", FetchFailure.RATE_LIMITED, 429))
    assert isinstance(budget.grant_now([Wish("h.example", 1, 9, at_once=1, lasts=30)], new_rests=[rest])[0], Turn)
    assert isinstance(ask(), Rest)
    with writing(store) as connection:
        lease = {"of-then": connection.execute(sa.select(host_starts.c.next_start)).scalar_one() + far}
        change = host_starts.update().values(next_start=host_starts.c.next_start + far, under_way=lease)
        connection.execute(change)
        connection.execute(rests.update().values(until=rests.c.until + far))
    for expected in (0, 1):
        turn = ask()
        assert isinstance(turn, Turn)
        assert turn.wait == pytest.approx(expected, abs=1)
