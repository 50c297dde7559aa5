"""What sources bring, on both engines: another language, cut-off texts, and volumes far from the usual."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from news.articles import Quality
from news.digests import BlindSource
from news.reading import PageResult
from news.sources import Feed, Outlet, Poll
from storage.articles import claim_unread_entries
from storage.engine import Store
from storage.feeds import record_polls, sync_feeds
from storage.health import list_blind
from storage.recording import record_articles
from storage.remarks import Remark, list_remarks
from storage.yields import FeedYield, OutletVolume, list_feed_yields, list_outlet_volumes

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _declared(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    sync_feeds(store, [outlet], [feed], now)


def read(
    store: Store,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
    *changes: dict[str, Any],
) -> FeedYield:
    """Store an article for each set of changes, and give what the feed brought."""
    record_polls(store, [make_poll(*(f"https://h.example/{n}" for n in range(len(changes))))])
    tasks = claim_unread_entries(store, now, limit=len(changes), lease_for=DAY)
    results = [make_result(task, topic=None) for task in tasks]
    articles = [replace(one.article, **change) for one, change in zip(results, changes, strict=True) if one.article]
    record_articles(store, [replace(one, article=new) for one, new in zip(results, articles, strict=True)], now)
    [found] = list_feed_yields(store, now)
    return found


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"language": "en"}, "8 of its latest 12 articles are in another language (en) than declared (ko)"),
        ({"language": "ko", "partial": True}, "8 of its latest 12 articles end at a paywall or after a teaser"),
        (
            {"language": "ko", "partial": True, "quality": Quality.FEED},
            "8 of its latest 12 articles have pages that could not be read",
        ),
    ],
)
def test_what_most_articles_of_a_feed_are_is_said_since_when(
    store: Store,
    feed: Feed,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
    change: dict[str, Any],
    fault: str,
) -> None:
    found = read(store, now, make_poll, make_result, *[change] * 8, *[{"language": "ko-KR"}] * 4)
    assert (found.feed_id, found.find_fault(), found.since_at) == (feed.id, fault, now)
    assert list_blind(store, now) == [BlindSource(feed.title, fault, now)]
    assert list_feed_yields(store, now + 8 * DAY) == [], "what it brought last week is no longer recent"


@pytest.mark.parametrize("wrong", [{"language": "en"}, {"partial": True}])
def test_some_or_few_such_articles_are_no_fault(
    store: Store,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
    wrong: dict[str, Any],
) -> None:
    right: dict[str, Any] = {"language": "ko"}
    assert read(store, now, make_poll, make_result, *[right | wrong] * 6, *[right] * 6).find_fault() == ""
    assert FeedYield("f", "F", "ko", now, 9, 9, 0, {"en": 9}).find_fault() == ""
    assert FeedYield("f", "F", "und", now, 12, 0, 0, {"en": 12}).find_fault() == ""


@pytest.mark.parametrize(
    ("declared", "brought", "is_fault"),
    [
        ("zh-Hans", "zh-Hant", True),
        ("zh-Hant-HK", "zh-Hans", True),
        ("zh-Hant", "zh-Hant-HK", False),
        ("zh", "zh-Hant", False),
        ("zh-Hans", "zh", False),
        ("pt-BR", "pt", False),
    ],
)
def test_a_feed_in_the_other_script_is_in_another_language(
    store: Store,
    outlet: Outlet,
    feed: Feed,
    now: datetime,
    make_poll: Callable[..., Poll],
    make_result: Callable[..., PageResult],
    declared: str,
    brought: str,
    is_fault: bool,
) -> None:
    sync_feeds(store, [outlet], [replace(feed, language=declared)], now)
    found = read(store, now, make_poll, make_result, *[{"language": brought}] * 10)
    assert bool(found.find_fault()) == is_fault


def test_a_week_is_held_against_the_four_before(
    store: Store, outlet: Outlet, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    def poll(days_ago: int, entries: int) -> None:
        at = now - days_ago * DAY
        links = [f"https://h.example/{days_ago}/{n}" for n in range(entries)]
        record_polls(store, [make_poll(*links, at=at, published_at=at)])

    poll(35, 50)  # what stood there at the first poll is no week's news
    [early] = list_outlet_volumes(store, now - 34 * DAY)
    assert (early.usual, early.find_fault()) == (None, ""), "there is nothing to hold it against yet"
    for days_ago in range(8, 35):
        poll(days_ago, 4)
    poll(1, 2)
    [volume] = list_outlet_volumes(store, now)
    assert (volume.outlet_id, volume.number, volume.usual) == (outlet.id, 2, 27.0)
    assert volume.find_fault() == "only 2 new entries in the last 7 days, where 27 a week are usual"
    assert [blind.name for blind in list_blind(store, now)] == [outlet.name]


def test_every_outlet_with_a_feed_has_its_volume_whatever_it_brings(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    silent, left = (replace(outlet, id=name, name=name) for name in ("silent", "left"))
    feeds = [feed, replace(feed, id="silent", outlet="silent", url="https://s.example/rss")]
    gone = replace(feed, id="gone", outlet="left", url="https://l.example/rss")
    sync_feeds(store, [outlet, silent, left], [*feeds, gone], now)
    sync_feeds(store, [outlet, silent, left], feeds, now)
    long_ago = now - 60 * DAY
    record_polls(store, [make_poll("https://h.example/1", at=long_ago, published_at=long_ago)])
    volumes = {one.outlet_id: (one.number, one.usual) for one in list_outlet_volumes(store, now)}
    assert volumes == {outlet.id: (0, 0.0), "silent": (0, None)}


@pytest.mark.parametrize(
    ("number", "usual", "is_fault"), [(0, 9.0, False), (2, 10.0, True), (3, 10.0, False), (41, 10.0, True)]
)
def test_how_far_a_volume_may_be_from_the_usual(now: datetime, number: int, usual: float, is_fault: bool) -> None:
    assert bool(OutletVolume("o", "O", number, usual, now).find_fault()) == is_fault


def test_what_a_good_poll_remarked_is_remembered(
    store: Store, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    for hours in (3, 2, 1):
        record_polls(store, [make_poll(f"https://h.example/{hours}", at=now - timedelta(hours=hours))])
    [(feed_id, remark)] = list_remarks(store, since_at=now - DAY).items()
    assert (feed_id, remark.at, remark.is_gap) == (feed.id, now - timedelta(hours=1), True)
    assert "missed" in remark.reason
    assert list_remarks(store, since_at=now) == {}
    held = "40 old ones at once"
    record_polls(
        store,
        [make_poll("https://h.example/1", "https://h.example/9", at=now)],
        lambda entries, *_: {one.key: held for one in entries},
    )
    assert list_remarks(store, since_at=now) == {feed.id: Remark(now, held, is_gap=False)}
