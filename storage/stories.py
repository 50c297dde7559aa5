"""Stories: what waits to be grouped, what stood around it, and where each article went."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from pydantic import TypeAdapter

from news.stories import Assignment, GroupedReport, Report, ToldState
from news.topics import Mention, Where
from storage.changes import note_changes
from storage.clocks import has_come
from storage.engine import Store, insert_new, reading, upsert, writing
from storage.surges import move_surges
from storage.tables import articles, leases, matches, outlets, report_keys, revisions, stories, subscriptions, told

T = TypeVar("T")

_TOLD = TypeAdapter(ToldState)

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
    rank = sa.func.row_number().over(partition_by=report_keys.c.key, order_by=report_keys.c.published_at.desc())
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
                story_id = _open_story(connection, assignment, opened, now)
                for name in assignment.merged:
                    if (other := _find_named(connection, name, opened)) and other != story_id:
                        _merge_stories(connection, other, story_id, now)
                _place(connection, assignment, story_id, now)
    return len(opened)


def _is_ungrouped(connection: sa.Connection, article_id: int) -> bool:
    query = sa.select(articles.c.id).where(articles.c.id == article_id, articles.c.story_id.is_(None))
    return connection.execute(query.with_for_update()).first() is not None


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

    What `new:KEY` names may have been opened by another writer: then it is where the report KEY stands.
    """
    key = name.removeprefix("new:")
    if name in opened:
        story_id: int | None = opened[name]
    elif key != name:
        story_id = connection.scalar(sa.select(articles.c.story_id).where(articles.c.id == int(key)))
    else:
        story_id = int(name)
    return None if story_id is None else _follow_merges(connection, story_id)


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


def _merge_stories(connection: sa.Connection, story_id: int, into: int, now: datetime) -> None:
    """Move a story's articles into another, with what was told of it, so that nothing is told twice.

    Subscriptions are locked as `open_digest` locks them: one that is told of the story just now is waited for.
    """
    connection.execute(sa.select(subscriptions.c.id).order_by(subscriptions.c.id).with_for_update())
    connection.execute(articles.update().where(articles.c.story_id == story_id).values(story_id=into))
    connection.execute(stories.update().where(stories.c.follows == story_id).values(follows=into))
    merged = stories.update().where(stories.c.id == story_id)
    connection.execute(merged.values(merged_into=into, merged_at=now, changed_at=now))
    connection.execute(stories.update().where(stories.c.id == into, stories.c.follows == into).values(follows=None))
    _move_told(connection, story_id, into)
    move_surges(connection, story_id, into)


def _move_told(connection: sa.Connection, story_id: int, into: int) -> None:
    """Add what was told of one story to what was told of another, by subscription, under the later digest's number."""
    query = told.select().where(told.c.story_id.in_([story_id, into])).order_by(told.c.digest_number)
    latest: dict[str, dict[int, Any]] = {}
    for row in connection.execute(query):
        latest.setdefault(row.subscription_id, {})[row.story_id] = row
    rows = [_join_told(states, into) for states in latest.values() if story_id in states]
    upsert(connection, told, rows)


def _join_told(states: Mapping[int, Any], into: int) -> dict[str, Any]:
    last = max(states.values(), key=lambda row: int(row.digest_number))
    parts = [_TOLD.validate_python(row.state) for row in states.values()]
    state = replace(
        _TOLD.validate_python(last.state),
        reports=sum(part.reports for part in parts),
        origins=sum(part.origins for part in parts),
        press_systems=tuple(sorted({system for part in parts for system in part.press_systems})),
        entities=tuple(sorted({entity for part in parts for entity in part.entities})),
    )
    return {
        "subscription_id": last.subscription_id,
        "story_id": into,
        "digest_number": last.digest_number,
        "told_at": last.told_at,
        "changes": 0,  # the merger is a change that nobody was told of
        "state": _TOLD.dump_python(state, mode="json"),
    }


def forget_keys(store: Store, *, before_at: datetime) -> int:
    """Forget the keys of articles from before a time: no report joins them any more. Return how many there were."""
    with writing(store) as connection:
        return connection.execute(report_keys.delete().where(report_keys.c.published_at < before_at)).rowcount


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story in a list: its latest title and what counts."""

    id: int
    title: str
    first_at: datetime
    last_at: datetime
    reports: int
    origins: int
    outlets: int
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    follows: int | None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in its story, and why it stands there. `origin` is the id of the article whose text it prints."""

    article: int
    title: str
    url: str
    outlet: str
    press_system: str
    language: str | None
    published_at: datetime
    origin: int
    why: str
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoryFile:
    """All that is stored of a story. `merged` are the stories that turned out to be this one."""

    line: StoryLine
    reports: tuple[ReportLine, ...]
    merged: tuple[int, ...]
    followed_by: tuple[int, ...]


def list_stories(
    store: Store, *, since_at: datetime, topic: str | None = None, reports: int = 1, limit: int = 50
) -> list[StoryLine]:
    """Return stories with a report since a time and at least so many reports in all, the latest first."""
    last = sa.func.max(articles.c.published_at)
    recent = sa.select(articles.c.story_id).where(articles.c.published_at >= since_at)
    query = sa.select(articles.c.story_id).where(articles.c.story_id.in_(recent)).group_by(articles.c.story_id)
    query = query.having(sa.func.count() >= reports).order_by(last.desc(), articles.c.story_id.desc())
    if topic:
        tagged = articles.alias()
        about = sa.select(tagged.c.story_id).join(matches, matches.c.article_id == tagged.c.id)
        about = about.where(tagged.c.story_id.in_(recent), matches.c.topic_id == topic, matches.c.is_current)
        query = query.where(articles.c.story_id.in_(about))
    with reading(store) as connection:
        ids = connection.scalars(query.limit(limit)).all()
        return [_load_story(connection, story_id).line for story_id in ids]


def find_story(store: Store, story_id: int) -> StoryFile | None:
    """Return a story with its reports; of one that was merged, the story that it was merged into."""
    with reading(store) as connection:
        if connection.scalar(sa.select(stories.c.id).where(stories.c.id == story_id)) is None:
            return None
        return _load_story(connection, _follow_merges(connection, story_id))


def _load_story(connection: sa.Connection, story_id: int) -> StoryFile:
    query = sa.select(articles, outlets.c.name, outlets.c.press_system).join(outlets)
    rows = connection.execute(query.where(articles.c.story_id == story_id).order_by(*_IN_TIME)).all()
    about = sa.select(matches.c.topic_id).distinct().where(matches.c.is_current)
    topics = connection.scalars(about.where(matches.c.article_id.in_([row.id for row in rows]))).all()
    line = StoryLine(
        story_id,
        title=rows[-1].title,
        first_at=rows[0].published_at,
        last_at=rows[-1].published_at,
        reports=len(rows),
        origins=len({row.origin_id for row in rows}),
        outlets=len({row.outlet_id for row in rows}),
        languages=tuple(sorted({row.language or "?" for row in rows})),
        topics=tuple(sorted(topics)),
        follows=connection.scalar(sa.select(stories.c.follows).where(stories.c.id == story_id)),
    )
    merged = sa.select(stories.c.id).where(stories.c.merged_into == story_id).order_by(stories.c.id)
    followed_by = sa.select(stories.c.id).where(stories.c.follows == story_id).order_by(stories.c.id)
    return StoryFile(
        line,
        tuple(_to_line(row) for row in rows),
        tuple(connection.scalars(merged)),
        tuple(connection.scalars(followed_by)),
    )


def _to_line(row: Any) -> ReportLine:  # noqa: ANN401 (articles joined with outlets)
    return ReportLine(
        article=row.id,
        title=row.title,
        url=row.url,
        outlet=row.name,
        press_system=row.press_system,
        language=row.language,
        published_at=row.published_at,
        origin=row.origin_id,
        why=row.grouped_why,
        removed_at=row.removed_at,
    )


_IN_TIME = (articles.c.published_at, articles.c.id)


def _follow_merges(connection: sa.Connection, story_id: int) -> int:
    """Return the story that one was merged into in the end, or itself."""
    while into := connection.scalar(sa.select(stories.c.merged_into).where(stories.c.id == story_id)):
        story_id = into
    return story_id
