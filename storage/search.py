"""Searching title and text of articles: the index beside the articles, and what is found in it.

SQLite keeps the tokens of `storage.words` in an FTS5 table without content (`rowid` is the article's id): an old text is
taken out by naming its tokens once more, which come from the stored revision. PostgreSQL keeps them as a `tsvector`
under GIN, together with a token for the block of ids that the article stands in: with it, a word that stands in a fifth
of all articles is looked up among the newest blocks alone.

The index holds title and text of an article's latest revision as stored, and changes in the same transaction.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.engine import Store, reading, writing
from storage.filters import list_conditions
from storage.queries import AllOf, Query, Term, Words, found_terms
from storage.snippets import Marked, compile_terms, make_snippet, mark_title
from storage.tables import articles, matches, outlets, revisions
from storage.tsearch import CUT, ask_newest, has_phrase, holds, to_loose_tsquery, to_tsquery, to_tsvector
from storage.words import fold_words, index_text, phrase_tokens

# Of a common word, so many of the newest articles are ranked: ten pages, and their texts are read in 10 to 20 ms.
_RANKED = 200

# Of texts whose places PostgreSQL does not keep, so many times as many are looked into: a thousand, at 0.1 to 6 ms each.
_LOOKS = 5

# On PostgreSQL the newest blocks of ids are looked through before all of them, and give the answer where they hold as many as
# are ranked: so the answer is the same as from all of them, and as SQLite's. First two; then as many as will hold enough at
# the rate of those before, and half as many again, since news comes in waves.
_BLOCKS = 2
_RESERVE = 1.5

# Between two equally relevant articles, one that is 30 days older counts half.
_HALVES_AFTER = timedelta(days=30)

_SNIPPET = 160  # two lines of a terminal


@dataclass(frozen=True, slots=True)
class Found:
    """A found article with what to show of it. `score` is relevance, lowered by age; `topics` are its current tags."""

    article_id: int
    score: float
    title: Marked
    snippet: Marked
    url: str
    outlet: str
    language: str | None
    published_at: datetime
    topics: tuple[str, ...]
    revised_at: datetime | None = None
    removed_at: datetime | None = None


def index_articles(connection: sa.Connection, texts: Sequence[tuple[int, str, str]]) -> None:
    """Index new articles, each as its id, title and text. Call it where their first revisions are stored."""
    if not texts:
        return
    tokens = [(article_id, index_text(title, text)) for article_id, title, text in texts]
    if connection.dialect.name == "postgresql":
        rows = [{"id": article_id, "words": to_tsvector(article_id, words)} for article_id, words in tokens]
        connection.execute(_PUT_POSTGRES, rows)
    else:
        connection.execute(_PUT_SQLITE, [{"id": article_id, "words": " ".join(words)} for article_id, words in tokens])


def reindex_article(connection: sa.Connection, article_id: int, before: int, title: str, text: str) -> None:
    """Index an article's new text in place of revision number `before`. Call it where the new revision is stored."""
    if connection.dialect.name == "sqlite":
        _forget(connection, article_id, before)
    index_articles(connection, [(article_id, title, text)])


def _forget(connection: sa.Connection, article_id: int, number: int) -> None:
    query = sa.select(revisions.c.title, revisions.c.text)
    old = connection.execute(query.where(revisions.c.article_id == article_id, revisions.c.number == number)).one()
    connection.execute(_CUT_SQLITE, {"id": article_id, "words": " ".join(index_text(old.title, old.text))})


def forget_articles(connection: sa.Connection, article_ids: Sequence[int]) -> None:
    """Take articles out of the index, while their latest revisions are still there."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text("DELETE FROM article_words WHERE article_id = ANY(:ids)"), {"ids": list(article_ids)}
        )
        return
    query = sa.select(articles.c.id, articles.c.revision_count).where(articles.c.id.in_(article_ids))
    for row in connection.execute(query).all():
        _forget(connection, row.id, row.revision_count)


_PUT_POSTGRES = sa.text(
    "INSERT INTO article_words (article_id, words) VALUES (:id, CAST(:words AS tsvector)) "
    "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words"
)
_PUT_SQLITE = sa.text("INSERT INTO article_words (rowid, words) VALUES (:id, :words)")
_CUT_SQLITE = sa.text("INSERT INTO article_words (article_words, rowid, words) VALUES ('delete', :id, :words)")


def search_articles(store: Store, query: Query, now: datetime, *, limit: int = 20) -> list[Found]:
    """Return what a query finds, best first: of the newest 200 finds, the most relevant and youngest.

    With filters alone, the latest published articles are returned, newest first.
    """
    with reading(store) as connection:
        ids = _find_ids(connection, query, limit)
        rows = _load(connection, ids)
        topics = _load_topics(connection, ids)
    pattern = compile_terms(found_terms(query.words))
    ranked = sorted(((_score(row, pattern, now), row) for row in rows), key=_rank, reverse=True)
    return [_to_found(row, score, pattern, topics.get(row.id, ())) for score, row in ranked[:limit]]


def _rank(found: tuple[float, Any]) -> tuple[float, datetime, int]:
    """Among equals, such as what is dated ahead, the latest published and the latest stored comes first."""
    score, row = found
    return score, row.published_at, row.id


def _find_ids(connection: sa.Connection, query: Query, limit: int) -> list[int]:
    conditions = list_conditions(connection, query)
    if query.words is None:
        newest_first = articles.c.published_at.desc(), articles.c.id.desc()
        return list(
            connection.scalars(sa.select(articles.c.id).where(*conditions).order_by(*newest_first).limit(limit))
        )
    if connection.dialect.name == "sqlite":
        return _find_sqlite(connection, _to_fts5(query.words), conditions)
    return _find_postgres(connection, query.words, conditions, limit)


def _find_sqlite(connection: sa.Connection, words: str, conditions: Sequence[sa.ColumnElement[bool]]) -> list[int]:
    """FTS5 gives rows from the newest on, each is looked up for the filters, and the limit ends it."""
    index = sa.table("article_words", sa.column("rowid", sa.Integer))
    query = sa.select(index.c.rowid).where(sa.text("article_words MATCH :words"))
    if conditions:
        query = query.where(sa.exists().where(articles.c.id == index.c.rowid, *conditions))
    return list(connection.scalars(query.order_by(index.c.rowid.desc()).limit(_RANKED), {"words": words}))


def _find_postgres(
    connection: sa.Connection, words: Words, conditions: Sequence[sa.ColumnElement[bool]], limit: int
) -> list[int]:
    """Look through ever more blocks until enough is found; a rare word is soon looked up in all.

    Sequential scans are switched off for the transaction: the planner does not count what reading a tsvector costs.
    """
    connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
    newest = connection.scalar(sa.select(sa.func.max(articles.c.id))) or 0
    blocks = _BLOCKS
    while among := ask_newest(newest, blocks):
        ids = _find_in_index(connection, words, conditions, among=among)
        if len(ids) >= _RANKED:
            return ids
        blocks = math.ceil(_RESERVE * blocks * _RANKED / max(len(ids), 1))
    return _find_in_index(connection, words, conditions, wanted=limit)


def _find_in_index(
    connection: sa.Connection,
    words: Words,
    conditions: Sequence[sa.ColumnElement[bool]],
    *,
    among: str | None = None,
    wanted: int = 0,
) -> list[int]:
    """Look for the newest finds among some blocks, or among all; unmarked ones apart, lest marked look-alikes hide them."""
    there = f" & ({among})" if among else ""
    asked, loose = f"({to_tsquery(words)}){there}", f"{to_loose_tsquery(words)}{there}"
    if not has_phrase(words):
        return _ask_index(connection, asked, conditions)
    sure = _ask_index(connection, f"({asked}) & !{CUT}", conditions, loose=loose)
    marked = _find_marked(connection, words, f"({asked}) & {CUT}", conditions, wanted - len(sure))
    return sorted((*sure, *marked), reverse=True)[:_RANKED]


def _find_marked(
    connection: sa.Connection, words: Words, asked: str, conditions: Sequence[sa.ColumnElement[bool]], wanted: int
) -> list[int]:
    """Look into the newest marked texts, and on into older ones where fewer than wanted are finds."""
    found: list[int] = []
    older: list[sa.ColumnElement[bool]] = []
    for _ in range(_LOOKS):
        ids = _ask_index(connection, asked, [*conditions, *older])
        found += _drop_lookalikes(connection, words, ids)
        if len(ids) < _RANKED or len(found) >= wanted:
            break
        older = [articles.c.id < ids[-1]]
    return found


def _ask_index(
    connection: sa.Connection, asked: str, conditions: Sequence[sa.ColumnElement[bool]], *, loose: str = ""
) -> list[int]:
    """Look for the newest articles that the index gives and that meet conditions.

    Whether a phrase is one stands in the texts' places, at 30 us each: with conditions those are read only of what meets
    them, among what a `loose` question finds.
    """
    hits = sa.text("SELECT article_id FROM article_words WHERE words @@ CAST(:hits AS tsquery)")
    hits = hits.bindparams(hits=loose if loose and conditions else asked)
    hit = hits.columns(sa.column("article_id", sa.BigInteger)).cte("hits").prefix_with("MATERIALIZED")
    query = sa.select(hit.c.article_id)
    if conditions:
        query = query.join(articles, articles.c.id == hit.c.article_id).where(*conditions)
    if loose and conditions:
        met = query.cte("met").prefix_with("MATERIALIZED")
        index = sa.table("article_words", sa.column("article_id", sa.BigInteger))
        query = sa.select(met.c.article_id).join(index, index.c.article_id == met.c.article_id)
        query = query.where(sa.text("article_words.words @@ CAST(:sure AS tsquery)").bindparams(sure=asked))
    newest_first = query.order_by(query.selected_columns.article_id.desc())
    return list(connection.scalars(newest_first.limit(_RANKED)))


def _drop_lookalikes(connection: sa.Connection, words: Words, marked: list[int]) -> list[int]:
    """Drop marked texts that the index takes for finds and that hold something else."""
    wrong = {row.id for row in _load(connection, marked) if not holds(words, index_text(row.title, row.text))}
    return [one for one in marked if one not in wrong]


def words_condition(connection: sa.Connection, words: Words) -> sa.ColumnElement[bool]:
    """Return the condition that an article holds words: all that do, for an export, in no order."""
    if connection.dialect.name == "sqlite":
        found = sa.text("SELECT rowid AS id FROM article_words WHERE article_words MATCH :words")
        return _is_among(found.bindparams(words=_to_fts5(words)))
    asked = "SELECT article_id AS id FROM article_words WHERE words @@ CAST(:words AS tsquery)"
    if not has_phrase(words):
        return _is_among(sa.text(asked).bindparams(words=to_tsquery(words)))
    sure = sa.text(asked).bindparams(words=f"{to_tsquery(words)} & !{CUT}")
    marked = list(connection.scalars(sa.text(asked), {"words": f"{to_tsquery(words)} & {CUT}"}))
    return _is_among(sure) | articles.c.id.in_(_drop_lookalikes(connection, words, marked))


def _is_among(found: sa.TextClause) -> sa.ColumnElement[bool]:
    return articles.c.id.in_(sa.select(found.columns(sa.column("id", sa.BigInteger)).subquery().c.id))


def _to_fts5(words: Words) -> str:
    if isinstance(words, Term):
        tokens, may_go_on = phrase_tokens(words.units)
        return f'"{" ".join(tokens)}"{"*" if may_go_on or words.is_prefix else ""}'
    joined = (" AND " if isinstance(words, AllOf) else " OR ").join(map(_to_fts5, words.parts))
    unwanted = words.without if isinstance(words, AllOf) else ()
    return f"({' NOT '.join((f'({joined})', *map(_to_fts5, unwanted)))})"


def _load(connection: sa.Connection, article_ids: Sequence[int]) -> Sequence[sa.Row[Any]]:
    of_article = ("id", "url", "language", "published_at", "revised_at", "removed_at")
    columns = [articles.c[name] for name in of_article]
    latest = (revisions.c.article_id == articles.c.id) & (revisions.c.number == articles.c.revision_count)
    query = sa.select(*columns, outlets.c.name, revisions.c.title, revisions.c.text).join(revisions, latest)
    query = query.join(outlets, outlets.c.id == articles.c.outlet_id)
    return connection.execute(query.where(articles.c.id.in_(article_ids))).all()


def _load_topics(connection: sa.Connection, article_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    query = sa.select(matches.c.article_id, matches.c.topic_id).order_by(matches.c.score.desc(), matches.c.topic_id)
    found: dict[int, tuple[str, ...]] = {}
    for article_id, topic in connection.execute(
        query.where(matches.c.article_id.in_(article_ids), matches.c.is_current)
    ):
        found[article_id] = (*found.get(article_id, ()), topic)
    return found


def _score(row: Any, pattern: re.Pattern[str] | None, now: datetime) -> float:  # noqa: ANN401 (a row of _load)
    """A find in the title counts like ten in the text, further ones in the text ever less; age halves it all."""
    age: timedelta = max(now - row.published_at, timedelta())
    freshness: float = 0.5 ** (age / _HALVES_AFTER)
    if pattern is None:
        return freshness
    in_text = sum(1 for _ in pattern.finditer(fold_words(row.text).text))
    in_title = pattern.search(fold_words(row.title).text) is not None
    return (math.log2(2 + in_text) + math.log2(11) * in_title) * freshness


def _to_found(row: Any, score: float, pattern: re.Pattern[str] | None, topics: tuple[str, ...]) -> Found:  # noqa: ANN401
    return Found(
        article_id=row.id,
        score=round(score, 3),
        title=mark_title(row.title, pattern),
        snippet=make_snippet(row.text, pattern, width=_SNIPPET),
        url=row.url,
        outlet=row.name,
        language=row.language,
        revised_at=row.revised_at,
        removed_at=row.removed_at,
        published_at=row.published_at,
        topics=topics,
    )


def rebuild_index(store: Store, *, batch: int = 500, tell: Callable[[int], object] = lambda _: None) -> int:
    """Index every article anew, a batch to a transaction; return how many there are, and `tell` how many are done so far.

    What the index must give whatever was done to it one by one: tests hold it against this. A migration cannot use it on
    SQLite, since it opens transactions of its own.
    """
    with writing(store) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("TRUNCATE article_words"))
        else:
            connection.execute(sa.text("INSERT INTO article_words (article_words) VALUES ('delete-all')"))
    done = 0
    for ids in _id_batches(store, batch):
        done += _index_batch(store, ids)
        tell(done)
    return done


def _id_batches(store: Store, batch: int) -> Iterator[list[int]]:
    last = 0
    while True:
        query = sa.select(articles.c.id).where(articles.c.id > last).order_by(articles.c.id).limit(batch)
        with reading(store) as connection:
            ids = list(connection.scalars(query))
        if not ids:
            return
        yield ids
        last = ids[-1]


def _index_batch(store: Store, article_ids: Sequence[int]) -> int:
    with writing(store) as connection:
        rows = _load(connection, article_ids)
        index_articles(connection, [(row.id, row.title, row.text) for row in rows])
    return len(rows)
