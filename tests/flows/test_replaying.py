"""A replay of edited topics over a small archive, on both databases: silent, in batches, gone on with where it was cut off."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.retagging import retag_archive
from flows.settings import read_settings
from flows.steps import replaying
from flows.steps.replaying import replay_topics
from flows.wiring import Bureau, open_bureau
from matching.matcher import Matcher
from news.articles import Article, DateSource, Quality
from news.errors import SettingsError
from news.reading import PageResult, PageTask
from news.sources import Outlet, PressSystem
from news.topics import Match
from storage.deliveries import count_due_deliveries
from storage.engine import Store, reading
from storage.feeds import sync_feeds
from storage.recording import record_articles
from storage.replays import ArchivedText, Replayed
from storage.tables import matches

NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
OUTLET = Outlet("harbour", "Harbour Herald", "GB", "en", PressSystem.INTERNATIONAL, "harbour", "Europe/London")
TITLES = ("Ferry sinks", "Ferry returns", "Rain", "Ferry is late", "China holds drills around Taiwan")
FERRIES = """[topics.ferries]
title = "Ferries"
description = "Ships that carry people."
seed = "a test"
keys = ["ferry-words"]

[topics.ferries.phrases.ferry-words]
en = ["ferry"]
"""


@pytest.fixture
def bureau(store: Store, surroundings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bureau]:
    """A bureau with one topic of its own, and articles that nothing has tagged; batches are of two."""
    declared = surroundings() / "seeds" / "topics" / "ferries.toml"
    declared.parent.mkdir(parents=True)
    declared.write_text(FERRIES)
    monkeypatch.setattr(replaying, "_BATCH", 2)
    sync_feeds(store, [OUTLET], [], NOW)
    for number, title in enumerate(TITLES):
        url = f"https://harbour.example/{number}"
        article = Article(url, title, f"{title}, it was said.", "en", NOW, DateSource.FEED, Quality.CAREFUL)
        record_articles(store, [PageResult(PageTask(OUTLET, url, title, NOW), article)], NOW)
    with open_bureau(read_settings(), now=lambda: NOW) as opened:
        yield opened


def list_current(store: Store) -> list[tuple[str, bool]]:
    m = matches.c
    query = sa.select(m.topic_id, m.is_silent).where(m.is_current).order_by(m.topic_id, m.article_id)
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_one_reading_serves_every_topic_and_sends_nothing(bureau: Bureau) -> None:
    retagged = retag_archive(bureau)
    assert retagged.articles == len(TITLES)
    assert retagged.by_topic["ferries"] == Replayed(articles=5, gained=3)
    assert retagged.by_topic["taiwan"] == Replayed(articles=5, gained=1)
    assert list_current(bureau.store) == [("ferries", True)] * 3 + [("taiwan", True)]
    assert count_due_deliveries(bureau.store, NOW) == 0


def test_a_replay_that_was_cut_off_goes_on_each_topic_from_its_place(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    retag_archive(bureau, ["taiwan"])  # so that the database knows the topics; this one is at its end
    read, wanted = list[str](), 3

    def match_all(matcher: Matcher, text: ArchivedText) -> dict[str, Match]:
        if len(read) == wanted:
            raise RuntimeError
        read.append(text.title)
        return {match.topic: match for match in matcher.match_text(text.title, text.text, text.language)}

    monkeypatch.setattr(replaying, "match_all", match_all)
    with pytest.raises(RuntimeError):
        replay_topics(bureau.store, bureau.matcher, ["ferries"], bureau.now)
    assert list_current(bureau.store) == [("ferries", True)] * 2 + [("taiwan", True)]
    read, wanted = [], len(TITLES) + 1
    retagged = retag_archive(bureau, ["ferries"])
    assert read == list(TITLES[2:])
    assert (retagged.articles, retagged.by_topic["ferries"]) == (3, Replayed(articles=3, gained=1))
    read = []
    both = retag_archive(bureau, ["ferries", "taiwan"])
    assert both.by_topic == {"ferries": Replayed(articles=5), "taiwan": Replayed(articles=5)}


def test_an_unknown_topic_is_refused_with_those_that_are_known(bureau: Bureau) -> None:
    with pytest.raises(SettingsError, match=r"there is no topic tides; declared are .*ferries"):
        retag_archive(bureau, ["tides"])


@pytest.mark.usefixtures("prefect", "bureau")
def test_the_flow_says_what_changed() -> None:
    from flows.replay import replay  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    done = replay(topics=["ferries"])
    assert done == {"articles": 5, "asked": 0, "by_topic": {"ferries": {"articles": 5, "gained": 3, "lost": 0}}}


@pytest.mark.usefixtures("prefect")
def test_a_replay_is_deployed_without_a_schedule() -> None:
    from flows.deployments import Place, build_deployments  # noqa: PLC0415

    schedules = {one.name: one.schedules for one in build_deployments(10, [], Place())}
    assert schedules["replay"] == []
    assert schedules["prune"]
