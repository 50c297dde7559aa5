"""A large archive to measure on: real texts of `../shared/data`, stored once as the rooms store them, then cloned in SQL."""

import gzip
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from news.articles import Article, DateSource, Quality
from news.reading import PageResult, PageTask
from news.sources import Outlet, PressSystem
from news.topics import Evidence
from storage.engine import Store, writing
from storage.feeds import sync_feeds
from storage.recording import record_articles
from storage.tables import topic_versions, topics
from storage.tsearch import BLOCK
from storage.words import index_text

BACKGROUND = Path(__file__).resolve().parents[2] / "shared" / "data" / "matching" / "background.jsonl.gz"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
OUTLET = Outlet("all", "All papers", "KR", "ko", PressSystem.SOUTH_KOREA, "all", "Asia/Seoul")
TOPIC = "taiwan"

# One article in twenty is matched, three to a story: the rate of the shipped topics on ordinary news.
_MATCHED_ONE_IN = 20
_STORY_OF = 60

_SERIES = {
    "postgresql": "generate_series(1, :copies) AS s (n)",
    "sqlite": "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :copies) SELECT n FROM s) AS s",
}
_LATER = {
    "postgresql": "a.published_at + s.n * interval '1 hour'",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', a.published_at, '+' || s.n || ' hours')",
}


def read_background(limit: int) -> list[PageResult]:
    """Return ordinary news in four languages as results to store."""
    with gzip.open(BACKGROUND, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in islice(file, limit)]
    return [_to_result(number, row) for number, row in enumerate(rows)]


def _to_result(number: int, row: dict[str, str]) -> PageResult:
    url = f"https://news.example/{number:06}"
    at = NOW - timedelta(days=60)
    article = Article(url, row["title"], row["text"], row["lang"], at, DateSource.FEED, Quality.CAREFUL)
    return PageResult(PageTask(OUTLET, url, row["title"], at), article)


def fill(store: Store, results: Sequence[PageResult], size: int) -> None:
    """Store results, clone them until there are `size` articles, tag and group."""
    sync_feeds(store, [OUTLET], [], NOW)
    with writing(store) as connection:
        connection.execute(topics.insert(), {"id": TOPIC, "title": "Taiwan", "version": "v1"})
        row = {"version": "v1", "topic_id": TOPIC, "declared_at": NOW, "content": {}}
        connection.execute(topic_versions.insert(), row)
    base = min(len(results), size)
    for start in range(0, base, 200):
        record_articles(store, results[start : min(start + 200, base)], NOW)
    _clone(store, base, size)
    _tag(store)


def _clone(store: Store, base: int, size: int) -> None:
    """The last copy of the base is cut where the size is reached."""
    dialect = store.dialect.name
    many = {"copies": math.ceil(size / base) - 1, "base": base, "size": size}
    kept = "outlet_id, title, language, published_from, first_seen_at, read_at, quality, partial, is_backlog, authors"
    source = f"FROM {{0}} CROSS JOIN {_SERIES[dialect]}"
    with writing(store) as connection:
        connection.execute(
            sa.text(
                f"INSERT INTO articles (id, url, published_at, is_date_only, {kept}) "
                f"SELECT a.id + s.n * :base, a.url || '/' || s.n, {_LATER[dialect]}, a.is_date_only, "
                f"a.{kept.replace(', ', ', a.')} {source.format('articles a')} WHERE a.id + s.n * :base <= :size"
            ),
            many,
        )
        connection.execute(
            sa.text(
                "INSERT INTO revisions (id, article_id, number, title, text, text_hash, quality, read_at, notes, mentions) "
                "SELECT r.id + s.n * :base, r.article_id + s.n * :base, 1, r.title, r.text, r.text_hash, r.quality, "
                f"r.read_at, r.notes, r.mentions {source.format('revisions r')} WHERE r.article_id + s.n * :base <= :size"
            ),
            many,
        )
    if dialect == "postgresql":
        _clone_index_postgres(store, many)
    else:
        _clone_index_sqlite(store, base, size)


def _clone_index_postgres(store: Store, many: dict[str, int]) -> None:
    """GIN is made anew at the end, which takes a tenth of the time."""
    block = f"('''#' || ((w.article_id + s.n * :base) / {BLOCK}) || '''')::tsvector"
    with writing(store) as connection:
        connection.execute(sa.text("DROP INDEX ix_article_words_words"))
        connection.execute(
            sa.text(
                "INSERT INTO article_words SELECT w.article_id + s.n * :base, "  # noqa: S608 (our own words)
                f"{block} || ts_delete(w.words, '#0') FROM article_words w CROSS JOIN {_SERIES['postgresql']} "
                "WHERE w.article_id + s.n * :base <= :size"
            ),
            many,
        )
        connection.execute(sa.text("SET LOCAL maintenance_work_mem = '1GB'"))
        connection.execute(sa.text("CREATE INDEX ix_article_words_words ON article_words USING gin (words)"))
    with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def _clone_index_sqlite(store: Store, base: int, size: int) -> None:
    with writing(store) as connection:
        rows = connection.execute(
            sa.text("SELECT article_id, title, text FROM revisions WHERE article_id <= :n"), {"n": base}
        )
        words = [(row.article_id, " ".join(index_text(row.title, row.text))) for row in rows]
        insert = sa.text("INSERT INTO article_words (rowid, words) VALUES (:id, :words)")
        for shift in range(base, size, base):
            connection.execute(
                insert, [{"id": key + shift, "words": text} for key, text in words if key + shift <= size]
            )
        connection.execute(sa.text("ANALYZE"))


def _tag(store: Store) -> None:
    evidence = json.dumps(asdict(Evidence((), "", {})))
    cast = "CAST(:evidence AS jsonb)" if store.dialect.name == "postgresql" else ":evidence"
    with writing(store) as connection:
        for statement in (
            (
                "INSERT INTO stories (id, opened_at, changed_at) "  # noqa: S608 (our own words)
                f"SELECT a.id, a.published_at, a.published_at FROM articles a WHERE a.id % {_STORY_OF} = 0"
            ),
            (
                f"UPDATE articles SET story_id = id / {_STORY_OF} * {_STORY_OF}, origin_id = id "  # noqa: S608
                f"WHERE id >= {_STORY_OF} AND id % {_MATCHED_ONE_IN} = 0"
            ),
        ):
            connection.execute(sa.text(statement))
        connection.execute(
            sa.text(
                "INSERT INTO matches (revision_id, article_id, topic_id, topic_version, gazetteer_version, score, "  # noqa: S608
                "evidence, is_current, is_silent, matched_at) "
                f"SELECT r.id, a.id, '{TOPIC}', 'v1', 'g1', 0.9, {cast}, true, false, a.read_at "
                "FROM articles a JOIN revisions r ON r.article_id = a.id WHERE a.story_id IS NOT NULL"
            ),
            {"evidence": evidence},
        )
        connection.execute(sa.text("ANALYZE"))
