"""What is forgotten, and when. Everything goes in small batches, each its own transaction, so that nobody waits.

Never forgotten: digests and their deliveries, what was told, stories, matches with their evidence, and the title, dates
and address of an article that matched anything. A text goes only once neither it nor the story that it stands in has
changed for the whole time: until then a digest may need it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.engine import Store, reading, writing
from storage.pages import forget_pages_of
from storage.search import forget_articles, index_articles
from storage.tables import (
    article_urls,
    articles,
    entries,
    host_starts,
    marks,
    matches,
    pages,
    refreshes,
    report_keys,
    rests,
    revisions,
    robots,
    rounds,
    sightings,
    stories,
)

# Rows to a transaction: some tens of milliseconds on either engine.
_BATCH = 500

# Entries kept of each feed whatever their age: one that still stands in a feed would be new again. News sitemaps may
# list 1,000; other feeds are shorter.
_KEPT_ENTRIES = 1000


# What is noted of hosts is good until a moment; a day later nobody can still go by it, whatever the clocks say.
_NOTES = (host_starts.c.next_start, rests.c.until, robots.c.until)
_SPENT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept. `unmatched_*` are articles that no topic ever matched; None keeps for good.

    `pages` are those of matched articles as they were fetched; no others are kept at all.
    """

    texts_for: timedelta | None = None
    unmatched_texts_for: timedelta | None = timedelta(days=180)
    unmatched_articles_for: timedelta | None = None
    entries_for: timedelta | None = timedelta(days=180)
    refreshes_for: timedelta | None = timedelta(days=90)
    pages_for: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows were forgotten, or would be."""

    pages: int = 0
    texts: int = 0
    articles: int = 0
    entries: int = 0
    refreshes: int = 0
    rounds: int = 0
    host_notes: int = 0
    """Of hosts that are no longer asked, and of what was believed of them for a time."""


def prune_store(store: Store, rules: Retention, now: datetime, *, dry_run: bool = False) -> Pruned:
    """Forget what is older than the rules say; with `dry_run` only count it. Doing it twice changes nothing."""

    def prune(batches: Iterator[Sequence[int]], forget: Callable[[sa.Connection, Sequence[int]], None]) -> int:
        return sum(_forget_batch(store, ids, forget, dry_run=dry_run) for ids in batches)

    return Pruned(
        pages=prune(_stale_rows(store, pages.c.fetched_at, now - rules.pages_for), _delete_from(pages)),
        texts=prune(_stale_texts(store, rules, now), _empty_texts),
        articles=prune(_stale_articles(store, rules, now), _delete_articles),
        entries=prune(_stale_entries(store, rules, now), _delete_entries),
        refreshes=prune(
            _stale_rows(store, refreshes.c.started_at, _before(now, rules.refreshes_for)), _delete_from(refreshes)
        ),
        rounds=prune(_stale_rows(store, rounds.c.started_at, _before(now, rules.refreshes_for)), _delete_from(rounds)),
        host_notes=sum(_forget_notes(store, until, now - _SPENT_FOR, dry_run=dry_run) for until in _NOTES),
    )


def _forget_batch(
    store: Store, ids: Sequence[int], forget: Callable[[sa.Connection, Sequence[int]], None], *, dry_run: bool
) -> int:
    if ids and not dry_run:
        with writing(store) as connection:
            forget(connection, ids)
    return len(ids)


def _before(now: datetime, kept_for: timedelta | None) -> datetime | None:
    return None if kept_for is None else now - kept_for


def _walk(store: Store, query: sa.Select[Any], key: sa.ColumnElement[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
    """Yield the rows of a query in batches, in order of a key that it selects as `id`, each batch read by itself."""
    last = 0
    while True:
        with reading(store) as connection:
            rows = connection.execute(query.where(key > last).order_by(key).limit(_BATCH)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


# What a person has marked is kept as what a topic matched: it is labelled material.
_IS_MATCHED = sa.or_(
    sa.exists().where(matches.c.article_id == articles.c.id), sa.exists().where(marks.c.article_id == articles.c.id)
)


def _stale_texts(store: Store, rules: Retention, now: datetime) -> Iterator[Sequence[int]]:
    """Revisions are read in the order in which they were made, so a batch of young ones ends the walk."""
    before, unmatched_before = _before(now, rules.texts_for), _before(now, rules.unmatched_texts_for)
    limits = [limit for limit in (before, unmatched_before) if limit]
    if not limits:
        return
    query = (
        sa.select(revisions.c.id, revisions.c.read_at, stories.c.changed_at, _IS_MATCHED.label("is_matched"))
        .join(articles, articles.c.id == revisions.c.article_id)
        .outerjoin(stories, stories.c.id == articles.c.story_id)
        .where(sa.text("revisions.text <> ''"))  # in these words it is the condition of the partial index
    )
    for rows in _walk(store, query, revisions.c.id):
        if _are_young((row.read_at for row in rows), max(limits), now):
            return
        yield [row.id for row in rows if _is_stale(row, before if row.is_matched else unmatched_before)]


def _are_young(moments: Iterable[datetime], before: datetime, now: datetime) -> bool:
    """Whether all are of the time that is kept; what a clock that ran ahead has noted says nothing of what comes behind."""
    return all(before <= moment <= now for moment in moments)


def _is_stale(row: Any, before: datetime | None) -> bool:  # noqa: ANN401 (a row of _stale_texts)
    return before is not None and max(row.read_at, row.changed_at or row.read_at) < before


def _empty_texts(connection: sa.Connection, revision_ids: Sequence[int]) -> None:
    """An article stays searchable by its title."""
    latest = (revisions.c.article_id == articles.c.id) & (revisions.c.number == articles.c.revision_count)
    query = sa.select(revisions.c.article_id, revisions.c.title).join(articles, latest)
    rows = connection.execute(query.where(revisions.c.id.in_(revision_ids))).all()
    forget_articles(connection, [row.article_id for row in rows])
    change = revisions.update().where(revisions.c.id.in_(revision_ids))
    connection.execute(change.values(text="", mentions=[]))
    index_articles(connection, [(row.article_id, row.title, "") for row in rows])


def _stale_articles(store: Store, rules: Retention, now: datetime) -> Iterator[Sequence[int]]:
    """They are stored in the order in which they were first seen, more or less; one that was read again lately stays."""
    before = _before(now, rules.unmatched_articles_for)
    if before is None:
        return
    query = sa.select(articles.c.id, articles.c.first_seen_at, articles.c.read_at, _IS_MATCHED.label("is_matched"))
    for rows in _walk(store, query.where(articles.c.story_id.is_(None)), articles.c.id):
        if _are_young((row.first_seen_at for row in rows), before, now):
            return
        yield [row.id for row in rows if row.read_at < before and not row.is_matched]


def _delete_articles(connection: sa.Connection, article_ids: Sequence[int]) -> None:
    forget_articles(connection, article_ids)
    orphaned = entries.update().where(entries.c.article_id.in_(article_ids))
    connection.execute(orphaned.values(article_id=None))
    forget_pages_of(connection, article_ids)
    for table in (sightings, article_urls, report_keys, revisions):
        connection.execute(table.delete().where(table.c.article_id.in_(article_ids)))
    connection.execute(articles.delete().where(articles.c.id.in_(article_ids)))


def _stale_entries(store: Store, rules: Retention, now: datetime) -> Iterator[Sequence[int]]:
    before = _before(now, rules.entries_for)
    if before is None:
        return
    long = sa.select(entries.c.feed_id).group_by(entries.c.feed_id).having(sa.func.count() > _KEPT_ENTRIES)
    with reading(store) as connection:
        feed_ids = connection.scalars(long).all()
    for feed_id in feed_ids:
        newest = sa.select(entries.c.id).where(entries.c.feed_id == feed_id).order_by(entries.c.id.desc())
        last_kept = newest.offset(_KEPT_ENTRIES - 1).limit(1).scalar_subquery()
        query = sa.select(entries.c.id).where(
            entries.c.feed_id == feed_id,
            entries.c.state != "unread",
            entries.c.first_seen_at < before,
            entries.c.id < last_kept,
        )
        for rows in _walk(store, query, entries.c.id):
            yield [row.id for row in rows]


def _delete_entries(connection: sa.Connection, entry_ids: Sequence[int]) -> None:
    connection.execute(sightings.delete().where(sightings.c.entry_id.in_(entry_ids)))
    connection.execute(entries.delete().where(entries.c.id.in_(entry_ids)))


def _stale_rows(store: Store, moment: sa.Column[datetime], before: datetime | None) -> Iterator[Sequence[int]]:
    """Yield the keys of a table's rows whose moment lies before a time."""
    if before is None:
        return
    key = _key(moment.table)
    for rows in _walk(store, sa.select(key.label("id")).where(moment < before), key):
        yield [row.id for row in rows]


def _delete_from(table: sa.Table) -> Callable[[sa.Connection, Sequence[int]], None]:
    def delete(connection: sa.Connection, ids: Sequence[int]) -> None:
        connection.execute(table.delete().where(_key(table).in_(ids)))

    return delete


def _forget_notes(store: Store, until: sa.Column[float], before: datetime, *, dry_run: bool) -> int:
    """Forget the notes whose time ended before another; those that a fetch holds just now are left for the next day."""
    table, [key] = until.table, until.table.primary_key
    is_spent = until < before.timestamp()
    if dry_run:
        with reading(store) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table).where(is_spent)) or 0
    batch = sa.select(key).where(is_spent).limit(_BATCH).with_for_update(skip_locked=True)
    forgotten = 0
    while True:
        with writing(store) as connection:
            names = connection.scalars(batch).all()
            connection.execute(sa.delete(table).where(key.in_(names)))
        forgotten += len(names)
        if len(names) < _BATCH:
            return forgotten


def _key(table: sa.FromClause) -> sa.ColumnElement[int]:
    """A table's primary key of one column."""
    [key] = table.primary_key
    return key
