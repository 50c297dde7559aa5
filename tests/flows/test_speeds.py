"""Two speeds: what is read quickly, that nothing is lost by it, and when it is read carefully after all."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.net import list_lost, make_matcher
from flows.rounds import open_round
from flows.settings import read_settings
from flows.steps import watching
from flows.steps.replaying import replay_topics
from flows.steps.speeds import ReadingTime
from flows.steps.watching import Figures, poll_batch, read_batch
from flows.wiring import Bureau, open_bureau
from news.articles import Article, DateSource, Quality
from news.reading import PageResult, PageTask, Recorded
from news.sources import Outlet, PressSystem
from seeds.sample.edition import load_edition
from seeds.sample.newsroom import serve_edition, write_declarations
from storage.engine import reading, writing
from storage.health import QuickTexts, count_quick_texts
from storage.tables import articles, matches

NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
TASK = PageTask(
    Outlet("o", "O", "KR", "ko", PressSystem.SOUTH_KOREA, "o", "Asia/Seoul"), "https://o.example/1", "", NOW
)


@dataclass(frozen=True)
class Edition:
    """The sample edition being served, and a home that has read it wide once."""

    origin: str
    home: Path
    first: Figures


@contextmanager
def open_wide(home: Path, origin: str) -> Iterator[Bureau]:
    """Open a bureau whose setting is wide; it watches for one topic, which not every page concerns."""
    settings = {
        "home": str(home),
        "seeds": str(home / "shipped"),
        "allowed_networks": "127.0.0.0/8",
        "allowed_ports": origin.rpartition(":")[2],
        "host_seconds": "0",
        "per_host": "8",
        "env_file": os.devnull,
        "reading": "wide",
    }
    read = read_settings({f"DATELINE_{name.upper()}": value for name, value in settings.items()})
    with open_bureau(read, now=lambda: NOW) as bureau:
        declared = bureau.declarations
        yield replace(bureau, declarations=replace(declared, topics={"taiwan": declared.topics["taiwan"]}))


@pytest.fixture(scope="module")
def read_edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    home = tmp_path_factory.mktemp("home")
    with serve_edition(load_edition(), now=NOW) as newsroom:
        write_declarations(newsroom.edition, home / "shipped", newsroom.origin)
        with open_wide(home, newsroom.origin) as bureau:
            first = asyncio.run(run_round(bureau))
        yield Edition(newsroom.origin, home, first)


@pytest.fixture
def wide(read_edition: Edition, tmp_path: Path) -> Iterator[Bureau]:
    """A bureau whose database is a copy of the one that read the edition once."""
    home = tmp_path / "home"
    shutil.copytree(read_edition.home, home)
    with open_wide(home, read_edition.origin) as bureau:
        yield bureau


async def run_round(bureau: Bureau, time: ReadingTime | None = None) -> Figures:
    async with open_round(bureau) as round_:
        assert round_
        round_.time = time or round_.time
        while await poll_batch(round_):
            pass
        while await read_batch(round_):
            pass
        return round_.figures


def count_by_quality(bureau: Bureau, *conditions: sa.ColumnElement[bool]) -> dict[str, int]:
    query = sa.select(articles.c.quality, sa.func.count()).where(*conditions).group_by(articles.c.quality)
    with reading(bureau.store) as connection:
        return dict(connection.execute(query).tuples().all())


IS_TAGGED = articles.c.id.in_(sa.select(matches.c.article_id).where(matches.c.is_current))


async def test_a_wide_round_reads_carefully_what_a_topic_may_concern_and_the_rest_when_there_is_time(
    wide: Bureau, read_edition: Edition
) -> None:
    quick = read_edition.first.quick
    assert count_by_quality(wide)["quick"] == quick > 0
    assert "quick" not in count_by_quality(wide, IS_TAGGED)
    assert count_quick_texts(wide.store) == QuickTexts(quick, left=0)

    figures = await run_round(replace(wide, now=lambda: NOW + timedelta(hours=2)))
    assert figures.improved == quick
    assert (figures.quick, figures.articles, figures.revised) == (0, 0, 0)
    assert set(count_by_quality(wide)) == {"careful", "feed"}
    assert count_by_quality(wide, articles.c.revised_at.is_not(None)) == {}  # better read is not changed


async def test_a_careful_round_without_time_reads_wide_but_looks_at_known_pages_once(read_edition: Edition) -> None:
    """A round that has no time left reads new pages wide, and still one batch of those that wait to be looked at."""
    settings = read_edition.home.parent / "pressed"
    shutil.copytree(read_edition.home, settings, ignore=shutil.ignore_patterns("dateline.db*"))
    with open_wide(settings, read_edition.origin) as bureau:
        careful = replace(bureau, settings=bureau.settings.model_copy(update={"reading": "careful"}))
        figures = await run_round(careful, ReadingTime(0.0))
        assert figures.quick == read_edition.first.quick
        later = replace(careful, now=lambda: NOW + timedelta(hours=2))
        assert (await run_round(later, ReadingTime(0.0))).improved == figures.quick


async def test_the_next_batch_is_claimed_before_one_is_stored_so_that_the_workers_do_not_wait_for_that(
    wide: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    waiting = [[TASK], [TASK]]

    def claim(*_: object, **__: object) -> list[PageTask]:
        done.append("claim")
        return waiting.pop() if waiting else []

    def record(*_: object) -> Recorded:
        done.append("store")
        return Recorded()

    async def read(tasks: Sequence[PageTask], *_: object, **__: object) -> list[PageResult]:
        done.append("read")
        return [PageResult(task) for task in tasks]

    for name, stand_in in {"claim_unread_entries": claim, "record_articles": record, "read_pages": read}.items():
        monkeypatch.setattr(watching, name, stand_in)
    async with open_round(wide) as round_:
        assert round_
        while await read_batch(round_):
            pass
    assert done == ["claim", "read", "claim", "store", "read", "claim", "store", "claim"]


def test_a_replay_asks_for_the_pages_of_quick_texts_that_are_caught_now(wide: Bureau) -> None:
    with writing(wide.store) as connection:
        connection.execute(articles.update().values(next_read_at=None))
        connection.execute(sa.text("UPDATE revisions SET quality = 'quick'"))
    done = replay_topics(wide.store, wide.matcher, ["taiwan"], wide.now)
    assert 0 < done.asked < done.articles
    with reading(wide.store) as connection:
        assert connection.scalar(sa.select(sa.func.count()).where(articles.c.next_read_at == NOW)) == done.asked


def make_result(seconds: float, quality: Quality = Quality.CAREFUL) -> PageResult:
    article = Article("https://o.example/1", "T", "Text", "en", NOW, DateSource.FEED, quality)
    return PageResult(TASK, article, seconds=seconds)


def test_a_round_reads_wide_once_more_pages_wait_than_it_has_time_for() -> None:
    time = ReadingTime.of_round(timedelta(minutes=5), workers=2)
    assert not time.is_short_for(5_000)
    assert time.is_short_for(50_000)
    time.note([make_result(0.5)] * 500, is_wide=False)  # pages turn out to be slow, and 250 s of 600 are spent
    assert time.is_short_for(1_000)
    assert not time.is_short_for(500)
    time.note([make_result(0.001, Quality.QUICK)] * 1_000, is_wide=True)  # which tells nothing of careful ones
    assert time.is_short_for(1_000)
    assert not time.is_over
    assert ReadingTime(60, is_always_wide=True).is_short_for(1)


@pytest.mark.usefixtures("shared_data")
def test_no_labelled_article_on_a_real_page_is_lost_to_quick_reading() -> None:
    """What matches on the careful text is caught on the quick one, whatever page it stands on."""
    pairs, lost = list_lost(make_matcher(), every=24)
    assert pairs > 500
    assert lost == []
