"""Surges: what a topic's volume is counted from, and which surges there were."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from news.stories import SurgeWatch, TopicSource, TopicStory
from storage.changes import note_changes
from storage.engine import Store, insert_new, reading, writing
from storage.tables import (
    articles,
    entries,
    matches,
    outlets,
    refreshes,
    sightings,
    surge_stories,
    surges,
    topic_versions,
    topics,
)

_LEAST_SCORE = 0.5
"""What a match must reach to count: what subscriptions are told by default."""

_ABOUT = (matches.c.article_id == articles.c.id) & matches.c.is_current & (matches.c.score >= _LEAST_SCORE)
_APPEARED_AT = sa.case((articles.c.is_date_only, articles.c.first_seen_at), else_=articles.c.published_at)
"""A day without a time of day is no midnight: such a report counts from when it was seen."""
_DAY = timedelta(days=1)
"""How much earlier than it appeared a report of a bare day may be dated: where the index is entered."""


def list_surge_watches(store: Store) -> list[SurgeWatch]:
    """Return what is known of every topic's surges, by topic id. A topic's history begins with its first declaration."""
    begun = sa.select(topic_versions.c.topic_id, sa.func.min(topic_versions.c.declared_at).label("since_at"))
    begun = begun.group_by(topic_versions.c.topic_id)
    is_open = sa.func.sum(sa.case((surges.c.ended_at.is_(None), 1), else_=0))
    past = sa.select(surges.c.topic_id, is_open.label("open"), sa.func.max(surges.c.ended_at).label("ended_at"))
    past = past.group_by(surges.c.topic_id)
    with reading(store) as connection:
        surged = {row.topic_id: row for row in connection.execute(past)}
        return [
            SurgeWatch(row.topic_id, row.since_at, bool(known.open), known.ended_at)
            if (known := surged.get(row.topic_id))
            else SurgeWatch(row.topic_id, row.since_at)
            for row in connection.execute(begun.order_by(topic_versions.c.topic_id))
        ]


def count_topic_stories(store: Store, *, since_at: datetime, until_at: datetime) -> dict[str, int]:
    """Return how many stories of each topic have a report of that time: at least as many as were first reported then."""
    query = sa.select(matches.c.topic_id, sa.func.count(sa.distinct(articles.c.story_id))).join(articles, _ABOUT)
    query = query.where(articles.c.published_at > since_at - _DAY, _APPEARED_AT.between(since_at, until_at))
    query = query.where(~articles.c.is_backlog).group_by(matches.c.topic_id)
    with reading(store) as connection:
        return dict(connection.execute(query).tuples().all())


def list_topic_stories(store: Store, topic: str, *, since_at: datetime) -> list[TopicStory]:
    """Return a topic's stories of which a report appeared since a time. What was no news when it was found is left out."""
    origin = articles.alias("origin")
    first_at = sa.func.min(_APPEARED_AT)
    query = (
        sa.select(articles.c.story_id, outlets.c.family, first_at)
        .join(matches, _ABOUT)
        .join(origin, origin.c.id == articles.c.origin_id)
        .join(outlets, outlets.c.id == origin.c.outlet_id)
        .where(matches.c.topic_id == topic, articles.c.published_at >= since_at, ~articles.c.is_backlog)
        .where(articles.c.story_id.is_not(None))
        .group_by(articles.c.story_id, outlets.c.family)
    )
    told = defaultdict[int, dict[str, datetime]](dict)
    with reading(store) as connection:
        for story, family, at in connection.execute(query).tuples():
            told[story][family] = at
    return [TopicStory(story, min(by.values()), frozenset(by)) for story, by in told.items()]


def list_topic_sources(store: Store, topic: str, *, since_at: datetime) -> list[TopicSource]:
    """Return the feeds that brought a topic's articles since a time, with their shares and the hours they answered in."""
    brought = (
        sa.select(entries.c.feed_id, sa.func.count(sa.distinct(articles.c.id)))
        .join(sightings, sightings.c.entry_id == entries.c.id)
        .join(articles, articles.c.id == sightings.c.article_id)
        .join(matches, _ABOUT)
        .where(matches.c.topic_id == topic, articles.c.published_at >= since_at)
        .group_by(entries.c.feed_id)
    )
    with reading(store) as connection:
        counts = dict(connection.execute(brought).tuples().all())
        answered = _hours_answered(connection, list(counts), since_at)
        failing = _failing(connection, list(counts))
    whole = sum(counts.values())
    return [
        TopicSource(feed, count / whole, tuple(sorted(answered[feed])), feed in failing)
        for feed, count in counts.items()
    ]


def _hours_answered(connection: sa.Connection, feeds: Sequence[str], since_at: datetime) -> dict[str, list[datetime]]:
    hour = sa.func.substr(sa.cast(refreshes.c.started_at, sa.Text), 1, len("2026-01-05 07"))
    query = sa.select(refreshes.c.feed_id, hour).distinct().where(refreshes.c.feed_id.in_(feeds))
    query = query.where(refreshes.c.started_at >= since_at, refreshes.c.outcome != "failed")
    hours = defaultdict[str, list[datetime]](list)
    for feed, written in connection.execute(query).tuples():
        hours[feed].append(datetime.strptime(written, "%Y-%m-%d %H").replace(tzinfo=UTC))
    return hours


def _failing(connection: sa.Connection, feeds: Sequence[str]) -> set[str]:
    latest = sa.select(refreshes.c.feed_id, sa.func.max(refreshes.c.started_at).label("at"))
    latest_at = latest.where(refreshes.c.feed_id.in_(feeds)).group_by(refreshes.c.feed_id).subquery()
    is_latest = (latest_at.c.feed_id == refreshes.c.feed_id) & (latest_at.c.at == refreshes.c.started_at)
    query = sa.select(refreshes.c.feed_id).join(latest_at, is_latest).where(refreshes.c.outcome == "failed")
    return set(connection.scalars(query))


def begin_surge(store: Store, topic: str, why: str, behind: Sequence[int], now: datetime) -> bool:
    """Note that a surge begins, and bring the stories behind it before those who were told of them; once for each surge."""
    row = {"topic_id": topic, "began_at": now, "why": why}
    with writing(store) as connection:
        new = insert_new(connection, surges, [row], surges.c.id)
        if not new:
            return False
        rows = [{"surge_id": new[0].id, "story_id": story, "place": place} for place, story in enumerate(behind)]
        insert_new(connection, surge_stories, rows)
        note_changes(connection, behind, now)
    return True


def end_surge(store: Store, topic: str, now: datetime) -> None:
    """Note that a topic's surge is over."""
    going_on = surges.update().where(surges.c.topic_id == topic, surges.c.ended_at.is_(None))
    with writing(store) as connection:
        connection.execute(going_on.values(ended_at=now))


def say_surges(
    connection: sa.Connection, story_ids: Sequence[int], topic_ids: Sequence[str], *, since_at: datetime
) -> dict[int, str]:
    """Say what surges of these topics stand behind stories, of those that go on or began since a time; the latest each."""
    query = (
        sa.select(surge_stories.c.story_id, topics.c.title, surges.c.why)
        .join(surges, surges.c.id == surge_stories.c.surge_id)
        .join(topics, topics.c.id == surges.c.topic_id)
        .where(surge_stories.c.story_id.in_(story_ids), surges.c.topic_id.in_(topic_ids))
        .where(surges.c.ended_at.is_(None) | (surges.c.began_at >= since_at))
        .order_by(surges.c.began_at, surges.c.id)
    )
    return {row.story_id: f"{row.title}, {row.why}" for row in connection.execute(query)}


def move_surges(connection: sa.Connection, story_id: int, into: int) -> None:
    """Put one story in the place of another behind its surges."""
    held = connection.execute(surge_stories.select().where(surge_stories.c.story_id == story_id)).all()
    insert_new(connection, surge_stories, [{**row._mapping, "story_id": into} for row in held])  # noqa: SLF001 (its name)
    connection.execute(surge_stories.delete().where(surge_stories.c.story_id == story_id))


@dataclass(frozen=True, slots=True)
class SurgeLine:
    """A surge that was, or goes on, and the stories behind it with their first titles."""

    topic: str
    began_at: datetime
    ended_at: datetime | None
    why: str
    stories: Mapping[int, str]


def list_surges(store: Store, *, since_at: datetime) -> list[SurgeLine]:
    """Return the surges that go on or ended since a time, the latest first."""
    query = surges.select().where(surges.c.ended_at.is_(None) | (surges.c.ended_at >= since_at))
    with reading(store) as connection:
        rows = connection.execute(query.order_by(surges.c.began_at.desc(), surges.c.id.desc())).all()
        return [
            SurgeLine(row.topic_id, row.began_at, row.ended_at, row.why, _titles(connection, row.id)) for row in rows
        ]


def _titles(connection: sa.Connection, surge_id: int) -> dict[int, str]:
    first = sa.select(sa.func.min(articles.c.id)).where(articles.c.story_id == surge_stories.c.story_id)
    query = sa.select(surge_stories.c.story_id, articles.c.title).join(
        articles, articles.c.id == first.correlate(surge_stories).scalar_subquery()
    )
    found: Any = connection.execute(query.where(surge_stories.c.surge_id == surge_id).order_by(surge_stories.c.place))
    return dict(found.tuples().all())
