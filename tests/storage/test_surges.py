"""Surges in the database: noted once, told at once with the stories behind them, and never for want of feeds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digests.changes import what_changed
from flows.steps.briefing import Names, alert
from flows.steps.surging import look_at_topics, note_surges
from news.digests import Mode, Subscription
from news.reading import PageResult, PageTask
from news.sources import Feed, Outcome, Outlet, Poll
from news.stories import Assignment, SurgeWatch, ToldState
from storage.articles import claim_unread_entries
from storage.digests import Composed, Opening, open_digest, preview_opening
from storage.engine import Store
from storage.feeds import record_polls, sync_feeds
from storage.recording import record_articles
from storage.stories import record_assignments, ungrouped_reports
from storage.subscriptions import sync_subscriptions
from storage.surges import list_surge_watches, list_surges, list_topic_sources
from storage.topics import TopicVersion, sync_topics

MORNING = Subscription("morning", "Morning", ("summitry",), ("file",), mode=Mode.BOTH)
UTC = ZoneInfo("UTC")
DAY = timedelta(days=1)
HOUSES = ("hanbit", "mirinae", "aranuri")

Publish = Callable[..., list[int]]


@pytest.fixture(autouse=True)
def _begun(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    """A topic that has been watched for three weeks."""
    sync_feeds(store, [replace(outlet, id=name, family=name) for name in HOUSES], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now - 21 * DAY)
    sync_subscriptions(store, ["morning"], now)


@pytest.fixture
def publish(store: Store, outlet: Outlet, now: datetime, make_result: Callable[..., PageResult]) -> Publish:
    """Store so many stories of one report each, of different houses; return their articles."""

    def run(count: int, *, at: datetime = now) -> list[int]:
        tasks = [
            PageTask(replace(outlet, id=house, family=house), f"https://a.example/{at:%d%H}/{n}", f"News {at} {n}", at)
            for n, house in zip(range(count), HOUSES * count, strict=False)
        ]
        results = [make_result(task, title=task.title, published_at=at) for task in tasks]
        record_articles(store, results, at)
        ids = [int(report.id) for report in ungrouped_reports(store, limit=100)]
        record_assignments(store, [Assignment(str(n), f"new:{n}", str(n), "alone so far") for n in ids], at)
        return ids

    return run


def tell(opening: Opening) -> Composed | None:
    told = {
        story.id: ToldState(opening.number, opening.since_at, 1, 1, ("south-korea",), ("beijing",), surge=story.surge)
        for story in opening.stories
    }
    return Composed("{}", MORNING.channels, told) if told else None


def test_a_surge_is_noted_once_and_ended_once(store: Store, publish: Publish, now: datetime) -> None:
    publish(12)
    assert note_surges(store, UTC, now) == {"summitry": "12 stories in 6 hours, usually 0"}
    assert note_surges(store, UTC, now) == {}
    [surge] = list_surges(store, since_at=now)
    assert (surge.topic, surge.ended_at, len(surge.stories)) == ("summitry", None, 12)
    assert note_surges(store, UTC, now + DAY / 2) == {}
    assert [one.ended_at for one in list_surges(store, since_at=now)] == [now + DAY / 2]
    assert list_surge_watches(store) == [SurgeWatch("summitry", now - 21 * DAY, ended_at=now + DAY / 2)]


def test_a_topic_without_history_is_silent(store: Store, publish: Publish, now: datetime) -> None:
    publish(12, at=now - 10 * DAY)
    assert note_surges(store, UTC, now - 10 * DAY) == {}
    [(_, look)] = look_at_topics(store, UTC, now - 10 * DAY, ["summitry"])
    assert look.why == "learning until 2025-12-29"


def test_what_comes_every_day_is_no_surge(store: Store, publish: Publish, now: datetime) -> None:
    for back in range(20, -1, -1):
        publish(6, at=now - back * DAY)
    assert note_surges(store, UTC, now) == {}


def test_a_told_story_comes_back_with_the_surge_once(store: Store, publish: Publish, now: datetime) -> None:
    publish(12)
    assert open_digest(store, MORNING, tell, now) == 1
    assert preview_opening(store, MORNING, now).stories == ()
    later = now + timedelta(minutes=5)
    note_surges(store, UTC, later)
    stories = preview_opening(store, MORNING, later).stories
    assert len(stories) == 12
    assert stories[0].surge == "Summitry, 12 stories in 6 hours, usually 0"
    assert what_changed(stories[0]) == ("coverage surges (Summitry, 12 stories in 6 hours, usually 0)",)
    assert open_digest(store, MORNING, tell, later) == 2
    assert preview_opening(store, MORNING, later).stories == ()


def test_a_surge_is_told_at_once_and_once(store: Store, publish: Publish, now: datetime) -> None:
    names = Names({"summitry": "Summitry"}, {})
    wishes = replace(MORNING, alert_score=1.0)
    publish(12)
    assert alert(store, wishes, names, now, limit=6) is None
    note_surges(store, UTC, now)
    assert alert(store, wishes, names, now, limit=12) == 1
    assert alert(store, wishes, names, now, limit=12) is None


def test_a_surge_of_another_topic_is_nobodys_news(store: Store, publish: Publish, now: datetime) -> None:
    publish(12)
    note_surges(store, UTC, now)
    elsewhere = replace(MORNING, topics=("other",))
    assert preview_opening(store, elsewhere, now).stories == ()
    assert {story.surge for story in preview_opening(store, MORNING, now + 3 * DAY).stories} != {None}
    note_surges(store, UTC, now + DAY)  # over: from now on nobody hears of it
    assert {story.surge for story in preview_opening(store, MORNING, now + 3 * DAY).stories} == {None}


def test_a_merged_story_stays_behind_its_surge(
    store: Store, publish: Publish, now: datetime, make_result: Callable[..., PageResult], outlet: Outlet
) -> None:
    publish(12)
    note_surges(store, UTC, now)
    [surge] = list_surges(store, since_at=now)
    first, second, *_ = surge.stories
    late = PageTask(replace(outlet, id="hanbit"), "https://a.example/late", "Both", now)
    record_articles(store, [make_result(late)], now)
    [report] = ungrouped_reports(store, limit=9)
    joint = Assignment(report.id, str(first), report.id, "both tell of it", merged=(str(second),))
    record_assignments(store, [joint], now)
    [after] = list_surges(store, since_at=now)
    assert set(after.stories) == set(surge.stories) - {second}


def test_the_feeds_that_bring_a_topic_are_known_with_the_hours_they_answered_in(
    store: Store, now: datetime, make_poll: Callable[..., Poll], make_result: Callable[..., PageResult]
) -> None:
    record_polls(store, [make_poll("https://a.example/1", at=now)])
    tasks = claim_unread_entries(store, now, limit=10, lease_for=DAY)
    record_articles(store, [make_result(task) for task in tasks], now)
    failed = make_poll(at=now + timedelta(minutes=50))
    record_polls(store, [replace(failed, refresh=replace(failed.refresh, outcome=Outcome.FAILED))])
    [source] = list_topic_sources(store, "summitry", since_at=now - DAY)
    assert (source.feed, source.share, source.is_failing) == ("hanbit-politics", 1.0, True)
    assert source.answered_at == (now.replace(minute=0),)
