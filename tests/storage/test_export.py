import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest

from news.errors import StorageError
from news.reading import PageResult, PageTask
from news.sources import Feed, Outlet
from storage import export
from storage.engine import Store
from storage.export import COLUMNS, export_articles, write_csv, write_jsonl, write_parquet
from storage.feeds import sync_feeds
from storage.queries import parse_query
from storage.recording import record_articles
from storage.topics import TopicVersion, sync_topics


@pytest.fixture(autouse=True)
def _archive(store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult]) -> None:
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    for title, topic in (("=1+1, 회담", "summitry"), ("台湾", None), ("Rain", None)):
        task = PageTask(outlet, f"https://a.example/{title[0]}", title, now)
        record_articles(store, [make_result(task, title=title, text="One.\nTwo.", topic=topic)], now)


def test_a_record_says_what_is_known_and_why_it_was_tagged(store: Store, now: datetime) -> None:
    [first, *_] = export_articles(store)
    assert list(first) == [name for name in COLUMNS if name != "topics"]
    assert (first["id"], first["outlet"], first["press_system"]) == ("1", "hanbit", "south-korea")
    assert first["published_at"] == now.isoformat()
    [match] = first["matches"]
    assert (match["topic"], match["score"], match["evidence"][0]["quote"]) == ("summitry", 0.9, "Beijing")


@pytest.mark.parametrize(
    ("text", "ids"), [("台湾", ["2"]), ("topic:summitry", ["1"]), ("one -topic:summitry", ["2", "3"])]
)
def test_a_search_chooses_what_is_exported(store: Store, now: datetime, text: str, ids: list[str]) -> None:
    assert [record["id"] for record in export_articles(store, parse_query(text, now))] == ids


def test_batches_meet_without_a_gap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(export_articles(store))
    monkeypatch.setattr(export, "_BATCH", 2)
    assert list(export_articles(store)) == whole
    assert len(whole) == 3


def test_json_lines_come_back_as_written(store: Store) -> None:
    file = io.StringIO()
    assert write_jsonl(export_articles(store), file) == 3
    assert [json.loads(line) for line in file.getvalue().splitlines()] == list(export_articles(store))


def test_csv_is_safe_to_open_and_complete(store: Store) -> None:
    file = io.StringIO(newline="")
    assert write_csv(export_articles(store), file) == 3
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["title"], rows[0]["topics"], rows[0]["text"]) == ("'=1+1, 회담", "summitry", "One.\nTwo.")
    assert json.loads(rows[0]["matches"])[0]["topic"] == "summitry"
    assert rows[1]["matches"] == ""


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_no_cell_begins_as_a_formula(store: Store, sign: str) -> None:
    file = io.StringIO(newline="")
    records = [record | {"title": f"{sign}1+1"} for record in export_articles(store)]
    write_csv(records, file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert [row["title"] for row in rows] == [f"'{sign}1+1"] * 3


def test_texts_can_be_left_out(store: Store) -> None:
    assert all("text" not in record for record in export_articles(store, with_text=False))


def test_parquet_without_its_library_says_what_to_install(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(export, "import_module", refuse)
    with pytest.raises(StorageError, match="make parquet"):
        write_parquet(export_articles(store), tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


def test_parquet_holds_the_columns_of_the_csv(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path = tmp_path / "x.parquet"
    assert write_parquet(export_articles(store), path) == 3
    rows = import_module("pyarrow.parquet").read_table(path).to_pylist()
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["title"], rows[0]["topics"], rows[0]["partial"]) == ("=1+1, 회담", "summitry", False)
