"""The archive for other programs: articles with their tags and evidence as JSON Lines, CSV or Parquet.

Records are read in batches by id, each in a transaction of its own, so an export of any size takes little memory and
holds nobody up. An article's record has the fields of `dateline match`: what is exported can be matched and grouped.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa

from news.errors import StorageError
from storage.engine import Store, reading
from storage.filters import list_conditions
from storage.queries import Query
from storage.search import words_condition
from storage.tables import articles, matches, outlets, revisions

Record = dict[str, Any]

_BATCH = 500

COLUMNS = (
    "id",
    "url",
    "title",
    "language",
    "published_at",
    "outlet",
    "outlet_name",
    "press_system",
    "authors",
    "first_seen_at",
    "quality",
    "partial",
    "story",
    "origin",
    "topics",
    "matches",
    "text",
)
"""The columns of CSV and Parquet; JSON Lines have the same fields without `topics`, which `matches` names."""

# A spreadsheet would run a cell that begins like this as a formula; headlines come from anywhere.
# Some fold the full-width forms first, which East Asian keyboards write.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def export_articles(store: Store, query: Query | None = None, *, with_text: bool = True) -> Iterator[Record]:
    """Yield a record for every article, or for all that a search finds, in order of their ids.

    Times are ISO 8601 in UTC; `matches` are the current ones, best first, with `topic`, `score`, `evidence` (the hits),
    `sentence`, `parts` and both versions.
    """
    last = 0
    conditions = _list_conditions(store, query) if query else []
    while True:
        with reading(store) as connection:
            rows = connection.execute(_batch_after(last, conditions)).all()
            found = _load_matches(connection, [row.id for row in rows])
        if not rows:
            return
        yield from (_to_record(row, found.get(row.id, []), with_text=with_text) for row in rows)
        last = rows[-1].id


def _list_conditions(store: Store, query: Query) -> list[sa.ColumnElement[bool]]:
    """What holds for every article to export; found once, since texts may have to be looked at for it."""
    with reading(store) as connection:
        words = [words_condition(connection, query.words)] if query.words else []
        return [*list_conditions(connection, query), *words]


def _batch_after(last: int, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    latest = (revisions.c.article_id == articles.c.id) & (revisions.c.number == articles.c.revision_count)
    wanted = (
        sa.select(articles, revisions.c.text, outlets.c.name, outlets.c.press_system)
        .join(revisions, latest)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(articles.c.id > last, *conditions)
    )
    return wanted.order_by(articles.c.id).limit(_BATCH)


def _load_matches(connection: sa.Connection, article_ids: Sequence[int]) -> dict[int, list[Record]]:
    query = matches.select().where(matches.c.article_id.in_(article_ids), matches.c.is_current)
    found: dict[int, list[Record]] = {}
    for row in connection.execute(query.order_by(matches.c.score.desc(), matches.c.topic_id)):
        record = {
            "topic": row.topic_id,
            "score": row.score,
            "evidence": row.evidence["hits"],
            "sentence": row.evidence["sentence"],
            "parts": row.evidence["parts"],
            "topic_version": row.topic_version,
            "gazetteer_version": row.gazetteer_version,
        }
        found.setdefault(row.article_id, []).append(record)
    return found


def _to_record(row: Any, found: list[Record], *, with_text: bool) -> Record:  # noqa: ANN401 (articles, joined)
    record = {
        "id": str(row.id),
        "url": row.url,
        "title": row.title,
        "language": row.language,
        "published_at": _iso(row.published_at),
        "outlet": row.outlet_id,
        "outlet_name": row.name,
        "press_system": row.press_system,
        "authors": row.authors,
        "first_seen_at": _iso(row.first_seen_at),
        "quality": row.quality,
        "partial": row.partial,
        "story": str(row.story_id) if row.story_id else None,
        "origin": str(row.origin_id) if row.origin_id else None,
        "matches": found,
    }
    return record | {"text": row.text} if with_text else record


def _iso(at: datetime) -> str:
    return at.isoformat()


def write_jsonl(records: Iterable[Record], file: TextIO) -> int:
    """Write a JSON object a line; return how many."""
    count = 0
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_csv(records: Iterable[Record], file: TextIO) -> int:
    """Write a table with a header; return how many rows. Open the file with `newline=""`.

    `topics` are ids with a space between, `matches` is JSON; a cell that a spreadsheet would take for a formula gets an
    apostrophe before it.
    """
    writer = csv.DictWriter(file, COLUMNS, restval="")
    writer.writeheader()
    count = 0
    for record in records:
        writer.writerow({name: _to_cell(value) for name, value in _flatten(record).items()})
        count += 1
    return count


def _flatten(record: Record) -> Record:
    return record | {
        "authors": "; ".join(record["authors"]),
        "topics": " ".join(match["topic"] for match in record["matches"]),
        "matches": json.dumps(record["matches"], ensure_ascii=False) if record["matches"] else "",
    }


def _to_cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write_parquet(records: Iterable[Record], path: Path) -> int:
    """Write a Parquet file with the columns of the CSV; return how many rows.

    Raises:
        StorageError: where pyarrow is not installed.
    """
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise StorageError(
            "Parquet needs pyarrow, which is not installed (it is large, and nothing else needs it): "
            "run `make parquet`, or export as jsonl or csv."
        ) from error
    schema = arrow.schema([(name, arrow.bool_() if name == "partial" else arrow.string()) for name in COLUMNS])
    flat, count = map(_flatten, records), 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while rows := list(islice(flat, _BATCH)):
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
            count += len(rows)
    return count


TEXT_FORMATS: dict[str, Callable[[Iterable[Record], TextIO], int]] = {"jsonl": write_jsonl, "csv": write_csv}
"""The formats that can be written to standard output too."""
