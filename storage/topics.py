"""Topics: which version tags new articles, and the versions that tagged old ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.engine import Store, insert_new, reading, upsert, writing
from storage.tables import topic_versions, topics
from storage.views import tagged_items


@dataclass(frozen=True, slots=True)
class TopicVersion:
    """A topic as it stands now: `version` is the hash of its content, kept so that every match can be explained."""

    id: str
    title: str
    version: str
    content: Mapping[str, Any]


def sync_topics(store: Store, declared: list[TopicVersion], now: datetime) -> None:
    """Make the declared versions the ones that tag new articles; older versions stay for their matches."""
    with writing(store) as connection:
        upsert(connection, topics, [{"id": t.id, "title": t.title, "version": t.version} for t in declared])
        rows = [
            {"version": t.version, "topic_id": t.id, "declared_at": now, "content": dict(t.content)} for t in declared
        ]
        insert_new(connection, topic_versions, rows)


def count_tagged(store: Store, since_at: datetime) -> dict[tuple[str, str], int]:
    """Count the articles tagged since a time, by topic and language."""
    t = tagged_items.c
    query = (
        sa.select(t.topic, t.language, sa.func.count()).where(t.first_seen_at >= since_at).group_by(t.topic, t.language)
    )
    with reading(store) as connection:
        return {(row[0], row[1] or "?"): row[2] for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class TaggedItem:
    """An article and a topic it is about."""

    topic: str
    score: float
    title: str
    url: str
    outlet: str
    language: str | None
    published_at: datetime


def list_tagged(store: Store, *, since_at: datetime, topics: Sequence[str] = (), limit: int) -> list[TaggedItem]:
    """Return what was tagged among articles first seen since a time, surest first; `topics` empty: all."""
    t = tagged_items.c
    query = sa.select(t.topic, t.score, t.title, t.url, t.outlet, t.language, t.published_at).where(
        t.first_seen_at >= since_at
    )
    if topics:
        query = query.where(t.topic.in_(topics))
    with reading(store) as connection:
        rows = connection.execute(
            query.order_by(t.score.desc(), t.published_at.desc(), t.article_id.desc(), t.topic).limit(limit)
        ).all()
    return [TaggedItem(*row) for row in rows]
