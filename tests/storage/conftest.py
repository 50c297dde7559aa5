"""Small declarations and results to store."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from news.articles import Article, DateSource, Quality
from news.reading import PageResult, PageTask
from news.sources import Entry, Feed, FeedState, Outcome, Outlet, Poll, PressSystem, Refresh
from news.topics import Evidence, Hit, Match, Mention, Where

NOW = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
HANBIT = Outlet("hanbit", "Hanbit Daily", "KR", "ko", PressSystem.SOUTH_KOREA, "hanbit", "Asia/Seoul")
FEED = Feed("hanbit-politics", "https://hanbit.example/rss.xml", "Hanbit politics", "hanbit", "ko")

MakePoll = Callable[..., Poll]
MakeResult = Callable[..., PageResult]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def outlet() -> Outlet:
    return HANBIT


@pytest.fixture
def feed() -> Feed:
    return FEED


@pytest.fixture
def make_poll() -> MakePoll:
    def make(*links: str, feed: Feed = FEED, at: datetime = NOW, published_at: datetime | None = NOW) -> Poll:
        entries = tuple(Entry(key=link, link=link, title=f"About {link}", published_at=published_at) for link in links)
        refresh = Refresh(feed.id, at, Outcome.UPDATED, entries=len(entries))
        return Poll(
            refresh,
            FeedState(feed.id, feed.url, body_hash="0", checked_at=at, next_check_at=at + timedelta(minutes=15)),
            entries,
        )

    return make


@pytest.fixture
def make_result() -> MakeResult:
    def make(
        task: PageTask,
        *,
        title: str = "Leaders meet in Beijing",
        text: str = "They met for two hours.",
        published_at: datetime = NOW,
        quality: Quality = Quality.CAREFUL,
        topic: str | None = "summitry",
        score: float = 0.9,
        reread_at: datetime | None = None,
        partial: bool = False,
    ) -> PageResult:
        hit = Hit("beijing", "Beijing", Where.TITLE, 16, 23, "Beijing")
        found = (Match(topic, score, Evidence((hit,), title, {"title": score}), "v1", "g1"),) if topic else ()
        article = Article(task.url or "", title, text, "en", published_at, DateSource.FEED, quality, partial=partial)
        return PageResult(
            task,
            article,
            mentions=(Mention("beijing", Where.TITLE, 16, 23, "Beijing"),),
            matches=found,
            reread_at=reread_at,
        )

    return make
