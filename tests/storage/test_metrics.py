from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from news.digests import Subscription
from news.reading import PageResult
from news.sources import Feed, Outcome, Outlet, Poll
from storage.articles import claim_unread_entries
from storage.deliveries import claim_deliveries, mark_sent
from storage.digests import Composed, open_digest
from storage.engine import Store
from storage.feeds import claim_due_feeds, record_polls, sync_feeds
from storage.metrics import Measures, measure_store
from storage.recording import record_articles
from storage.rounds import begin_round, end_round
from storage.subscriptions import sync_subscriptions
from storage.topics import TopicVersion, sync_topics

EMPTY = Measures(0, 0, 0, {}, {}, {}, {}, 0, 0.0, 0, {}, 0.0, 0.0, None, None)


def test_an_empty_database_has_measures_too(store: Store, now: datetime) -> None:
    assert measure_store(store, now) == EMPTY


def test_what_is_measured(
    store: Store,
    now: datetime,
    outlet: Outlet,
    feed: Feed,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
) -> None:
    """Three feeds, one failing, one being polled; three entries, one of which became an article; a digest to two channels."""
    hour = timedelta(hours=1)
    lost, taken = replace(feed, id="lost"), replace(feed, id="taken")
    sync_feeds(store, [outlet], [feed, lost, taken], now)
    claim_due_feeds(store, now, lease_for=2 * hour, only=["taken"])
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    failed = make_poll(feed=lost)
    refresh = replace(failed.refresh, outcome=Outcome.FAILED, failure="timeout", entries=0)
    failed = replace(failed, refresh=refresh, state=replace(failed.state, failures=1.0))
    record_polls(store, [make_poll(*(f"https://a.example/{n}" for n in range(3))), failed])
    [task] = claim_unread_entries(store, now, limit=1, lease_for=2 * hour)
    record_articles(store, [make_result(task)], now)
    sync_subscriptions(store, ["morning"], now)
    morning = Subscription("morning", "Morning", ("summitry",), ("file", "webhook"))
    open_digest(store, morning, lambda _opening: Composed("{}", morning.channels, {}), now)
    [sent] = claim_deliveries(store, now, limit=1, lease_for=hour)
    mark_sent(store, sent.id, now + timedelta(minutes=5))
    begun = begin_round(store, now)
    assert begun
    end_round(store, begun, now + hour, {})
    assert measure_store(store, now + hour) == Measures(
        feeds=3,
        feeds_due=2,
        feeds_failing=1,
        refreshes={"updated": 1, "failed": 1},
        failures={"timeout": 1},
        articles={"en": 1},
        matches={"summitry": 1},
        entries_waiting=2,
        entries_age=3600.0,
        ungrouped=1,
        deliveries={"sent": 1, "pending": 1},
        deliveries_age=3600.0,
        delivery_lag=300.0,
        round_age=3600.0,
        good_round_age=3600.0,
    )
