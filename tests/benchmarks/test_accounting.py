"""The account after the killing: nothing that is broken passes unseen."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.accounting import account_for
from benchmarks.striking import Strike
from flows.steps.briefing import Names, brief
from flows.steps.delivering import name_delivery
from news.articles import Article, DateSource, Quality
from news.digests import Subscription
from news.reading import PageResult, PageTask
from news.sources import Outlet, PressSystem
from news.topics import Evidence, Match
from storage.deliveries import claim_deliveries, mark_sent
from storage.engine import Store, writing
from storage.feeds import sync_feeds
from storage.recording import record_articles
from storage.subscriptions import sync_subscriptions
from storage.tables import articles, revisions
from storage.topics import TopicVersion, sync_topics

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
HANBIT = Outlet("hanbit", "Hanbit Daily", "KR", "ko", PressSystem.SOUTH_KOREA, "hanbit", "Asia/Seoul")
URL = "https://a.example/1"
ACCEPTED_AT = 1_000.0
READER = Subscription("ada", "Ada", ("summitry",), ("email:ada@dateline.example",))


@pytest.fixture
def archive(store: Store) -> Store:
    """One article on a topic, in a story, and a subscription that has just begun."""
    sync_feeds(store, [HANBIT], [], NOW)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], NOW)
    found = Match("summitry", 0.9, Evidence((), "", {}), "v1", "g1")
    article = Article(URL, "Leaders meet", "They met.", "en", NOW, DateSource.FEED, Quality.CAREFUL)
    record_articles(store, [PageResult(PageTask(HANBIT, URL, "", NOW), article, matches=(found,))], NOW)
    with writing(store) as connection:
        connection.execute(sa.text("INSERT INTO stories (id, opened_at, changed_at) VALUES (7, :at, :at)"), {"at": NOW})
        connection.execute(sa.text("UPDATE articles SET story_id = 7, origin_id = id"))
    sync_subscriptions(store, ["ada"], NOW)
    return store


def tell(store: Store, received: Path, *, copies: int = 1, hour: int = 0) -> None:
    """Brief the reader, and deliver as a sender does that is killed between some copies of the mail."""
    due_at = NOW + timedelta(hours=hour)
    brief(store, READER, Names({"summitry": "Summitry"}, {}), due_at, due_at=due_at)
    for delivery in claim_deliveries(store, due_at, limit=1, lease_for=timedelta(minutes=1)):
        with received.open("a") as notes:
            for copy in range(copies):
                noted_at = ACCEPTED_AT + copy * 100
                notes.write(f"{noted_at} Message-ID: <dateline.{name_delivery(delivery)}@dateline.example>\n")
        mark_sent(store, delivery.id, due_at)


def find_broken(store: Store, received: Path, strikes: Sequence[Strike] = ()) -> set[str]:
    account = account_for(store, {URL}, received, READER.topics, strikes)
    return {what for what, number in account.broken.items() if number}


def test_a_story_that_is_told_and_sent_breaks_nothing(archive: Store, tmp_path: Path) -> None:
    tell(archive, tmp_path / "received")
    assert find_broken(archive, tmp_path / "received") == set()


def test_nobody_is_briefed(archive: Store, tmp_path: Path) -> None:
    unsaid = {"subscriptions never briefed", "stories due, neither told nor counted as waiting"}
    assert find_broken(archive, tmp_path / "received") == unsaid


@pytest.mark.parametrize(("quality", "is_broken"), [("careful", True), ("feed", False), ("quick", False)])
def test_a_text_may_take_the_place_of_a_poorer_one_alone(
    archive: Store, tmp_path: Path, quality: str, is_broken: bool
) -> None:
    tell(archive, tmp_path / "received")
    with writing(archive) as connection:
        for table in (articles, revisions):
            connection.execute(table.update().values(quality=quality))
    article = Article(URL, "Leaders meet", "They met for an hour.", "en", NOW, DateSource.FEED, Quality.CAREFUL)
    record_articles(archive, [PageResult(PageTask(HANBIT, URL, "", NOW, article_id=1), article)], NOW)
    what = "texts in place of one that was as good"
    assert (what in find_broken(archive, tmp_path / "received")) is is_broken


def test_nothing_is_matched(archive: Store, tmp_path: Path) -> None:
    tell(archive, tmp_path / "received")
    with writing(archive) as connection:
        connection.execute(sa.text("DELETE FROM matches"))
    assert find_broken(archive, tmp_path / "received") == {"nothing published, or nothing matched"}


def test_a_story_is_told_twice(archive: Store, tmp_path: Path) -> None:
    tell(archive, tmp_path / "received")
    with writing(archive) as connection:
        connection.execute(sa.text("DELETE FROM told"))
    tell(archive, tmp_path / "received", hour=1)
    assert find_broken(archive, tmp_path / "received") == {"stories told again without a change"}


def test_a_mail_comes_oftener_than_strikes_and_claims_explain(archive: Store, tmp_path: Path) -> None:
    tell(archive, tmp_path / "received", copies=3)
    strikes = [Strike("worker", ACCEPTED_AT + after, ACCEPTED_AT + after, 1) for after in (1, 101)]
    more_than_claims = "copies of mails more than claims of them"
    assert find_broken(archive, tmp_path / "received", strikes) == {more_than_claims}
    unexplained = "mails received twice without a sender that was cut off"
    assert find_broken(archive, tmp_path / "received", strikes[:1]) == {more_than_claims, unexplained}
