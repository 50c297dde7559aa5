"""Stories: what waits to be grouped, what stood around it, and where each article went."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from news.stories import Assignment, GroupedReport, Report
from news.topics import Mention, Where
from storage.engine import Store, reading, writing
from storage.tables import articles, leases, matches, revisions, stories

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
        if connection.execute(leases.select().where(leases.c.name == name).with_for_update()).first() is None:
            connection.execute(leases.insert(), row)
            return holder
        taken = leases.update().where(leases.c.name == name, leases.c.until_at <= now).values(row)
        return holder if connection.execute(taken).rowcount else None


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


def grouped_reports(store: Store, *, since_at: datetime) -> list[GroupedReport]:
    """Return the reports of stories published since a time: what new ones may join."""
    query = sa.select(*_REPORT).join(revisions, _LATEST)
    query = query.where(articles.c.story_id.is_not(None), articles.c.published_at >= since_at)
    with reading(store) as connection:
        rows = connection.execute(query.order_by(articles.c.published_at, articles.c.id)).all()
    return [GroupedReport(_to_report(row), str(row.story_id), str(row.origin_id)) for row in rows]


def _to_report(row: Any) -> Report:  # noqa: ANN401 (a row of _REPORT's columns)
    mentions = tuple(Mention(e, Where(where), start, end, quote) for e, where, start, end, quote in row.mentions)
    return Report(str(row.id), row.title, row.text, row.language, row.outlet_id, row.published_at, row.url, mentions)


def record_assignments(store: Store, assignments: Sequence[Assignment], now: datetime) -> int:
    """Store where reports belong. A story named `new:KEY` is opened, once for each KEY; return how many were opened."""
    opened: dict[str, int] = {}
    with writing(store) as connection:
        for assignment in assignments:
            story_id = _story_id(connection, assignment.story, opened, now)
            values = {"story_id": story_id, "origin_id": int(assignment.origin), "grouped_why": assignment.why}
            connection.execute(articles.update().where(articles.c.id == int(assignment.report)).values(values))
            connection.execute(stories.update().where(stories.c.id == story_id).values(changed_at=now))
    return len(opened)


def _story_id(connection: sa.Connection, story: str, opened: dict[str, int], now: datetime) -> int:
    if not story.startswith("new:"):
        return int(story)
    if story not in opened:
        row = {"opened_at": now, "changed_at": now}
        opened[story] = connection.execute(stories.insert().returning(stories.c.id), row).scalar_one()
    return opened[story]
