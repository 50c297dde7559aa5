"""`dateline digest`, in a home where one article waits to be told."""

import json
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.mail_catcher import Mailbox, catch_mail
from flows.settings import read_settings
from flows.steps.grouping import group_articles
from flows.wiring import open_bureau, sync_declarations, utc_now
from news.articles import Article, DateSource, Quality
from news.reading import PageResult
from news.sources import Entry, FeedState, Outcome, Poll, Refresh
from storage.articles import claim_unread_entries
from storage.feeds import record_polls
from storage.recording import record_articles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Dateline

LINK = "https://paper.example/1"
TITLE = "Xi Jinping and Lee Jae Myung hold summit talks in Beijing"
SUBSCRIPTION = """
[subscriptions.morning]
title = "Morning"
topics = ["sino-korean-summitry"]
channels = ["email:analyst@reader.example"]
"""


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Mailbox]":
    with catch_mail(tmp_path / "mailbox") as caught:
        monkeypatch.setenv("DATELINE_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("DATELINE_SMTP_PORT", str(caught.port))
        monkeypatch.setenv("DATELINE_SMTP_SECURITY", "none")
        yield caught


@pytest.fixture(autouse=True)
def _news(home: Path) -> None:
    """Store what a round would: one feed polled, one page read, matched and grouped."""
    (home / "seeds").mkdir(parents=True)
    (home / "seeds" / "subscriptions.toml").write_text(SUBSCRIPTION, encoding="utf-8")
    now = utc_now() - timedelta(minutes=5)
    with open_bureau(read_settings()) as bureau:
        sync_declarations(bureau)
        feed = next(iter(bureau.declarations.feeds.values()))
        entry = Entry(LINK, LINK, TITLE, published_at=now)
        state = FeedState(feed.id, feed.url, checked_at=now, next_check_at=now + timedelta(hours=1))
        record_polls(bureau.store, [Poll(Refresh(feed.id, now, Outcome.UPDATED, entries=1), state, (entry,))])
        [task] = claim_unread_entries(bureau.store, now, limit=10, lease_for=timedelta(minutes=5))
        article = Article(LINK, TITLE, f"{TITLE}.", "en", now, DateSource.FEED, Quality.CAREFUL)
        examined = bureau.matcher.examine(TITLE, article.text, "en")
        assert examined.matches
        record_articles(bureau.store, [PageResult(task, article, examined.mentions, examined.matches)], now)
        group_articles(bureau.store, lambda: now)


def test_a_preview_tells_and_stores_nothing(dateline: "Dateline") -> None:
    for form in ("text", "html", "markdown"):
        ended = dateline("digest", "preview", "morning", "--format", form)
        assert ended.status == 0, ended.err
        assert "hold summit talks in Beijing" in " ".join(ended.out.split())
    assert json.loads(dateline("digest", "preview", "morning", "--format", "json").out)["number"] == 1
    assert "No digest" in dateline("digest", "list").out


def test_a_digest_is_sent_once_listed_and_sent_again_when_asked(dateline: "Dateline", mailbox: Mailbox) -> None:
    assert "1 delivery sent, 0 failed" in dateline("digest", "send", "morning").out
    assert "nothing new" in dateline("digest", "send", "morning").out
    [row] = [json.loads(line) for line in dateline("digest", "list", "--json").out.splitlines()]
    assert (row["digest"], row["channel"], row["state"]) == ("morning/1", "email:analyst@reader.example", "sent")
    assert "1 delivery sent" in dateline("digest", "resend", "morning/1").out
    first, second = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in mailbox.caught)
    assert first["Message-ID"] == second["Message-ID"]
    assert str(first) == str(second)


def test_what_was_told_can_be_previewed_again(dateline: "Dateline", mailbox: Mailbox) -> None:
    dateline("digest", "send", "morning")
    assert len(mailbox.caught) == 1
    assert "hold summit talks" not in dateline("digest", "preview", "morning").out
    yesterday = f"{utc_now() - timedelta(days=1):%Y-%m-%d}"
    for since in ("24h", "3d", yesterday, f"{yesterday}T07:00", f"{yesterday}T07:00+09:00"):
        assert "hold summit talks" in " ".join(dateline("digest", "preview", "morning", "--since", since).out.split())
    assert "hold summit talks" not in dateline("digest", "preview", "morning", "--since", "0h").out


@pytest.mark.parametrize("since", ["yesterday", "9999999999d", "h", "2999-01-01", "-1h"])
def test_a_time_that_is_none_is_refused(dateline: "Dateline", since: str) -> None:
    ended = dateline("digest", "preview", "morning", f"--since={since}")
    assert ended.status == 2
    assert "Traceback" not in ended.err
    assert "2026-01-05" in ended.err or "lies ahead" in ended.err


def test_a_preview_goes_to_a_file_or_a_browser(
    dateline: "Dateline", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr("typer.launch", shown.append)
    assert dateline("digest", "preview", "morning", "--format", "slack", "-o", tmp_path / "a" / "b.json").status == 0
    assert json.loads((tmp_path / "a" / "b.json").read_text())["blocks"]
    assert dateline("digest", "preview", "morning", "--open").status == 0
    assert "hold summit talks" in Path(shown[0]).read_text(encoding="utf-8")
    ended = dateline("digest", "preview", "morning", "-o", tmp_path)
    assert ended.status == 2
    assert "cannot be written" in ended.err


def test_a_reader_who_stops_is_sent_nothing_more(dateline: "Dateline", mailbox: Mailbox) -> None:
    assert "morning is stopped" in dateline("digest", "stop", "morning").out
    ended = dateline("digest", "send", "morning")
    assert ended.status == 2
    assert "`./dateline digest resume morning`" in ended.err
    assert "Stopped since" in dateline("digest", "list").out
    assert "told again" in dateline("digest", "resume", "morning").out
    assert "1 delivery sent" in dateline("digest", "send", "morning").out
    assert "email:analyst" in dateline("digest", "stop", "morning", "--channel", "email:analyst@reader.example").out
    for name, arguments in {"resend": ["morning/1"], "stop": ["morning", "--channel", "slack"]}.items():
        ended = dateline("digest", name, *arguments)
        assert ended.status == 2
        assert "stopped" in ended.err or "its channels are email:analyst@reader.example" in ended.err
    assert len(mailbox.caught) == 1


def test_a_failed_delivery_is_listed_with_its_reason_and_found_by_the_doctor(
    dateline: "Dateline", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("DATELINE_SMTP_PORT", "1")
    ended = dateline("digest", "send", "morning")
    assert ended.status == 1
    [row] = [json.loads(line) for line in dateline("digest", "list", "--json").out.splitlines()]
    assert row["state"] == "pending"
    assert "127.0.0.1" in row["reason"]
    assert "No delivery was given up" in dateline("digest", "list", "--failed").out  # it is tried again
    findings = [json.loads(line) for line in dateline("doctor", "--json").out.splitlines()]
    [finding] = [one for one in findings if one["subject"].startswith("delivery")]
    assert finding["grade"] == "notice"
    assert "127.0.0.1" in finding["text"]


@pytest.mark.parametrize("name", ["morning/9", "morning", "evening/1", "/1", "morning/x"])
def test_a_digest_that_is_not_there_is_refused(dateline: "Dateline", name: str) -> None:
    ended = dateline("digest", "resend", name)
    assert ended.status == 2
    assert f"no digest '{name}'" in ended.err
