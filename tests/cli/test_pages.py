"""`dateline extract` and `dateline match`, alone and piped."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.saved_pages import SavedPage, read_saved_record
from news.errors import ReadError

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline

BODY = "President Lee Jae Myung met President Xi Jinping in Beijing on Monday for a summit on trade. " * 4
PAGE = f"""<html lang="en"><head><title>Xi and Lee hold summit in Beijing</title>
<link rel="canonical" href="https://herald.example/world/1">
<meta property="article:published_time" content="2026-01-05T09:00:00+09:00"></head>
<body><article><h1>Xi and Lee hold summit in Beijing</h1><p>{BODY}</p><p>{BODY}</p></article></body></html>"""


def test_a_page_becomes_an_article_with_where_its_time_comes_from(dateline: "Dateline", tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    article = json.loads(dateline("extract", page, "--json").out)
    assert article["title"] == "Xi and Lee hold summit in Beijing"
    assert article["url"] == "https://herald.example/world/1"
    assert (article["published_at"], article["published_from"]) == ("2026-01-05T00:00:00+00:00", "meta")
    assert (article["language"], article["quality"]) == ("en", "careful")
    assert article["sources"] == {
        "url": "canonical link",
        "title": "heading",
        "text": "careful reader",
        "published_at": "meta",
        "language": "text",
    }
    shown = dateline("extract", page, "--url", "https://herald.example/world/2").out
    assert "published  2026-01-05 00:00 UTC (from meta" in shown
    assert "title from heading, text from careful reader" in shown
    assert BODY.strip() in shown


def test_a_stream_keeps_its_order_and_a_bad_page_costs_its_own_line(dateline: "Dateline", tmp_path: Path) -> None:
    (tmp_path / "plain.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "packed.html").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "empty.html").write_bytes(b"")
    named = ["plain", "empty", "packed", "missing"]
    lines = [{"id": name, "path": f"{name}.html", "url": f"https://herald.example/{name}"} for name in named]
    stream = tmp_path / "pages.jsonl.gz"
    stream.write_bytes(gzip.compress("\n".join(map(json.dumps, [*lines, {"id": "no path"}])).encode()))
    ended = dateline("extract", "--jsonl", stream)
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 0
    assert [row["id"] for row in rows] == [*named, "no path"]
    assert ["error" in row for row in rows] == [False, True, False, True, True]
    assert rows[0]["text"] == rows[2]["text"]
    matched = [json.loads(line) for line in dateline("match", said=ended.out.encode()).out.splitlines()]
    assert [one["topic"] for one in matched[0]["matches"]] == ["sino-korean-summitry"]
    assert matched[1] == {**rows[1], "matches": []}


def test_a_single_page_is_read_in_a_worker_with_its_limits(
    dateline: "Dateline", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    dead = ReadError("the worker that read it died")
    monkeypatch.setattr("extractors.workers.WorkerPool.run_each", lambda _pool, _function, pages: [dead for _ in pages])
    ended = dateline("extract", tmp_path / "page.html")
    assert (ended.status, ended.err) == (1, "dateline: the worker that read it died\n")


def test_a_line_that_is_no_record_costs_itself_alone(dateline: "Dateline", tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    good = json.dumps({"id": 1, "path": "page.html"})
    stream = tmp_path / "pages.jsonl"
    stream.write_text(f"[]\n{good}\n{good}\nno json\n{good}\n{{\n}}", encoding="utf-8")
    ended = dateline("extract", "--jsonl", stream)
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [(row["id"], row.get("line"), "text" in row) for row in rows] == [
        *((None, 1, False), (1, None, True), (1, None, True)),
        *((None, 4, False), (1, None, True), (None, 6, False), (None, 7, False)),
    ]
    assert f"{stream}:4: this line is no JSON" in rows[3]["error"]
    assert ended.status == 1
    assert ended.err.startswith(f"dateline: {stream}:1: a line must be a JSON object")
    assert ended.err.endswith("(and 3 more such lines)\n")


def test_a_bug_that_a_page_meets_is_the_answer_of_its_own_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr("cli.saved_pages.read_article", lambda *_, **__: 1 / 0)
    with pytest.raises(ReadError, match="a defect in Dateline"):
        read_saved_record(SavedPage("page.html", tmp_path, "", datetime(2026, 1, 5, tzinfo=UTC)))
    assert "division by zero" in caplog.text


def test_evidence_quotes_the_original_and_the_line_comes_back_whole(dateline: "Dateline") -> None:
    line = {
        "id": 7,
        "lang": "ko",
        "title": "시진핑·이재명, 베이징서 정상회담",
        "text": "韓中 정상이 만났다.",
        "mine": [1],
    }
    [row] = [json.loads(out) for out in dateline("match", "-", said=json.dumps(line).encode()).out.splitlines()]
    assert {name: row[name] for name in line} == line
    [match] = [one for one in row["matches"] if one["topic"] == "sino-korean-summitry"]
    assert 0.5 <= match["score"] <= 1
    for hit in match["evidence"]:
        assert row[hit["where"]][hit["start"] : hit["end"]] == hit["quote"]
    assert {"Xi Jinping", "Lee Jae Myung"} <= {hit["label"] for hit in match["evidence"]}


def test_an_explanation_names_what_was_found(dateline: "Dateline") -> None:
    lines = [{"id": 1, "title": "Xi and Lee hold summit", "text": f"{'Rain. ' * 60}{BODY}"}, {"id": 2, "title": "Rain"}]
    out = dateline("match", "--explain", said="\n".join(map(json.dumps, lines)).encode()).out
    assert "sino-korean-summitry" in out
    assert "Xi Jinping" in out
    assert "…" in out
    assert "about none of the topics" in out


def test_half_a_character_costs_nothing(dateline: "Dateline") -> None:
    said = b'{"id": 1, "title": "Xi Jinping \\ud83d in Beijing", "text": "Xi Jinping met Lee Jae Myung \\udc00 there."}'
    ended = dateline("match", said=said)
    assert ended.status == 0
    assert json.loads(ended.out)["title"] == "Xi Jinping \ud83d in Beijing"


def test_own_entities_and_topics_match_too(dateline: "Dateline", home: Path) -> None:
    (home / "seeds" / "topics").mkdir(parents=True)
    (home / "seeds" / "topics" / "rain.toml").write_text(
        '[topics.rain]\ntitle = "Rain"\ndescription = "Rain."\nseed = "Our own."\nkeys = ["rain-words"]\n'
        '[topics.rain.phrases.rain-words]\nen = ["heavy rain"]\n',
        encoding="utf-8",
    )
    said = b'{"id": 1, "title": "Heavy rain", "text": "Heavy rain fell. Heavy rain goes on."}'
    row = json.loads(dateline("match", said=said).out)
    assert [one["topic"] for one in row["matches"]] == ["rain"]
    assert list((home / "cache").iterdir())
