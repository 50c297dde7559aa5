"""Tagging the archive anew: its latest texts in batches, and the matches of one topic that a replay finds in them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from news.fingerprints import fingerprint
from news.topics import Match
from storage.engine import Store, reading, upsert, writing
from storage.tables import articles, matches, outlets, replays, revisions


@dataclass(frozen=True, slots=True)
class ArchivedText:
    """The latest revision of an article. A text that retention has emptied is not given: nothing can be read in it."""

    article_id: int
    revision_id: int
    title: str
    text: str
    language: str | None
    url: str
    outlet: str
    published_at: datetime
    quality: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay of one topic under one version of it and of the gazetteer."""

    topic: str
    topic_version: str
    gazetteer_version: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay changed for one topic: articles read, and those that it has gained and lost."""

    articles: int = 0
    gained: int = 0
    lost: int = 0

    def __add__(self, other: "Replayed") -> "Replayed":
        """Count two batches together."""
        return Replayed(self.articles + other.articles, self.gained + other.gained, self.lost + other.lost)


def read_latest_texts(store: Store, *, after: int, limit: int) -> list[ArchivedText]:
    """Return some of the next articles behind an article's id, `limit` at most, in order of ids, each as it was read last.

    Empty where there are no more.
    """
    query = (
        sa.select(
            articles.c.id,
            revisions.c.id,
            revisions.c.title,
            revisions.c.text,
            articles.c.language,
            articles.c.url,
            outlets.c.name,
            articles.c.published_at,
            revisions.c.quality,
            revisions.c.text_hash,
        )
        .join(revisions, _IS_LATEST)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .order_by(articles.c.id)
        .limit(limit)
    )
    with reading(store) as connection:
        while rows := connection.execute(query.where(articles.c.id > after)).all():
            if whole := [ArchivedText(*row[:-1]) for row in rows if _is_whole(row)]:
                return whole
            after = rows[-1][0]
    return []


_IS_LATEST = (revisions.c.article_id == articles.c.id) & (revisions.c.number == articles.c.revision_count)


def _is_whole(row: sa.Row[Any]) -> bool:
    """Whether a text is what was read: a headline alone may have been all there was."""
    return bool(row.text) or row.text_hash == fingerprint(row.title, "")


def count_latest_texts(store: Store, *, after: int = 0) -> int:
    """Count the articles behind an article's id, those among them whose text was emptied."""
    query = sa.select(sa.func.count()).select_from(articles).where(articles.c.id > after)
    with reading(store) as connection:
        return connection.scalar(query) or 0


def list_tagged_articles(store: Store, topic: str) -> frozenset[int]:
    """Return the ids of the articles that a topic tags now."""
    query = sa.select(matches.c.article_id).where(matches.c.topic_id == topic, matches.c.is_current)
    with reading(store) as connection:
        return frozenset(connection.scalars(query))


def begin_replay(store: Store, replay: Replay, now: datetime) -> int:
    """Begin a replay, or take up the same one where it was left; return the article's id behind which to go on."""
    with writing(store) as connection:
        known = connection.execute(sa.select(replays).where(replays.c.topic_id == replay.topic)).one_or_none()
        is_same = known and (known.topic_version, known.gazetteer_version) == (
            replay.topic_version,
            replay.gazetteer_version,
        )
        if known and is_same and known.ended_at is None:
            return int(known.last_article_id)
        begun = {"topic_id": replay.topic, "last_article_id": 0, "started_at": now, "ended_at": None}
        versions = {"topic_version": replay.topic_version, "gazetteer_version": replay.gazetteer_version}
        upsert(connection, replays, [begun | versions])
    return 0


def record_replayed(
    store: Store, replay: Replay, texts: Sequence[ArchivedText], found: Mapping[int, Match], now: datetime
) -> Replayed:
    """Store what a replay found in a batch, `found` by revision id, in one transaction; doing it twice changes nothing.

    The topic's matches of other versions stay as history. A match is silent, unless the article was matched loudly
    before: what waits to be told must not be lost by an edit. An article that was revised meanwhile is left alone, since
    its new revision has been tagged already.
    """
    with writing(store) as connection:
        texts = _still_latest(connection, texts)
        ids = [text.article_id for text in texts]
        of_topic = matches.c.article_id.in_(ids) & (matches.c.topic_id == replay.topic)
        query = sa.select(matches.c.article_id, matches.c.is_current, matches.c.is_silent).where(of_topic)
        before = connection.execute(query).all()
        loud = {row.article_id for row in before if not row.is_silent}
        connection.execute(matches.update().where(of_topic).values(is_current=False))
        matched = {text.article_id: found[text.revision_id] for text in texts if text.revision_id in found}
        for text in texts:
            if text.article_id in matched:
                _put_match(connection, text, matched[text.article_id], now, silent=text.article_id not in loud)
        change = replays.update().where(replays.c.topic_id == replay.topic)
        connection.execute(change.values(last_article_id=max(ids, default=replays.c.last_article_id)))
    were = {row.article_id for row in before if row.is_current}
    return Replayed(len(texts), len(matched.keys() - were), len(were - matched.keys()))


def _still_latest(connection: sa.Connection, texts: Sequence[ArchivedText]) -> list[ArchivedText]:
    """Lock the articles and return those whose latest revision is still the one that was read."""
    query = sa.select(revisions.c.id).join(articles, _IS_LATEST).where(articles.c.id.in_(t.article_id for t in texts))
    current = set(connection.scalars(query.order_by(articles.c.id).with_for_update(of=articles)))
    return [text for text in texts if text.revision_id in current]


def _put_match(connection: sa.Connection, text: ArchivedText, match: Match, now: datetime, *, silent: bool) -> None:
    """Insert a match, or make current again the one that this version had found; then the gazetteer may have changed."""
    values: dict[str, Any] = {
        "gazetteer_version": match.gazetteer_version,
        "score": match.score,
        "evidence": asdict(match.evidence),
        "is_current": True,
    }
    same = (matches.c.revision_id == text.revision_id) & (matches.c.topic_version == match.topic_version)
    if connection.execute(matches.update().where(same).values(values)).rowcount:
        return
    identity = {"revision_id": text.revision_id, "article_id": text.article_id, "topic_id": match.topic}
    made = {"topic_version": match.topic_version, "is_silent": silent, "matched_at": now}
    connection.execute(matches.insert(), {**values, **identity, **made})


def end_replay(store: Store, replay: Replay, now: datetime) -> None:
    """Note that the archive is through: a further replay begins at its beginning."""
    with writing(store) as connection:
        change = replays.update().where(
            replays.c.topic_id == replay.topic, replays.c.topic_version == replay.topic_version
        )
        connection.execute(change.values(ended_at=now))
