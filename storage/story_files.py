"""Story files: all that is stored of a story, for whoever asks about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.engine import Store, reading
from storage.regrouping import follow_merges
from storage.tables import articles, matches, outlets, stories, story_splits


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
    """A report in its story, and why it stands there. `origin` is the id of the article whose text it prints.

    `topics` are its scores by topic id, `sentence` is the one that says most of the surest.
    """

    article: int
    title: str
    url: str
    outlet: str
    press_system: str
    country: str
    language: str | None
    published_at: datetime
    origin: int
    why: str
    revised_at: datetime | None
    removed_at: datetime | None
    topics: Mapping[str, float]
    sentence: str


@dataclass(frozen=True, slots=True)
class StoryFile:
    """All that is stored of a story.

    `merged` are the stories that turned out to be this one, with the reasons; `split_off` those that were taken out of it.
    """

    line: StoryLine
    reports: tuple[ReportLine, ...]
    merged: Mapping[int, str]
    followed_by: tuple[int, ...]
    split_from: int | None = None
    split_why: str = ""
    split_off: tuple[int, ...] = ()


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
        return _load_story(connection, follow_merges(connection, story_id))


def _load_story(connection: sa.Connection, story_id: int) -> StoryFile:
    query = sa.select(articles, outlets.c.name, outlets.c.press_system, outlets.c.country).join(outlets)
    rows = connection.execute(query.where(articles.c.story_id == story_id).order_by(*_IN_TIME)).all()
    about = _load_topics(connection, [row.id for row in rows])
    line = StoryLine(
        story_id,
        title=rows[-1].title,
        first_at=rows[0].published_at,
        last_at=rows[-1].published_at,
        reports=len(rows),
        origins=len({row.origin_id for row in rows}),
        outlets=len({row.outlet_id for row in rows}),
        languages=tuple(sorted({row.language or "?" for row in rows})),
        topics=tuple(sorted({topic for scores, _ in about.values() for topic in scores})),
        follows=connection.scalar(sa.select(stories.c.follows).where(stories.c.id == story_id)),
    )
    merged = sa.select(stories.c.id, sa.func.coalesce(stories.c.merged_why, ""))
    merged = merged.where(stories.c.merged_into == story_id).order_by(stories.c.id)
    followed_by = sa.select(stories.c.id).where(stories.c.follows == story_id).order_by(stories.c.id)
    split = connection.execute(story_splits.select().where(story_splits.c.story_id == story_id)).one_or_none()
    split_off = sa.select(story_splits.c.story_id).where(story_splits.c.out_of == story_id)
    return StoryFile(
        line,
        tuple(_to_line(row, *about.get(row.id, ({}, ""))) for row in rows),
        dict(connection.execute(merged).tuples().all()),
        tuple(connection.scalars(followed_by)),
        split_from=split.out_of if split else None,
        split_why=split.why if split else "",
        split_off=tuple(connection.scalars(split_off.order_by(story_splits.c.story_id))),
    )


def _load_topics(connection: sa.Connection, article_ids: Sequence[int]) -> dict[int, tuple[dict[str, float], str]]:
    """Return the scores of articles by topic, and the best sentence of the surest match."""
    query = sa.select(matches.c.article_id, matches.c.topic_id, matches.c.score, matches.c.evidence)
    query = query.where(matches.c.article_id.in_(article_ids), matches.c.is_current)
    query = query.order_by(matches.c.score, matches.c.topic_id.desc())
    found: dict[int, tuple[dict[str, float], str]] = {}
    for row in connection.execute(query):
        scores = found[row.article_id][0] if row.article_id in found else {}
        found[row.article_id] = ({**scores, row.topic_id: row.score}, row.evidence["sentence"])
    return found


def _to_line(row: Any, topics: Mapping[str, float], sentence: str) -> ReportLine:  # noqa: ANN401 (articles with outlets)
    return ReportLine(
        article=row.id,
        title=row.title,
        url=row.url,
        outlet=row.name,
        press_system=row.press_system,
        country=row.country,
        language=row.language,
        published_at=row.published_at,
        origin=row.origin_id,
        why=row.grouped_why,
        revised_at=row.revised_at,
        removed_at=row.removed_at,
        topics=topics,
        sentence=sentence,
    )


_IN_TIME = (articles.c.published_at, articles.c.id)
