"""Whether the search index holds what it should, and making it anew. It comes from the articles, so nothing is lost with it."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage.backup import refuse_used
from storage.engine import Store, reading
from storage.search import rebuild_index
from storage.tables import articles, revisions
from storage.words import BREAK, index_text

REMEDY = "stop `./dateline serve` and all workers, then run `./dateline reindex`"

_NEWEST, _SPREAD = 20, 20
"""So many articles are looked for, at some milliseconds each: no more in a larger archive."""
_WORDS = 30
"""Of each, so many of its first words."""


def find_unindexed(store: Store) -> list[int]:
    """Look for the newest articles, and for others from all over the archive, by their words; return those not found.

    On SQLite an index that cannot be read finds none of them.
    """
    with reading(store) as connection:
        chosen = _choose(connection)
    missed = _list_missed(store, chosen)
    return _list_missed(store, missed)  # once more: one that was read again meanwhile is indexed by its new text


def _list_missed(store: Store, article_ids: Collection[int]) -> list[int]:
    with reading(store) as connection:
        rows = _load(connection, article_ids)
        try:
            return [row.id for row in rows if not _is_found(connection, row)]
        except sa.exc.DatabaseError as error:
            if isinstance(error, sa.exc.OperationalError):
                raise
            return [row.id for row in rows]


def _choose(connection: sa.Connection) -> set[int]:
    ids = sa.select(articles.c.id)
    newest = connection.scalars(ids.order_by(articles.c.id.desc()).limit(_NEWEST)).all()
    steps = [newest[0] * step // _SPREAD for step in range(_SPREAD)] if newest else []
    spread = [connection.scalar(ids.where(articles.c.id >= one).order_by(articles.c.id).limit(1)) for one in steps]
    return {*newest, *(one for one in spread if one is not None)}


def _load(connection: sa.Connection, article_ids: Collection[int]) -> Sequence[sa.Row[Any]]:
    latest = (revisions.c.article_id == articles.c.id) & (revisions.c.number == articles.c.revision_count)
    query = sa.select(articles.c.id, revisions.c.title, revisions.c.text).join(revisions, latest)
    return connection.execute(query.where(articles.c.id.in_(article_ids)).order_by(articles.c.id)).all()


def _is_found(connection: sa.Connection, row: sa.Row[Any]) -> bool:
    words = list(dict.fromkeys(word for word in index_text(row.title, row.text)[:_WORDS] if word != BREAK))
    if connection.dialect.name == "sqlite":
        query = "SELECT 1 FROM article_words WHERE article_words MATCH :asked AND rowid = :id"
        asked = " AND ".join(f'"{word}"' for word in words)
    else:
        query = "SELECT 1 FROM article_words WHERE words @@ CAST(:asked AS tsquery) AND article_id = :id"
        asked = " & ".join(f"'{word}'" for word in words)
    return not words or connection.scalar(sa.text(query), {"asked": asked, "id": row.id}) is not None


def is_index_whole(path: Path) -> bool:
    """Check all of the search index in a SQLite file that nobody uses; true for one without, and for a dump.

    It reads the whole index. FTS5 checks by a statement that counts as writing, though it changes nothing.
    """
    with path.open("rb") as file:
        if not file.read(16).startswith(b"SQLite format 3"):
            return True
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'article_words'").fetchone():
            return True
        try:
            connection.execute("INSERT INTO article_words (article_words) VALUES ('integrity-check')")
        except sqlite3.Error:
            return False
    return True


def reindex(store: Store, tell: Callable[[int], object] = lambda _: None) -> int:
    """Index every article anew, while nobody else uses the database; return how many, and `tell` how many are done so far.

    After one that is broken off, search finds less until it is done again.

    Raises:
        StorageError: when somebody uses the database, whose writing would meet an index that is half there.
    """
    refuse_used(store)
    return rebuild_index(store, tell=tell)
