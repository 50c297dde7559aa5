"""What good polls remark, on both engines."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from news.sources import Feed, Outcome, Outlet, Poll
from storage.engine import Store
from storage.feeds import record_polls, sync_feeds
from storage.remarks import list_defects, list_remarks

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _declared(store: Store, outlet: Outlet, feed: Feed, now: datetime) -> None:
    sync_feeds(store, [outlet], [feed], now)


def test_defects_stand_until_the_feed_is_read_without_them(
    store: Store, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    link = "https://h.example/1"
    record_polls(store, [replace(make_poll(link), problems=("2 entries without a link", "and more"))])
    same = make_poll(at=now + HOUR)
    record_polls(store, [replace(same, refresh=replace(same.refresh, outcome=Outcome.NOT_MODIFIED))])
    assert list_defects(store) == {feed.id: (now, "2 entries without a link; and more")}
    assert list_remarks(store, since_at=now) == {}, "a defect is no gap"
    record_polls(store, [replace(make_poll("https://h.example/2", at=now + 2 * HOUR), problems=("x" * 1000,))])
    [(_, defects)] = list_defects(store).values()
    [gap] = list_remarks(store, since_at=now).values()
    assert (defects, "x" in gap.reason, gap.is_gap) == ("x" * 300 + "…", False, True)
    record_polls(store, [make_poll(link, at=now + 3 * HOUR)])
    assert list_defects(store) == {}
