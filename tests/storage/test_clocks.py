"""A clock that ran ahead, by hours or by years, and was set right leaves nothing waiting for that time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from flows.steps.grouping import group_articles
from news.digests import Subscription
from news.errors import FetchFailure
from news.manners import Rest, Trouble, Turn, Wish
from news.reading import PageResult
from news.sources import Feed, FeedState, Outcome, Outlet, Poll, Refresh
from news.stories import ToldState
from storage.articles import claim_due_rereads, claim_unread_entries
from storage.budget import SharedBudget
from storage.deliveries import claim_deliveries
from storage.digests import Composed, Opening, count_alerted, open_digest
from storage.engine import Store, writing
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.health import list_feed_health
from storage.recording import record_articles
from storage.rounds import begin_round
from storage.setbacks import find_latest_noted, heed_clock
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
def work(
    store: Store, outlet: Outlet, feed: Feed, make_poll: Callable[..., Poll], make_result: Callable[..., PageResult]
) -> Callable[[datetime], None]:
    """Does a day's work at a time."""

    def do(at: datetime) -> None:
        heed_clock(store, at)
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

    return do


@pytest.fixture
def ahead(work: Callable[[datetime], None], now: datetime) -> None:
    """Work three years ahead."""
    work(now + timedelta(days=1000))


@pytest.fixture(params=[9, 480, 24_000], ids="{}h".format)
def set_back(
    request: pytest.FixtureRequest, store: Store, work: Callable[[datetime], None], now: datetime
) -> timedelta:
    """Work some hours ahead, and see that the clock was set back; return how far."""
    offset = timedelta(hours=request.param)
    work(now + offset)
    assert heed_clock(store, now) == offset
    return offset


@pytest.mark.usefixtures("ahead")
def test_what_was_planned_then_is_due(store: Store, now: datetime) -> None:
    assert len(claim_due_feeds(store, now)) == 1
    assert [task.url for task in claim_unread_entries(store, now, limit=9, lease_for=LEASE)] == ["https://h.example/2"]
    assert len(claim_due_rereads(store, now, limit=9, lease_for=LEASE)) == 1
    assert len(claim_deliveries(store, now, limit=9, lease_for=LEASE)) == 1
    assert take_lease(store, "grouping", now, lease_for=LEASE)
    assert begin_round(store, now, interval=timedelta(minutes=5))


@pytest.fixture
def report(
    store: Store, outlet: Outlet, feed: Feed, make_poll: Callable[..., Poll], make_result: Callable[..., PageResult]
) -> Callable[[datetime], None]:
    """Have the feed bring another event at a time, and read what waits then."""

    def bring(at: datetime) -> None:
        sync_feeds(store, [outlet], [feed], at)
        sync_subscriptions(store, ["morning"], at)
        record_polls(store, [make_poll("https://h.example/3", at=at)])
        tasks = claim_unread_entries(store, at, limit=9, lease_for=LEASE)
        record_articles(store, [make_result(task, title=f"Another event {task.entry_id}") for task in tasks], at)

    return bring


@pytest.mark.usefixtures("ahead")
def test_the_next_digest_comes_at_its_hour(store: Store, now: datetime, report: Callable[[datetime], None]) -> None:
    report(now)
    assert list_last_due(store, now) == {"morning": None}
    group_articles(store, lambda: now)
    assert open_digest(store, MORNING, compose, now, due_at=now) == 2
    assert open_digest(store, MORNING, compose, now, due_at=now) is None
    assert list_last_due(store, now) == {"morning": now}


@pytest.mark.usefixtures("set_back")
def test_what_was_planned_by_a_clock_that_was_set_back_is_due(store: Store, now: datetime) -> None:
    assert claim_deliveries(store, now, limit=9, lease_for=LEASE) == []  # whoever sends it may be alive
    now += 2 * LEASE
    assert len(claim_due_feeds(store, now)) == 1
    assert {task.url for task in claim_unread_entries(store, now, limit=9, lease_for=LEASE)} == {"https://h.example/2"}
    [reread] = claim_due_rereads(store, now, limit=9, lease_for=LEASE)
    assert reread.first_seen_at <= now  # the looks after this one go by it
    assert len(claim_deliveries(store, now, limit=9, lease_for=LEASE)) == 1
    assert take_lease(store, "grouping", now, lease_for=LEASE)
    assert begin_round(store, now, interval=timedelta(minutes=5))


@pytest.mark.usefixtures("set_back")
def test_digests_come_at_their_hours_again(store: Store, now: datetime, report: Callable[[datetime], None]) -> None:
    assert list_last_due(store, now) == {"morning": now}
    assert count_alerted(store, "morning", since_at=now + timedelta(seconds=1)) == 0
    later = now + timedelta(hours=1)
    report(later)
    group_articles(store, lambda: later)
    assert open_digest(store, MORNING, compose, later, due_at=later) == 2
    assert list_last_due(store, later) == {"morning": later}


def test_the_latest_poll_is_the_one_after_the_clock_was_set_back(
    store: Store, set_back: timedelta, feed: Feed, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    lost = Refresh(feed.id, later, Outcome.FAILED, reason="refused", failure=FetchFailure.CONNECT)
    record_polls(store, [Poll(lost, FeedState(feed.id, feed.url, checked_at=later, next_check_at=later))])
    [health] = list_feed_health(store)
    assert (health.failing_since, health.reason) == (later, "refused"), set_back


def test_clocks_that_differ_by_minutes_change_nothing(
    store: Store, work: Callable[[datetime], None], now: datetime
) -> None:
    work(now + timedelta(minutes=5))
    assert heed_clock(store, now) is None
    assert claim_due_feeds(store, now) == []
    assert claim_due_rereads(store, now, limit=9, lease_for=LEASE) == []
    assert heed_clock(store, now + timedelta(minutes=5)) is None


def test_a_machine_whose_clock_stays_wrong_spoils_the_plans_of_others_once_an_hour(store: Store, now: datetime) -> None:
    offset = timedelta(hours=9)
    found = []
    for minute in range(150):
        heed_clock(store, now + timedelta(minutes=minute) + offset)
        found.append(heed_clock(store, now + timedelta(minutes=minute)) is not None)
    assert [minute for minute, is_found in enumerate(found) if is_found] == [0, 60, 120]
    assert heed_clock(store, now + timedelta(minutes=181)) == offset - timedelta(
        minutes=32
    )  # one that was missed is made up for


def test_a_database_that_has_noted_no_time_yet_tells_by_what_happened(store: Store, now: datetime) -> None:
    assert find_latest_noted(store) is None
    begin_round(store, now + timedelta(days=9))
    assert find_latest_noted(store) == now + timedelta(days=9)
    assert heed_clock(store, now) == timedelta(days=9)
    assert heed_clock(store, now + timedelta(minutes=1)) is None


def test_a_host_is_asked_again_after_hours_too(store: Store, now: datetime) -> None:
    budget, ahead = SharedBudget(store), timedelta(hours=9)
    wish = Wish("h.example", 1, 9, at_once=1, lasts=30, scopes=("h.example",))
    rest = Rest("h.example", timedelta(minutes=9), Trouble("429", FetchFailure.RATE_LIMITED, 429))
    assert isinstance(budget.grant_now([Wish("h.example", 1, 9, at_once=1, lasts=30)], new_rests=[rest])[0], Turn)
    with writing(store) as connection:
        far = ahead.total_seconds()
        connection.execute(host_starts.update().values(next_start=host_starts.c.next_start + far))
        connection.execute(rests.update().values(until=rests.c.until + far))
    heed_clock(store, now + ahead)
    assert isinstance(budget.grant_now([wish])[0], Rest)
    heed_clock(store, now)
    turn = budget.grant_now([wish])[0]
    assert isinstance(turn, Turn)
    assert turn.wait == pytest.approx(0, abs=1)


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
