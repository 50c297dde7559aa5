"""Grouping in the database: found again after a kill, never overwritten, merged without telling twice."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from digests.changes import what_changed
from flows.steps.grouping import group_articles
from news.digests import Subscription
from news.reading import PageResult
from news.sources import Feed, Outlet, Poll
from news.stories import Assignment, Report, Split, ToldState
from storage.articles import claim_unread_entries
from storage.digests import Composed, Opening, open_digest, preview_opening
from storage.engine import Store, open_store
from storage.feeds import record_polls, sync_feeds
from storage.recording import record_articles
from storage.stories import (
    companions,
    count_keys,
    find_marked,
    forget_keys,
    record_assignments,
    renew_lease,
    take_lease,
    ungrouped_reports,
)
from storage.story_files import find_story, list_stories
from storage.subscriptions import sync_subscriptions
from storage.topics import TopicVersion, sync_topics
from stories.grouping import assign_stories

LEASE = timedelta(minutes=5)
MORNING = Subscription("morning", "Morning", ("summitry",), ("file",))


@pytest.fixture(autouse=True)
def _begun(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    sync_subscriptions(store, ["morning"], now)


@pytest.fixture
def publish(
    store: Store, now: datetime, make_poll: Callable[..., Poll], make_result: Callable[..., PageResult]
) -> Callable[[str], int]:
    """Store one article without grouping it; return its id."""

    def run(title: str) -> int:
        link = f"https://a.example/{len(ungrouped_reports(store, limit=100))}-{title.replace(' ', '-')}"
        record_polls(store, [make_poll(link, at=now, published_at=now)])
        tasks = claim_unread_entries(store, now, limit=10, lease_for=LEASE)
        record_articles(store, [make_result(task, title=title, text=f"{title}.") for task in tasks], now)
        return int(ungrouped_reports(store, limit=100)[-1].id)

    return run


def alone(article: int, *keys: str) -> Assignment:
    return Assignment(str(article), f"new:{article}", str(article), "alone so far", keys=keys)


def tell(opening: Opening) -> Composed | None:
    told = {s.id: ToldState(opening.number, opening.since_at, len(s.reports), 1, ("japan",)) for s in opening.stories}
    return Composed("{}", MORNING.channels, told) if told else None


def test_articles_stored_before_a_kill_are_found_again(
    store: Store, publish: Callable[[str], int], now: datetime
) -> None:
    publish("Leaders meet")
    assert group_articles(store, lambda: now) == (1, 1)
    assert group_articles(store, lambda: now) == (0, 0)
    publish("Leaders meet again")
    assert group_articles(store, lambda: now) == (1, 0)


def test_a_report_that_grouping_fails_at_stands_alone_and_holds_up_no_other(
    store: Store, publish: Callable[[str], int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_at_one(reports: Sequence[Report], *others: Any) -> Iterator[Assignment]:  # noqa: ANN401 (passed on)
        if any(report.title == "Bad" for report in reports):
            raise TypeError("a bug")
        return assign_stories(reports, *others)

    monkeypatch.setattr("flows.steps.grouping.assign_stories", break_at_one)
    for title in ("Leaders meet", "Bad", "Quite another event"):
        publish(title)
    with pytest.raises(TypeError):
        group_articles(store, lambda: now)
    assert group_articles(store, lambda: now) == (0, 0)
    assert len(list_stories(store, since_at=now - LEASE)) == 3


def test_an_article_in_a_story_is_never_moved_by_a_late_writer(
    store: Store, publish: Callable[[str], int], now: datetime
) -> None:
    article = publish("Leaders meet")
    assert record_assignments(store, [alone(article)], now) == 1
    assert record_assignments(store, [alone(article)], now) == 0
    assert [line.reports for line in list_stories(store, since_at=now - LEASE)] == [1]


def test_candidates_are_found_by_their_keys_in_the_window_and_forgotten_after(
    store: Store, publish: Callable[[str], int], now: datetime
) -> None:
    one, other = publish("One"), publish("Other")
    record_assignments(store, [alone(one, "e:china"), alone(other, "e:china", "c:fire")], now)
    day = timedelta(days=1)
    assert find_marked(store, ["e:china", "c:none"], since_at=now - day, latest=9) == {"e:china": [one, other]}
    assert find_marked(store, ["e:china"], since_at=now - day, latest=1)["e:china"] == [other]
    assert find_marked(store, ["e:china"], since_at=now + day, latest=9) == {}
    assert count_keys(store, ["e:china", "c:fire"], since_at=now - day) == ({"e:china": 2, "c:fire": 1}, 2)
    assert [found.report.id for found in companions(store, [one], since_at=now - day)] == [str(one)]
    assert forget_keys(store, before_at=now + day) == 3
    assert find_marked(store, ["e:china"], since_at=now - day, latest=9) == {}


def test_a_merged_story_keeps_what_was_told_of_both(store: Store, publish: Callable[[str], int], now: datetime) -> None:
    one, other = publish("One"), publish("Other")
    record_assignments(store, [alone(one), alone(other)], now)
    assert open_digest(store, MORNING, tell, now) == 1
    first, second = sorted(line.id for line in list_stories(store, since_at=now - LEASE))
    third = publish("Third")
    joins = Assignment(str(third), str(first), str(third), "both tell of it", merged=(str(second),))
    record_assignments(store, [joins], now + LEASE)
    found = find_story(store, second)
    assert found
    assert (found.line.id, found.line.reports, found.merged) == (first, 3, {second: ""})
    [story] = preview_opening(store, MORNING, now + LEASE).stories
    assert story.id == first
    assert story.told
    assert (story.told.digest_number, story.told.reports, story.told.origins) == (1, 2, 2)


def test_what_was_told_counts_once_however_often_two_stories_are_merged(
    store: Store, publish: Callable[[str], int], now: datetime
) -> None:
    one, other = publish("One"), publish("Other")
    record_assignments(store, [alone(one), alone(other)], now)
    open_digest(store, MORNING, tell, now)
    first, second = sorted(line.id for line in list_stories(store, since_at=now - LEASE))
    for title in ("Third", "Fourth"):
        article = publish(title)
        joins = Assignment(str(article), str(first), str(article), "both tell of it", merged=(str(second),))
        record_assignments(store, [joins], now + LEASE)
    [story] = preview_opening(store, MORNING, now + LEASE).stories
    assert story.told
    assert story.told.reports == 2


def test_a_merger_takes_along_the_story_that_another_was_merged_into(
    store: Store, publish: Callable[[str], int], now: datetime
) -> None:
    articles = [publish(title) for title in ("One", "Two", "Three", "Four", "Five")]
    record_assignments(store, [alone(article) for article in articles[:3]], now)
    first, second, third = sorted(line.id for line in list_stories(store, since_at=now - LEASE))
    for article, into, merged in ((articles[3], second, third), (articles[4], first, third)):
        joins = Assignment(str(article), str(into), str(article), "both tell of it", merged=(str(merged),))
        record_assignments(store, [joins], now)
    assert [line.reports for line in list_stories(store, since_at=now - LEASE)] == [5]


def test_a_story_that_is_merged_while_it_is_told_is_not_told_again(
    store: Store, store_url: str, publish: Callable[[str], int], now: datetime
) -> None:
    one, other, third = publish("One"), publish("Other"), publish("Third")
    record_assignments(store, [alone(one), alone(other)], now)
    first, second = sorted(line.id for line in list_stories(store, since_at=now - LEASE))
    joins = Assignment(str(third), str(first), str(third), "both tell of it", merged=(str(second),))

    def merge() -> None:
        own = open_store(store_url)
        record_assignments(own, [joins], now)
        own.dispose()

    merger = Thread(target=merge)

    def tell_meanwhile(opening: Opening) -> Composed | None:
        merger.start()
        merger.join(0.2)  # it waits for the digest; were it not to, it would be done by now
        return tell(opening)

    assert open_digest(store, MORNING, tell_meanwhile, now) == 1
    merger.join()
    [story] = preview_opening(store, MORNING, now).stories
    assert story.told
    assert (len(story.reports), story.told.reports) == (3, 2)


def test_a_split_story_is_told_once_in_its_own_right_and_nothing_else_is_told_again(
    store: Store, publish: Callable[[str], int], now: datetime
) -> None:
    one, other = publish("One"), publish("Other")
    joins = Assignment(str(other), f"new:{one}", str(other), "both tell of it")
    record_assignments(store, [alone(one), joins], now)
    assert open_digest(store, MORNING, tell, now) == 1
    [first] = [line.id for line in list_stories(store, since_at=now - LEASE)]
    third = publish("Third")
    split = Split(f"new:{other}/1", str(first), (str(other),), "tells of something else")
    shows = Assignment(str(third), split.story, str(third), "both tell of that", split=split)
    assert record_assignments(store, [shows], now + LEASE) == 1
    assert record_assignments(store, [shows], now + LEASE) == 0
    kept, taken = sorted(list_stories(store, since_at=now - LEASE), key=lambda line: line.id)
    assert (kept.id, kept.reports, taken.reports) == (first, 1, 2)
    found = find_story(store, taken.id)
    assert found
    assert (found.split_from, found.split_why) == (first, "tells of something else")
    assert "tells of something else" in {report.why for report in found.reports}
    stories = {story.id: story for story in preview_opening(store, MORNING, now + LEASE).stories}
    assert all(story.told and story.told.digest_number == 1 for story in stories.values())
    assert "told before as part of another story" in what_changed(stories[taken.id])
    assert "told before as part of another story" not in what_changed(stories[first])
    assert open_digest(store, MORNING, tell, now + 2 * LEASE) == 2
    assert preview_opening(store, MORNING, now + 3 * LEASE).stories == ()


def test_a_late_writer_finds_a_split_where_its_reports_stand(
    store: Store, publish: Callable[[str], int], now: datetime
) -> None:
    one, other = publish("One"), publish("Other")
    record_assignments(store, [alone(one)], now)
    late = Assignment(str(other), f"new:{one}/1", str(other), "both tell of it")
    assert record_assignments(store, [late], now) == 0
    assert [line.reports for line in list_stories(store, since_at=now - LEASE)] == [2]


def test_a_late_writer_finds_what_another_opened(store: Store, publish: Callable[[str], int], now: datetime) -> None:
    one, other = publish("One"), publish("Other")
    record_assignments(store, [alone(one)], now)
    late = Assignment(str(other), f"new:{other}", str(other), "late", follows=f"new:{one}", merged=(f"new:{one}",))
    assert record_assignments(store, [alone(one), late], now) == 1
    assert [(line.reports, line.follows) for line in list_stories(store, since_at=now - LEASE)] == [(2, None)]


def test_a_story_follows_another(store: Store, publish: Callable[[str], int], now: datetime) -> None:
    one, other = publish("One"), publish("Other")
    later = Assignment(str(other), f"new:{other}", str(other), "alone so far", follows=f"new:{one}")
    record_assignments(store, [alone(one), later], now)
    first, second = sorted(line.id for line in list_stories(store, since_at=now - LEASE, topic="summitry"))
    earlier, followed = find_story(store, first), find_story(store, second)
    assert earlier
    assert followed
    assert (followed.line.follows, earlier.followed_by) == (first, (second,))
    assert find_story(store, 999) is None


def test_a_lease_is_renewed_by_its_holder_alone(store: Store, now: datetime) -> None:
    holder = take_lease(store, "grouping", now, lease_for=LEASE)
    assert holder
    assert renew_lease(store, "grouping", holder, now + LEASE, lease_for=LEASE)
    assert take_lease(store, "grouping", now + LEASE, lease_for=LEASE) is None
    assert not renew_lease(store, "grouping", "somebody", now, lease_for=LEASE)


def test_only_the_holder_of_the_lease_groups(store: Store, publish: Callable[[str], int], now: datetime) -> None:
    publish("Leaders meet")
    assert take_lease(store, "grouping", now, lease_for=LEASE)
    assert group_articles(store, lambda: now) == (0, 0)
    assert len(ungrouped_reports(store, limit=10)) == 1
