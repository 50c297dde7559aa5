"""`dateline topics`, on a home whose archive holds three articles."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from news.articles import Article, DateSource, Quality
from news.errors import ReadError
from news.reading import PageResult, PageTask
from news.sources import Outlet, PressSystem
from storage.engine import open_store
from storage.feeds import sync_feeds
from storage.recording import record_articles
from storage.schema import ensure_schema
from tests.servers import serve_http

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline  # for the type alone: conftest is no module to import at run time

NOW = datetime.now(UTC)
OUTLET = Outlet("harbour", "Harbour Herald", "GB", "en", PressSystem.INTERNATIONAL, "harbour", "Europe/London")
TITLES = {
    "strait": "Beijing sends warships through the Taiwan Strait",
    "summit": "Taiwan's president meets lawmakers on the defence budget against China",
    "rain": "Ferry returns to the harbour after the storm",
}
OWN = """[topics.ferries]
title = "Ferries"
description = "Ships that carry people."
seed = "a test"
keys = ["ferry-words"]

[topics.ferries.phrases.ferry-words]
en = ["{word}"]

[[topics.ferries.examples]]
language = "en"
matches = true
title = "Ferry returns"
"""


@pytest.fixture
def archive(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home, with stored articles that nothing has tagged, and lines that nobody wraps."""
    for module in ("cli.topics", "cli.drafting"):
        monkeypatch.setattr(f"{module}.out", Console(highlight=False, width=200))
    home.mkdir(parents=True)
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    ensure_schema(store)
    sync_feeds(store, [OUTLET], [], NOW)
    for name, title in TITLES.items():
        url = f"https://harbour.example/{name}"
        article = Article(url, title, f"{title}, it was said.", "en", NOW, DateSource.FEED, Quality.CAREFUL)
        record_articles(store, [PageResult(PageTask(OUTLET, url, title, NOW), article)], NOW)
    store.dispose()
    return home


def declare(home: Path, word: str) -> Path:
    path = home / "seeds" / "topics" / "ferries.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OWN.format(word=word), encoding="utf-8")
    return path


def test_topics_are_listed(dateline: "Dateline", archive: Path) -> None:
    declare(archive, "ferry")
    ended = dateline("topics", "list")
    assert ended.status == 0, ended.err
    assert "ferries" in ended.out
    assert "sino-korean-summitry" in ended.out


def test_a_check_runs_examples_and_surveys_the_archive(dateline: "Dateline", archive: Path) -> None:
    declare(archive, "ferry")
    ended = dateline("topics", "check", "--json")
    assert ended.status == 0, ended.err
    told = json.loads(ended.out)
    assert (told["failed"], told["articles"]) == ([], 3)
    assert {"topic": "ferries", "language": "en", "articles": 1} in told["matches"]
    assert "3 articles of the archive" in dateline("topics", "check").out


def test_a_failed_example_fails_the_check_and_is_named(dateline: "Dateline", archive: Path) -> None:
    declare(archive, "tram")
    ended = dateline("topics", "check")
    assert ended.status == 1
    assert "ferries: should match, scores 0.00: Ferry returns" in ended.out


def test_a_replay_does_what_the_preview_said_and_its_tags_can_be_marked(dateline: "Dateline", archive: Path) -> None:
    path = declare(archive, "ferry")
    seen = dateline("topics", "preview", path)
    assert "1 more than now, 0 no longer" in seen.out
    assert TITLES["rain"] in seen.out
    replayed = dateline("topics", "replay", "ferries").out.splitlines()
    assert replayed[0] == "3 articles read again."
    assert replayed[-1].split() == ["ferries", "1", "0"]
    declare(archive, "tram")
    assert "0 more than now, 1 no longer" in dateline("topics", "preview", path).out
    declare(archive, "ferry")
    assert dateline("topics", "mark", "https://harbour.example/rain", "ferries", "wrong").status == 0
    [mark] = json.loads(dateline("topics", "check", "--json").out)["marks"]
    assert (mark["topic"], mark["wrong"], mark["precision"]) == ("ferries", 1, 0.0)
    [labelled] = [json.loads(line) for line in dateline("topics", "marks", "export").out.splitlines()]
    assert (labelled["title"], labelled["labels"]) == (TITLES["rain"], {"ferries": 0})


def test_a_replay_without_names_is_of_every_topic(dateline: "Dateline", archive: Path) -> None:
    declare(archive, "ferry")
    gained = {line.split()[0]: line.split()[1] for line in dateline("topics", "replay").out.splitlines()[2:]}
    assert gained.keys() == set(json.loads(dateline("topics", "check", "--json").out)["topics"])
    assert (gained["ferries"], gained["taiwan"], gained["north-korea"]) == ("1", "2", "0")


def test_an_unknown_topic_cannot_be_replayed(dateline: "Dateline", archive: Path) -> None:
    assert archive.is_dir()
    ended = dateline("topics", "replay", "tides")
    assert (ended.status, "no topic tides" in ended.err) == (2, True)


def test_a_draft_is_printed_alone_previewed_and_saved_once(dateline: "Dateline", archive: Path, tmp_path: Path) -> None:
    text = tmp_path / "article.txt"
    text.write_text(f"{TITLES['strait']}\nChina's navy sent warships. Taiwan's military warned.", encoding="utf-8")
    ended = dateline("topics", "suggest", text, "--write", "strait")
    assert ended.status == 0, ended.err
    assert "[topics.strait]" in ended.out
    assert TITLES["strait"] in ended.err  # what it would have caught
    path = archive / "seeds" / "topics" / "strait.toml"
    assert path.read_text(encoding="utf-8") == ended.out
    assert "strait" in dateline("topics", "list").out
    again = dateline("topics", "suggest", text, "--write", "strait")
    assert (again.status, "choose another id" in again.err) == (2, True)
    assert dateline("topics", "suggest", text, "--write", "A strait").status == 2


PAGE = f"""<html lang="en"><head><title>{TITLES["strait"]}</title></head><body><article><h1>{TITLES["strait"]}</h1>
<p>China's navy sent eight warships through the Taiwan Strait on Monday, and Taiwan's defence ministry sent its own.</p>
<p>The foreign ministry in Beijing warned Taipei's government against what it called separatist provocations again.</p>
</article></body></html>"""


def test_a_page_is_read_from_standard_input_and_from_its_address(
    dateline: "Dateline", archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert archive.is_dir()

    def answer(_path: str, _body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {"content-type": "text/html"}, PAGE.encode()

    said = dateline("topics", "suggest", "-", said=PAGE.encode())
    assert said.status == 0, said.err
    assert '"taiwan:' in said.out
    with serve_http(answer) as place:
        monkeypatch.setenv("DATELINE_ALLOWED_NETWORKS", "127.0.0.0/8")
        monkeypatch.setenv("DATELINE_ALLOWED_PORTS", place.rpartition(":")[2])
        fetched = dateline("topics", "suggest", "--url", f"{place}/article")
    assert fetched.status == 0, fetched.err
    assert fetched.out == said.out


def test_a_page_is_read_in_a_worker_with_its_limits(
    dateline: "Dateline", archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert archive.is_dir()
    dead = ReadError("the worker that read this page died")
    monkeypatch.setattr("extractors.workers.WorkerPool.run_each", lambda _pool, _function, pages: [dead for _ in pages])
    ended = dateline("topics", "suggest", "-", said=PAGE.encode())
    assert (ended.status, ended.err) == (1, "dateline: the worker that read this page died\n")
