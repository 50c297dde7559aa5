"""Bad input to the whole command line: one sentence that names place and remedy, no traceback, nothing lost."""

import gzip
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = [
    (
        "DATELINE_WORKER",
        "2",
        "DATELINE_WORKER (in the environment) is no setting of Dateline; did you mean DATELINE_WORKERS?",
    ),
    ("DATELINE_WORKERS", "many", "DATELINE_WORKERS (in the environment) is wrong"),
    ("DATELINE_ZONE", "Mars/Olympus", "no IANA time zone"),
    ("DATELINE_SMTP_SECURITY", "maybe", "DATELINE_SMTP_SECURITY"),
    ("DATELINE_ALLOWED_NETWORKS", "10.0.0.0/99", "DATELINE_ALLOWED_NETWORKS"),
]


@pytest.mark.parametrize(("name", "value", "said"), SETTINGS)
@pytest.mark.parametrize(
    "command", [("match",), ("feeds", "list"), ("settings",), ("digest", "list"), ("upgrade",), ("run",)]
)
def test_a_wrong_setting_ends_every_command_with_2(
    dateline: "Dateline",
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    said: str,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setenv(name, value)
    ended = dateline(*command)
    assert ended.status == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


SEEDS = [
    (
        "feeds.toml",
        "[feeds.mine]\nurl = 'ftp://x.example/rss'\ntitle = 'x'\noutlet = 'mine'\nlanguage = 'en'\n",
        "feeds.toml",
    ),
    ("feeds.toml", "[feeds.mine\n", "feeds.toml:1"),
    (
        "subscriptions.toml",
        "[subscriptions.a]\ntitle = 'A'\ntopics = ['weather']\nchannels = ['file']\n",
        'no topic "weather"',
    ),
    ("subscriptions.toml", "[subscriptions.a]\ntitel = 'A'\n", "subscriptions.toml"),
    ("topics/mine.toml", "[topics.mine]\nkeys = ['nobody-at-all']\n", "mine.toml"),
]


@pytest.mark.parametrize(("file", "content", "said"), SEEDS)
@pytest.mark.parametrize("command", [("feeds", "list"), ("digest", "preview", "a"), ("run",)])
def test_a_broken_declaration_ends_every_command_that_reads_it_with_2(
    dateline: "Dateline", home: Path, file: str, content: str, said: str, command: tuple[str, ...]
) -> None:
    path = home / "seeds" / file
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    ended = dateline(*command)
    assert ended.status == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://watch:hush@127.0.0.1:1/news", "check that the server runs"),
        ("sqlite:////nowhere/at/all/dateline.db", "check that its folder exists"),
        ("mongodb://127.0.0.1/news", "sqlite:///path/to/file.db or postgresql://"),
        ("nonsense", "DATELINE_DATABASE_URL"),
    ],
)
@pytest.mark.parametrize("command", [("feeds", "list"), ("digest", "list"), ("search", "taiwan"), ("run",)])
def test_a_database_out_of_reach_ends_with_1_and_shows_no_password(
    dateline: "Dateline", monkeypatch: pytest.MonkeyPatch, url: str, said: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", url)
    ended = dateline(*command)
    assert ended.status == 1
    assert said in ended.err
    assert "hush" not in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("command", [("feeds", "list"), ("init", "--yes", "--file"), ("run",)])
def test_a_home_that_cannot_be_written_is_named(
    dateline: "Dateline", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    (tmp_path / "occupied").write_text("a file\n", encoding="utf-8")
    monkeypatch.setenv("DATELINE_HOME", str(tmp_path / "occupied" / "home"))
    ended = dateline(*command)
    assert ended.status == 2
    assert f"DATELINE_HOME {tmp_path / 'occupied' / 'home'} cannot be written" in ended.err


STREAMS: Mapping[str, tuple[bytes, str]] = {
    "no JSON": (b"what?\n", ":1: this line is no JSON"),
    "a list": (b"[1]\n", ":1: a line must be a JSON object, this is list"),
    "the third line": (b"{}\n\n{\n", ":3: this line is no JSON"),
    "not UTF-8": (b'{"title": "\xff"}\n', ":1: this line is no JSON"),
    "nested without end": (b"[" * 100_000, ":1: this line is no JSON"),
    "cut gzip": (gzip.compress(b'{"id": 1}\n' * 1000)[:40], "damaged gzip"),
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("command", [("match", "-"), ("extract", "--jsonl", "-")])
def test_a_line_that_is_no_record_is_named(dateline: "Dateline", name: str, command: tuple[str, ...]) -> None:
    said, expected = STREAMS[name]
    ended = dateline(*command, said=said)
    assert ended.status == 1
    assert expected in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (("extract", "nowhere.html"), 1, "nowhere.html cannot be read: No such file or directory"),
        (("extract", "."), 1, "cannot be read: Is a directory"),
        (("extract",), 2, "give either a PAGE or --jsonl FILE"),
        (("extract", "a.html", "--jsonl", "-"), 2, "give either a PAGE or --jsonl FILE"),
        (("match", "nowhere.jsonl"), 1, "nowhere.jsonl cannot be read"),
        (("feeds", "parse", "nowhere.xml"), 1, "nowhere.xml cannot be read"),
        (("feeds", "import", "nowhere.opml"), 1, "nowhere.opml cannot be read"),
        (("feeds", "import", "-"), 1, "lists no feed"),
        (("feeds", "add", "not an address"), 2, "not an address"),
        (("feeds", "add", "https://a.example/", "--language", "korean"), 2, "korean is no language code"),
        (("feeds", "export", "/nowhere/at/all.opml"), 2, "/nowhere/at/all.opml cannot be written"),
        (("feeds", "discover", "http://127.0.0.1:80/"), 1, "127.0.0.1"),
        (("feeds", "discover", "::"), 1, "::"),
        (("digest", "preview", "evening"), 2, "there is no subscription 'evening'"),
        (("digest", "send", "evening"), 2, "there is no subscription 'evening'"),
        (("digest", "preview", "evening", "--format", "pdf"), 2, "pdf"),
        (("nonsense",), 2, "nonsense"),
        (("match", "--nonsense"), 2, "--nonsense"),
    ],
)
def test_wrong_usage_is_said(dateline: "Dateline", command: tuple[str, ...], status: int, said: str) -> None:
    ended = dateline(*command)
    assert ended.status == status
    assert said in " ".join(ended.err.replace("│", " ").split())


def _launch(home: Path, *arguments: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own, as the launcher does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environ |= {"DATELINE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-X", "importtime", "-m", "cli", *arguments]
    return subprocess.run(  # noqa: S603 (our own command)
        command, input=said, env=environ, cwd=home, capture_output=True, timeout=120, check=False
    )


HEAVY = ("prefect", "sqlalchemy", "httpx", "trafilatura", "aiohttp")


@pytest.mark.parametrize("arguments", [("--help",), ("extract", "--help"), ("match", "-"), ("feeds", "--help")])
def test_light_commands_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = _launch(tmp_path, *arguments, said=b'{"id": 1, "title": "Xi Jinping", "text": ""}\n')
    assert done.returncode == 0, done.stderr
    imported = {line.rpartition(b"|")[2].strip().decode() for line in done.stderr.splitlines()}
    assert "cli.app" in imported
    assert not imported & set(HEAVY)
