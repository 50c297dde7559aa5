"""Stories: what waits to be grouped, what stood around it, and where each article went."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import sqlalchemy as sa

from news.stories import Assignment, GroupedReport, Report
from news.topics import Mention, Where
from storage.changes import note_changes
from storage.clocks import has_come
from storage.engine import Store, insert_new, reading, writing
from storage.regrouping import follow_merges, merge_stories, split_story
from storage.tables import articles, leases, matches, report_keys, revisions, stories

T = TypeVar("T")

_PARAMETERS = 5000
"""Values in one query: SQLite takes 32,766 parameters, PostgreSQL 65,535."""

_REPORT = (
    articles.c.id,
    articles.c.url,
    articles.c.outlet_id,
    articles.c.language,
    articles.c.published_at,
    articles.c.story_id,
    articles.c.origin_id,
    revisions.c.title,
    revisions.c.text,
    revisions.c.mentions,
)
_LATEST = (revisions.c.article_id == articles.c.id) & (revisions.c.number == articles.c.revision_count)


def take_lease(store: Store, name: str, now: datetime, *, lease_for: timedelta) -> str | None:
    """Take a named lease for one writer at a time; None while somebody else holds it. It ends by itself."""
    holder = uuid4().hex
    row = {"name": name, "holder": holder, "until_at": now + lease_for}
    with writing(store) as connection:
        if insert_new(connection, leases, [row]):
            return holder
        taken = leases.update().where(leases.c.name == name, has_come(leases.c.until_at, now)).values(row)
        return holder if connection.execute(taken).rowcount else None


def renew_lease(store: Store, name: str, holder: str, now: datetime, *, lease_for: timedelta) -> bool:
    """Prolong a lease; false when it is ours no longer."""
    ours = leases.update().where(leases.c.name == name, leases.c.holder == holder)
    with writing(store) as connection:
        return connection.execute(ours.values(until_at=now + lease_for)).rowcount == 1


def give_back_lease(store: Store, name: str, holder: str) -> None:
    """End a lease that is still ours."""
    with writing(store) as connection:
        connection.execute(leases.delete().where(leases.c.name == name, leases.c.holder == holder))


def ungrouped_reports(store: Store, *, limit: int) -> list[Report]:
    """Return matched articles that stand in no story yet, the oldest publication first.

    Found by what is missing, so that articles stored before a kill are found again after it.
    """
    is_matched = sa.exists().where(matches.c.article_id == articles.c.id, matches.c.is_current)
    query = sa.select(*_REPORT).join(revisions, _LATEST).where(articles.c.story_id.is_(None), is_matched)
    with reading(store) as connection:
        rows = connection.execute(query.order_by(articles.c.published_at, articles.c.id).limit(limit)).all()
    return [_to_report(row) for row in rows]


def find_marked(store: Store, keys: Iterable[str], *, since_at: datetime, latest: int) -> dict[str, list[int]]:
    """Return for each key the articles since a time that were stored under it, the latest ones, oldest first."""
    wanted = list(keys)
    latest_first = report_keys.c.published_at.desc(), report_keys.c.article_id.desc()
    rank = sa.func.row_number().over(partition_by=report_keys.c.key, order_by=latest_first)
    found: dict[str, list[int]] = {}
    with reading(store) as connection:
        for some in _in_parts(wanted):
            held = report_keys.c.key.in_(some) & (report_keys.c.published_at >= since_at)
            ranked = sa.select(report_keys, rank.label("rank")).where(held).subquery()
            query = sa.select(ranked.c.key, ranked.c.article_id).where(ranked.c.rank <= latest)
            for row in connection.execute(query.order_by(ranked.c.published_at, ranked.c.article_id)):
                found.setdefault(row.key, []).append(row.article_id)
    return found


def count_keys(store: Store, keys: Iterable[str], *, since_at: datetime) -> tuple[dict[str, int], int]:
    """Return how many articles since a time were stored under each key, and how many there are in all."""
    counted = sa.select(report_keys.c.key, sa.func.count()).group_by(report_keys.c.key)
    recent = sa.select(sa.func.count()).select_from(articles).where(articles.c.published_at >= since_at)
    counts: dict[str, int] = {}
    with reading(store) as connection:
        for some in _in_parts(list(keys)):
            held = report_keys.c.key.in_(some) & (report_keys.c.published_at >= since_at)
            counts |= dict(connection.execute(counted.where(held)).tuples().all())
        return counts, connection.scalar(recent.where(articles.c.story_id.is_not(None))) or 0


def companions(store: Store, article_ids: Iterable[int], *, since_at: datetime) -> list[GroupedReport]:
    """Return all reports since a time of the stories that these articles stand in, the oldest first."""
    found: dict[int, GroupedReport] = {}
    with reading(store) as connection:
        for some in _in_parts(list(article_ids)):
            named = sa.select(articles.c.story_id).where(articles.c.id.in_(some))
            query = sa.select(*_REPORT).join(revisions, _LATEST)
            query = query.where(articles.c.story_id.in_(named), articles.c.published_at >= since_at)
            for row in connection.execute(query):
                found[row.id] = GroupedReport(_to_report(row), str(row.story_id), str(row.origin_id))
    return sorted(found.values(), key=lambda grouped: (grouped.report.at, int(grouped.report.id)))


def _in_parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut what is asked for into parts that either engine takes as parameters."""
    return (values[start : start + _PARAMETERS] for start in range(0, len(values), _PARAMETERS))


def _to_report(row: Any) -> Report:  # noqa: ANN401 (a row of _REPORT's columns)
    mentions = tuple(Mention(e, Where(where), start, end, quote) for e, where, start, end, quote in row.mentions)
    return Report(str(row.id), row.title, row.text, row.language, row.outlet_id, row.published_at, row.url, mentions)


def record_assignments(store: Store, assignments: Sequence[Assignment], now: datetime) -> int:
    """Store where reports belong, and which stories turned out to be one.

    A story named `new:KEY` is opened, once for each KEY. An article that stands in a story already stays there, whoever
    put it: what a writer decided who lost its lease is let go.

    Returns:
        How many stories were opened.
    """
    opened: dict[str, int] = {}
    with writing(store) as connection:
        for assignment in assignments:
            if _is_ungrouped(connection, int(assignment.report)):
                _split_off(connection, assignment, opened, now)
                story_id = _open_story(connection, assignment, opened, now)
                for name in assignment.merged:
                    if (other := _find_named(connection, name, opened)) and other != story_id:
                        merge_stories(connection, other, story_id, assignment.merged_why, now)
                _place(connection, assignment, story_id, now)
    return len(opened)


def _is_ungrouped(connection: sa.Connection, article_id: int) -> bool:
    query = sa.select(articles.c.id).where(articles.c.id == article_id, articles.c.story_id.is_(None))
    return connection.execute(query.with_for_update()).first() is not None


def _split_off(connection: sa.Connection, assignment: Assignment, opened: dict[str, int], now: datetime) -> None:
    """Split a story that an assignment shows to be two, unless all of it went elsewhere meanwhile."""
    split = assignment.split
    if split and (out_of := _find_named(connection, split.out_of, opened)):
        opened[split.story] = split_story(connection, split, out_of, now)


def _open_story(connection: sa.Connection, assignment: Assignment, opened: dict[str, int], now: datetime) -> int:
    """Return the id of the story that an assignment names; one that nobody has opened yet is opened."""
    found = _find_named(connection, assignment.story, opened)
    if found is None:
        follows = _find_named(connection, assignment.follows, opened) if assignment.follows else None
        row = {"opened_at": now, "changed_at": now, "follows": follows}
        found = connection.execute(stories.insert().returning(stories.c.id), row).scalar_one()
        opened[assignment.story] = found
    return found


def _find_named(connection: sa.Connection, name: str, opened: Mapping[str, int]) -> int | None:
    """Return the story that an assignment calls by its id or `new:KEY`, or the one that it was merged into since.

    What `new:KEY` names may have been opened by another writer: then it is where the report KEY stands, as for a story
    `new:KEY/N` that was to be split off.
    """
    key = name.removeprefix("new:").partition("/")[0] if name.startswith("new:") else name
    if name in opened:
        story_id: int | None = opened[name]
    elif key != name:
        story_id = connection.scalar(sa.select(articles.c.story_id).where(articles.c.id == int(key)))
    else:
        story_id = int(name)
    return None if story_id is None else follow_merges(connection, story_id)


def _place(connection: sa.Connection, assignment: Assignment, story_id: int, now: datetime) -> None:
    article = articles.c.id == int(assignment.report)
    values = {"story_id": story_id, "origin_id": int(assignment.origin), "grouped_why": assignment.why}
    connection.execute(articles.update().where(article).values(values))
    note_changes(connection, [story_id], now)
    published_at = connection.execute(sa.select(articles.c.published_at).where(article)).scalar_one()
    keys = [
        {"key": key, "published_at": published_at, "article_id": int(assignment.report)}
        for key in dict.fromkeys(assignment.keys)
    ]
    insert_new(connection, report_keys, keys)


def forget_keys(store: Store, *, before_at: datetime) -> int:
    """Forget the keys of articles from before a time: no report joins them any more. Return how many there were."""
    with writing(store) as connection:
        return connection.execute(report_keys.delete().where(report_keys.c.published_at < before_at)).rowcount
