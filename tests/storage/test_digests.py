from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from flows.steps.grouping import group_articles
from news.digests import Subscription
from news.reading import PageResult
from news.sources import Feed, Outlet, Poll
from news.stories import Story, ToldState
from storage.articles import claim_due_rereads, claim_unread_entries
from storage.deliveries import (
    claim_deliveries,
    give_back_deliveries,
    list_deliveries,
    mark_failed,
    mark_sent,
    renew_deliveries,
    resend_digest,
)
from storage.digests import Composed, Opening, open_digest, preview_opening
from storage.engine import Store
from storage.feeds import record_polls, sync_feeds
from storage.recording import record_articles
from storage.stories import give_back_lease, take_lease
from storage.subscriptions import (
    list_last_due,
    list_stopped,
    resume_subscription,
    stop_subscription,
    sync_subscriptions,
)
from storage.topics import TopicVersion, sync_topics

LEASE = timedelta(minutes=5)
MORNING = Subscription("morning", "Morning", ("summitry",), ("email:ada@news.example", "file"))


@pytest.fixture(autouse=True)
def _begun(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    sync_subscriptions(store, ["morning"], now)


@pytest.fixture
def publish(
    store: Store, now: datetime, make_poll: Callable[..., Poll], make_result: Callable[..., PageResult]
) -> Callable[..., None]:
    """Store and group one article."""

    def run(link: str, *, title: str, at: datetime = now, reread_at: datetime | None = None) -> None:
        record_polls(store, [make_poll(link, at=at, published_at=at)])
        tasks = claim_unread_entries(store, at, limit=10, lease_for=LEASE)
        parts = {"title": title, "text": f"{title}.", "published_at": at, "reread_at": reread_at}
        record_articles(store, [make_result(task, **parts) for task in tasks], at)
        group_articles(store, lambda: at)

    return run


NOW = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)


def untold(store: Store) -> tuple[Story, ...]:
    return preview_opening(store, MORNING, NOW).stories


def compose(opening: Opening) -> Composed | None:
    if not opening.stories:
        return None
    told = {
        story.id: ToldState(opening.number, opening.since_at, len(story.reports), 1, ()) for story in opening.stories
    }
    return Composed("{}", MORNING.channels, told)


def test_what_was_told_is_not_told_again(store: Store, publish: Callable[..., None], now: datetime) -> None:
    publish("https://a.example/1", title="Leaders meet")
    assert open_digest(store, MORNING, compose, now) == 1
    assert untold(store) == ()
    assert open_digest(store, MORNING, compose, now) is None


def test_a_story_that_grew_comes_back_with_what_was_told(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    publish("https://b.example/1", title="Leaders meet", at=now + timedelta(hours=1))
    [story] = untold(store)
    assert len(story.reports) == 2
    assert story.told is not None
    assert (story.told.digest_number, story.told.reports) == (1, 1)


def test_a_change_is_told_whatever_the_clocks_say(store: Store, publish: Callable[..., None], now: datetime) -> None:
    """Who groups takes the time, then waits for the database; meanwhile a digest is composed. Or the clock is set back."""
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now + timedelta(hours=1))
    publish("https://b.example/1", title="Leaders meet", at=now + timedelta(minutes=30))
    [story] = untold(store)
    assert len(story.reports) == 2
    open_digest(store, MORNING, compose, now)
    assert untold(store) == ()


def test_a_withdrawal_brings_a_told_story_back(store: Store, publish: Callable[..., None], now: datetime) -> None:
    publish("https://a.example/1", title="Leaders meet", reread_at=now)
    open_digest(store, MORNING, compose, now)
    [task] = claim_due_rereads(store, now, limit=10, lease_for=LEASE)
    record_articles(store, [PageResult(task, reason="gone", gone=True)], now + timedelta(hours=1))
    [story] = untold(store)
    assert story.reports[0].removed_at == now + timedelta(hours=1)


def test_a_scheduled_moment_is_briefed_once(store: Store, publish: Callable[..., None], now: datetime) -> None:
    publish("https://a.example/1", title="Leaders meet")
    assert open_digest(store, MORNING, compose, now, due_at=now) == 1
    publish("https://a.example/2", title="Another event")
    assert open_digest(store, MORNING, compose, now, due_at=now) is None
    assert open_digest(store, MORNING, compose, now, due_at=now + timedelta(days=1)) == 2
    publish("https://a.example/3", title="A third event")
    assert open_digest(store, MORNING, compose, now, due_at=now - timedelta(days=1)) is None  # a clock set back


def test_a_run_by_hand_beside_a_scheduled_one_tells_nothing_twice(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    assert open_digest(store, MORNING, compose, now) == 1  # by hand
    assert open_digest(store, MORNING, compose, now, due_at=now) is None
    publish("https://a.example/2", title="Another event")
    assert open_digest(store, MORNING, compose, now) == 2  # the moment that was briefed does not keep a hand from it
    assert [one.digest.number for one in list_deliveries(store)] == [2, 2, 1, 1]


def test_news_from_before_the_subscription_is_not_told(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/new", title="Today")
    publish("https://a.example/old", title="Long ago", at=now - timedelta(days=3))
    assert [story.reports[0].title for story in untold(store)] == ["Today"]


def test_a_delivery_is_claimed_once_sent_once_and_failed_ones_wait(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    mail, file = claim_deliveries(store, now, limit=10, lease_for=LEASE)
    assert (mail.channel, file.channel, mail.digest.number) == ("email:ada@news.example", "file", 1)
    assert claim_deliveries(store, now, limit=10, lease_for=LEASE) == []
    mark_sent(store, file.id, now)
    mark_failed(store, mail, "the mail server is busy", retry_at=now + timedelta(minutes=1))
    assert claim_deliveries(store, now, limit=10, lease_for=LEASE) == []
    [again] = claim_deliveries(store, now + timedelta(minutes=1), limit=10, lease_for=LEASE)
    assert (again.id, again.attempts) == (mail.id, 2)
    mark_failed(store, again, "no such mailbox", retry_at=None)
    assert [delivery.state for delivery in list_deliveries(store)] == ["sent", "failed"]


def test_a_delivery_held_by_a_killed_process_is_claimed_after_its_lease(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    assert len(claim_deliveries(store, now, limit=10, lease_for=LEASE)) == 2
    assert len(claim_deliveries(store, now + LEASE + timedelta(seconds=1), limit=10, lease_for=LEASE)) == 2


def test_what_another_process_sent_meanwhile_stays_sent(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    slow, *_ = claim_deliveries(store, now, limit=10, lease_for=LEASE)
    quick, *_ = claim_deliveries(store, now + LEASE + timedelta(seconds=1), limit=10, lease_for=LEASE)
    assert slow.id == quick.id
    mark_sent(store, quick.id, now)
    mark_failed(store, slow, "no answer in time", retry_at=now)
    assert [delivery.state for delivery in list_deliveries(store) if delivery.id == quick.id] == ["sent"]


def test_a_claim_that_another_process_has_taken_over_is_left_to_it(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    slow = claim_deliveries(store, now, limit=10, lease_for=LEASE)
    later = now + LEASE + timedelta(seconds=1)
    quick = claim_deliveries(store, later, limit=10, lease_for=LEASE)
    assert renew_deliveries(store, slow, later + LEASE * 9) == 0
    assert not mark_failed(store, slow[0], "no answer in time", retry_at=None)
    give_back_deliveries(store, slow)
    assert [(one.state, one.attempts) for one in list_deliveries(store)] == [("pending", 2)] * 2
    assert claim_deliveries(store, later, limit=10, lease_for=LEASE) == []
    assert renew_deliveries(store, quick, later + LEASE) == 2


def test_what_is_to_be_sent_again_while_it_is_held_stays_held(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    held = claim_deliveries(store, now, limit=1, lease_for=LEASE)
    assert resend_digest(store, 1, now) == 2
    assert len(claim_deliveries(store, now, limit=10, lease_for=LEASE)) == 1
    give_back_deliveries(store, held)
    assert {one.id: one.attempts for one in list_deliveries(store)}[held[0].id] == 0


def test_a_digest_can_be_sent_again_on_request(store: Store, publish: Callable[..., None], now: datetime) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    for delivery in claim_deliveries(store, now, limit=10, lease_for=LEASE):
        mark_sent(store, delivery.id, now)
    assert resend_digest(store, 1, now) == 2
    assert len(claim_deliveries(store, now, limit=10, lease_for=LEASE)) == 2


def test_a_stopped_subscription_composes_nothing_and_its_waiting_deliveries_are_dropped(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    [mail] = claim_deliveries(store, now, limit=1, lease_for=LEASE)
    assert stop_subscription(store, "morning", now) == 2
    assert stop_subscription(store, "morning", now + LEASE) == 0
    assert list_stopped(store) == {"morning": now}
    assert list_last_due(store, now) == {}
    mark_failed(store, mail, "the mail server is busy", retry_at=now)  # it was under way
    assert claim_deliveries(store, now + LEASE, limit=10, lease_for=LEASE) == []
    assert {one.state for one in list_deliveries(store)} == {"stopped"}
    publish("https://a.example/2", title="Another event")
    assert open_digest(store, MORNING, compose, now) is None
    sync_subscriptions(store, ["morning"], now)  # the declaration does not bring it back
    assert open_digest(store, MORNING, compose, now) is None


def test_what_went_by_while_stopped_is_not_told_after_resuming(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    stop_subscription(store, "morning", now)
    publish("https://a.example/1", title="Meanwhile", at=now + timedelta(days=1))
    publish("https://a.example/2", title="This morning", at=now + timedelta(days=4))
    later = now + timedelta(days=4, hours=1)
    resume_subscription(store, "morning", later)
    assert list_last_due(store, later) == {"morning": later}
    assert [story.reports[0].title for story in untold(store)] == ["This morning"]
    assert open_digest(store, MORNING, compose, later) == 1


def test_one_reader_of_several_may_stop(store: Store, publish: Callable[..., None], now: datetime) -> None:
    publish("https://a.example/1", title="Leaders meet")
    open_digest(store, MORNING, compose, now)
    assert stop_subscription(store, "morning", now, channel="email:ada@news.example") == 1
    assert list_stopped(store) == {"morning to email:ada@news.example": now}
    assert [one.channel for one in claim_deliveries(store, now, limit=10, lease_for=LEASE)] == ["file"]
    assert resend_digest(store, 1, now) == 1  # never to whom stopped
    publish("https://a.example/2", title="Another event")
    open_digest(store, MORNING, compose, now)
    assert [one.channel for one in list_deliveries(store, limit=1)] == ["file"]
    stop_subscription(store, "morning", now, channel="file")
    publish("https://a.example/3", title="A third event")
    assert open_digest(store, MORNING, compose, now) is None  # nobody is left to be told
    resume_subscription(store, "morning", now)
    assert open_digest(store, MORNING, compose, now) == 3


def test_a_lease_has_one_holder_until_it_ends(store: Store, now: datetime) -> None:
    holder = take_lease(store, "grouping", now, lease_for=LEASE)
    assert holder
    assert take_lease(store, "grouping", now, lease_for=LEASE) is None
    assert take_lease(store, "grouping", now + LEASE, lease_for=LEASE)
    give_back_lease(store, "grouping", holder)
    assert take_lease(store, "grouping", now, lease_for=LEASE) is None


def test_a_subscription_that_is_declared_again_after_a_while_is_not_told_of_old_times(
    store: Store, publish: Callable[..., None], now: datetime
) -> None:
    sync_subscriptions(store, [], now)
    publish("https://a.example/1", title="Long ago", at=now + timedelta(days=1))
    publish("https://a.example/2", title="This week", at=now + timedelta(days=59))
    sync_subscriptions(store, ["morning"], now + timedelta(days=60))
    assert [story.reports[0].title for story in untold(store)] == ["This week"]
