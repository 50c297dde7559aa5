"""The archive's commands, on a home with three stored articles."""

import csv
import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from cli import commands
from cli.app import app
from cli.checkup import judge_index
from news.articles import Article, DateSource, Quality
from news.errors import StorageError
from news.reading import PageResult, PageTask
from news.sources import Fetched, Outlet, PressSystem
from storage.engine import open_store
from storage.feeds import sync_feeds
from storage.recording import record_articles
from storage.schema import ensure_schema

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
OUTLET = Outlet("hanbit", "Hanbit Daily", "KR", "ko", PressSystem.SOUTH_KOREA, "hanbit", "Asia/Seoul")
TEXTS = {"ko": ("정상회담", "대만 문제도 다뤘다."), "zh-Hans": ("台湾局势", "海峡两岸"), "en": ("Rain", "It rained.")}
Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("DATELINE_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATELINE_HOME", str(tmp_path))
    monkeypatch.setenv("DATELINE_ZONE", "Asia/Seoul")
    monkeypatch.setenv("DATELINE_KEEP_UNMATCHED_TEXTS_DAYS", "30")
    store = open_store(f"sqlite:///{tmp_path / 'dateline.db'}")
    ensure_schema(store)
    sync_feeds(store, [OUTLET], [], NOW)
    old = NOW - timedelta(days=60)
    for language, (title, text) in TEXTS.items():
        url = f"https://a.example/{language}"
        article = Article(url, title, text, language, old, DateSource.FEED, Quality.CAREFUL)
        record_articles(store, [PageResult(PageTask(OUTLET, url, title, old), article)], old)
    store.dispose()
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:  # noqa: ARG001 (the surroundings)
    commands.register()

    def invoke(*arguments: str, status: int = 0) -> Result:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == status, result.output
        return result

    return invoke


def test_search_shows_what_is_found(run: Run) -> None:
    shown = run("search", "대만").stdout
    assert "정상회담" in shown
    assert "Hanbit Daily" in shown
    assert "https://a.example/ko" in shown
    assert run("search", "없는말").stdout == "Nothing found.\n"


def test_search_as_json_tells_where_to_mark(run: Run) -> None:
    [found] = json.loads(run("search", "臺灣 OR", "海峡", "--json").stdout)
    assert found["title"] == {"text": "台湾局势", "marks": [[0, 2]]}
    assert found["snippet"]["marks"] == [[0, 2]]


def test_a_search_that_cannot_be_understood_is_wrong_usage(run: Run) -> None:
    assert "a quotation mark is not closed" in run("search", '"대만', status=2).stderr
    assert "there is no topic 'nothing'" in run("export", "topic:nothing", status=2).stderr


def test_export_writes_what_the_files_name_says(run: Run, home: Path) -> None:
    lines = run("export", "--no-texts").stdout.splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["정상회담", "台湾局势", "Rain"]
    run("export", "language:zh", "--output", str(home / "out.csv"))
    with (home / "out.csv").open(newline="", encoding="utf-8") as file:
        assert [row["text"] for row in csv.DictReader(file)] == ["海峡两岸"]
    assert "cannot be written to standard output" in run("export", "--format", "parquet", status=2).stderr
    assert "cannot be written" in run("export", "-o", str(home / "none" / "x.csv"), status=1).stderr


def test_the_names_ending_may_be_in_capitals(run: Run, home: Path) -> None:
    run("export", "--output", str(home / "out.CSV"))
    assert (home / "out.CSV").read_text(encoding="utf-8").startswith("id,")


def run_in_shell(command: str, **environment: str) -> tuple[int, str]:
    """Run `$DATELINE ...` in a shell; return its status and what it says on standard error."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    surroundings |= {"DATELINE": f"{sys.executable} -m cli", **environment}
    ended = subprocess.run(["sh", "-c", command], cwd=ROOT, env=surroundings, capture_output=True, check=False)  # noqa: S603, S607 (our own words)
    return ended.returncode, ended.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["export", "search 대만", "article 1"])
def test_a_full_disk_is_told_of_by_its_right_name(command: str, unbuffered: str) -> None:
    said = "dateline: standard output cannot be written: No space left on device\n"
    assert run_in_shell(f"$DATELINE {command} >/dev/full", PYTHONUNBUFFERED=unbuffered) == (1, said)


@pytest.mark.usefixtures("home")
def test_a_closed_output_is_told_of() -> None:
    said = "dateline: standard output is closed; send it to a file, or to /dev/null\n"
    assert run_in_shell("$DATELINE export >&-") == (1, said)
    assert run_in_shell("$DATELINE search 대만 --json >&-") == (1, said)


@pytest.mark.usefixtures("home")
def test_an_argument_that_is_no_text_is_wrong_usage() -> None:
    bad = r"$(printf '\377')"
    assert run_in_shell(f"$DATELINE search language:{bad}") == (
        2,
        "dateline: a search is text in UTF-8, and '\\udcff' in this one is none\n",
    )
    assert run_in_shell(f"$DATELINE article {bad}") == (2, "dateline: an argument is no text: its bytes are no UTF-8\n")


def test_an_export_that_fails_leaves_the_older_file(run: Run, home: Path) -> None:
    kept = home / "keep.jsonl"
    run("export", "-o", str(kept))
    before = kept.read_bytes()
    run("export", "outlet:nosuch", "-o", str(kept), status=2)
    assert kept.read_bytes() == before
    run("export", "language:ko", "-o", str(kept))
    assert kept.read_bytes().count(b"\n") == 1
    assert not list(home.glob("*.partial"))
    run("export", "-o", "/dev/null")


def test_a_backup_is_restored_only_when_asked(run: Run, home: Path) -> None:
    run("backup")
    [kept] = (home / "backups").glob("*.db")
    run("prune")
    assert isinstance(run("restore", str(kept), status=1).exception, StorageError)
    assert "is as it was in" in run("restore", str(kept), "--yes").stdout
    assert "It rained" in run("search", "rained").stdout


def test_a_damaged_search_index_is_told_of_and_made_anew(run: Run, home: Path) -> None:
    """It is in backups too, which count all the same: everything else is in them."""
    with closing(sqlite3.connect(home / "dateline.db")) as connection:
        connection.execute("UPDATE article_words_data SET block = zeroblob(length(block)) WHERE id > 10")
        connection.commit()
    damaged = run("backup", status=1)
    assert "verified" in damaged.stdout
    assert "everything is in the backup, but the database's search index is damaged: stop" in damaged.stderr
    [kept] = (home / "backups").glob("*.db")
    assert "run `./dateline reindex`" in run("restore", str(kept), "--yes").stdout
    findings = [json.loads(line) for line in CliRunner().invoke(app, ["doctor", "--json"]).stdout.splitlines()]
    [found] = [one for one in findings if one["subject"] == "search index"]
    assert (found["grade"], "dateline reindex" in found["remedy"]) == ("wrong", True)
    assert "3 articles are indexed" in run("reindex").stdout
    assert "It rained" in run("search", "rained").stdout
    assert judge_index([]).grade == "good"


def test_no_database_is_made_to_back_it_up(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_HOME", str(home / "typo"))
    assert "There is no database" in str(run("backup", status=1).exception)
    assert not (home / "typo").exists()


def test_prune_says_what_it_forgets_and_a_dry_run_what_it_would(run: Run) -> None:
    assert run("prune", "--dry-run").stdout == "Would forget 3 texts.\n"
    assert run("prune").stdout == "Forgot 3 texts.\n"
    assert run("prune").stdout == "Forgot nothing.\n"


def revise(home: Path, text: str, at: datetime, **result: object) -> None:
    """Read the Korean article again: its page has this text now, or, with none, is gone."""
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    url, title = "https://a.example/ko", TEXTS["ko"][0]
    article = Article(url, title, text, "ko", at, DateSource.FEED, Quality.CAREFUL) if text else None
    task = PageTask(OUTLET, url, title, at, article_id=1)
    record_articles(store, [PageResult(task, article, **result)], at)  # type: ignore[arg-type]
    store.dispose()


def test_an_article_is_shown_with_what_changed(run: Run, home: Path) -> None:
    revise(
        home,
        "의제는 비밀이다.\n대만 문제도 다뤘다.\n회담은 두 시간 걸렸고 공동 발표문은 나오지 않았다.",
        NOW - timedelta(hours=2),
    )
    shown = run("article", "https://a.example/ko?utm_source=rss").stdout
    assert "changed" in shown
    assert "(from feed, 100% sure)" in shown
    assert "+ 의제는 비밀이다." in shown
    assert "- 대만" not in shown
    assert "changed" in run("search", "대만").stdout
    revise(home, "", NOW, gone=True, reason="404")
    assert "removed" in run("article", "1").stdout
    assert "removed" in run("search", "대만").stdout
    record = json.loads(run("article", "1", "--json").stdout)
    assert [one["number"] for one in record["revisions"]] == [1, 2]
    run("article", "https://a.example/none", status=1)


@pytest.mark.parametrize(
    ("quality", "partial", "reading"),
    [
        (Quality.FEED, True, "feed, the feed gives no more, "),
        (Quality.FEED, False, "feed, 2"),
        (Quality.CAREFUL, True, "careful, cut off by the publisher, "),
    ],
)
def test_an_article_s_text_is_said_to_be_the_whole_or_not(
    run: Run, home: Path, quality: Quality, partial: bool, reading: str
) -> None:
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    url = "https://a.example/told"
    article = Article(url, "Told", "They met.", "en", NOW, DateSource.FEED, quality, partial=partial)
    record_articles(store, [PageResult(PageTask(OUTLET, url, "Told", NOW), article)], NOW)
    store.dispose()
    assert f"reading    {reading}" in run("article", url).stdout


def test_of_an_article_s_day_alone_no_hour_is_shown(run: Run, home: Path) -> None:
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    url, midnight = "https://a.example/day", datetime(2026, 1, 4, tzinfo=ZoneInfo(OUTLET.zone)).astimezone(UTC)
    article = Article(url, "Told", "They met.", "en", midnight, DateSource.URL, Quality.CAREFUL, date_only=True)
    record_articles(store, [PageResult(PageTask(OUTLET, url, "Told", NOW), article)], NOW)
    store.dispose()
    assert "published  2026-01-04 (from url" in run("article", url).stdout


def test_a_kept_page_is_written_as_it_was_fetched(run: Run, home: Path) -> None:
    assert "kept for 30 days (DATELINE_KEEP_PAGES_DAYS)" in run("article", "1", "--page", status=1).stderr
    body = "<p>대만 문제도 다뤘다.</p>\n".encode("cp949")
    page = Fetched("https://a.example/ko", "https://a.example/ko", 200, {"content-type": "text/html"}, body)
    revise(home, "의제는 비밀이다.\n대만 문제도 다뤘다.", NOW, page=page)
    assert run("article", "1", "--page").stdout_bytes == body
    again = run("article", "1", "--page", "--revision", "2")
    assert again.stdout_bytes == body
    assert "https://a.example/ko as text/html on " in again.stderr
    assert "not as JSON" in run("article", "1", "--page", "--json", status=2).stderr
    assert "revision 1 of article 1 is not there" in run("article", "1", "--page", "--revision", "1", status=1).stderr
    assert "kept of revision 2; --page writes it" in run("article", "1").stdout
    assert "it chooses the page" in run("article", "1", "--revision", "1", status=2).stderr
    ours, terminal = pty.openpty()
    command = [sys.executable, "-m", "cli", "article", "1", "--page"]
    shown = subprocess.run(command, cwd=ROOT, stdout=terminal, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 (our own words)
    os.close(ours)
    os.close(terminal)
    assert (shown.returncode, "add `> page-1.html`" in shown.stderr) == (1, True)
