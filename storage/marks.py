"""Marks: what a person says of an article and a topic, counted and given back as labelled articles."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from news.errors import StorageError
from storage.engine import Store, reading, upsert, writing
from storage.histories import find_article_id
from storage.tables import articles, marks, matches, outlets, revisions, topics


@dataclass(frozen=True, slots=True)
class MarkCount:
    """Marks of one topic in one language: tags said to be right and wrong, and articles said to lack the tag."""

    topic: str
    language: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        """The share of marked tags that are right; None where no tag was marked."""
        judged = self.right + self.wrong
        return self.right / judged if judged else None


def mark_article(store: Store, article: int | str, topic: str, *, is_right: bool, now: datetime) -> str:
    """Keep whether an article, named by its id or address, is about a topic; the last word counts. Return its title.

    Raises:
        StorageError: for an article or topic that the database does not know.
    """
    with writing(store) as connection:
        known = find_article_id(connection, article)
        if known is None:
            raise StorageError(f"There is no article {article} in the archive; `./dateline search` prints addresses.")
        if connection.scalar(sa.select(topics.c.id).where(topics.c.id == topic)) is None:
            raise StorageError(f"There is no topic {topic} in the archive; `./dateline topics list` names them.")
        query = sa.select(matches.c.topic_version).where(matches.c.article_id == known, matches.c.is_current)
        version = connection.scalar(query.where(matches.c.topic_id == topic))
        row = {"article_id": known, "topic_id": topic, "is_right": is_right, "topic_version": version}
        upsert(connection, marks, [row | {"marked_at": now}])
        return str(connection.scalar(sa.select(articles.c.title).where(articles.c.id == known)))


def count_marks(store: Store) -> list[MarkCount]:
    """Count marks by topic and language."""
    is_tagged = marks.c.topic_version.is_not(None)
    language = sa.func.coalesce(articles.c.language, "?")
    query = (
        sa.select(
            marks.c.topic_id,
            language,
            sa.func.count().filter(marks.c.is_right, is_tagged),
            sa.func.count().filter(~marks.c.is_right, is_tagged),
            sa.func.count().filter(marks.c.is_right, ~is_tagged),
        )
        .join(articles, articles.c.id == marks.c.article_id)
        .group_by(marks.c.topic_id, language)
        .order_by(marks.c.topic_id, language)
    )
    with reading(store) as connection:
        return [MarkCount(*row) for row in connection.execute(query)]


def export_marks(store: Store) -> Iterator[dict[str, Any]]:
    """Yield each marked article with its labels: 2 is about the topic, 0 is not; unmarked topics have no label."""
    latest = (revisions.c.article_id == articles.c.id) & (revisions.c.number == articles.c.revision_count)
    query = (
        sa.select(articles, revisions.c.text, outlets.c.name.label("outlet"))
        .join(revisions, latest)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(articles.c.id.in_(sa.select(marks.c.article_id)))
    )
    with reading(store) as connection:
        labels: dict[int, dict[str, int]] = {}
        for row in connection.execute(sa.select(marks).order_by(marks.c.topic_id)):
            labels.setdefault(row.article_id, {})[row.topic_id] = 2 if row.is_right else 0
        for row in connection.execute(query.order_by(articles.c.id)):
            yield {
                "id": str(row.id),
                "lang": row.language,
                "title": row.title,
                "text": row.text,
                "url": row.url,
                "outlet": row.outlet,
                "date": row.published_at.isoformat(),
                "labels": labels[row.id],
            }
