"""A search index that lacks articles is noticed within a bounded time, and made anew, on both engines."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from news.errors import StorageError
from news.reading import PageTask
from news.sources import Outlet
from storage.engine import Store, open_store, reading, writing
from storage.feeds import sync_feeds
from storage.indexes import find_unindexed, is_index_whole, reindex
from storage.queries import parse_query
from storage.recording import record_articles
from storage.search import forget_articles, search_articles
from tests.storage.conftest import MakeResult

COUNT = 60


@pytest.fixture
def filled(store: Store, make_result: MakeResult, outlet: Outlet, now: datetime) -> Store:
    """Sixty articles, of which the third is signs alone: it has no word to be found by."""
    sync_feeds(store, [outlet], [], now)
    urls = [f"https://a.example/{number}" for number in range(COUNT)]
    texts = dict.fromkeys(range(COUNT), ("台湾局势", "They met; 대만.")) | {2: ("!?", "...")}
    results = [
        make_result(PageTask(outlet, url, "", now), title=texts[n][0], text=texts[n][1], topic=None)
        for n, url in enumerate(urls)
    ]
    record_articles(store, results, now)
    return store


def test_an_index_that_holds_every_article_is_good(filled: Store) -> None:
    assert find_unindexed(filled) == []


def test_an_empty_archive_lacks_nothing(store: Store) -> None:
    assert find_unindexed(store) == []
    assert reindex(store) == 0


@pytest.mark.parametrize("gone", [range(1, 21), range(COUNT - 19, COUNT + 1)], ids=["oldest", "newest"])
def test_articles_out_of_the_index_are_noticed_and_come_back(filled: Store, now: datetime, gone: range) -> None:
    with writing(filled) as connection:
        forget_articles(connection, gone)
    missing = find_unindexed(filled)
    assert missing
    assert set(missing) <= set(gone)
    query = parse_query("台湾", now)
    assert len(search_articles(filled, query, now, limit=100)) < COUNT - 1
    counts: list[int] = []
    assert reindex(filled, counts.append) == counts[-1] == COUNT
    assert find_unindexed(filled) == []
    assert len(search_articles(filled, query, now, limit=100)) == COUNT - 1


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("damage", "is_seen_whole"),
    [
        ("UPDATE article_words_data SET block = zeroblob(length(block)) WHERE id > 10", False),
        ("DELETE FROM article_words_data WHERE id > 10", False),
        ("UPDATE article_words_data SET block = zeroblob(length(block)) WHERE id = 10", True),  # to FTS5 an empty one
    ],
)
def test_a_damaged_index_is_noticed_and_made_anew(
    filled: Store, now: datetime, damage: str, is_seen_whole: bool
) -> None:
    path = Path(filled.url.database or "")
    assert is_index_whole(path)
    with writing(filled) as connection:
        connection.execute(sa.text(damage))
    filled.dispose()
    assert is_index_whole(path) == is_seen_whole
    assert len(find_unindexed(filled)) > COUNT // 3
    reindex(filled)
    assert is_index_whole(path)
    assert find_unindexed(filled) == []
    assert search_articles(filled, parse_query("台湾局势", now), now)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_search_that_meets_a_damaged_index_says_what_to_do(filled: Store, now: datetime) -> None:
    with writing(filled) as connection:
        connection.execute(sa.text("DELETE FROM article_words_data WHERE id > 10"))
    filled.dispose()
    with pytest.raises(StorageError, match=r"its search index is damaged.*dateline reindex"):
        search_articles(filled, parse_query("台湾", now), now)


def test_a_file_without_an_index_has_no_damaged_one(tmp_path: Path) -> None:
    dump = tmp_path / "x.dump"
    dump.write_bytes(b"PGDMP")
    assert is_index_whole(dump)
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    assert is_index_whole(tmp_path / "x.db")


def test_no_index_is_made_anew_under_who_writes(filled: Store, store_url: str) -> None:
    other = open_store(store_url)
    with reading(other) as connection:
        connection.execute(sa.text("SELECT count(*) FROM articles")).all()
        with pytest.raises(StorageError, match="is in use; stop"):
            reindex(filled)
    other.dispose()
    assert find_unindexed(filled) == []
