"""Digests as composed, and the ledger of what each subscription was told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from news.digests import Subscription
from news.stories import Headline, Story, StoryReport, ToldState
from news.topics import Evidence, Match
from storage.clocks import is_believable
from storage.engine import Store, insert_new, reading, upsert, writing
from storage.outlets import OUTLET, to_outlet
from storage.recording import BACKLOG_AFTER
from storage.subscriptions import list_stopped_channels
from storage.surges import say_surges
from storage.tables import articles, deliveries, digests, matches, outlets, stories, story_splits, subscriptions, told

_SURGED_FOR = timedelta(days=1)
"""How long after its beginning a surge is told, also where it was over sooner: until everybody's next digest."""

_EVIDENCE = TypeAdapter(Evidence)
_TOLD = TypeAdapter(ToldState)


@dataclass(frozen=True, slots=True)
class Opening:
    """What composing starts from: the digest's number, what it may tell of, and whether it is the first."""

    number: int
    since_at: datetime
    stories: tuple[Story, ...]

    @property
    def is_first(self) -> bool:
        """Whether the subscription has never been told anything."""
        return self.number == 1


@dataclass(frozen=True, slots=True)
class Composed:
    """A composed digest ready to store: its JSON, the channels it goes to, and what it tells of each story.

    Without `content` nothing is told, and what is let go is remembered all the same.
    """

    content: str | None
    channels: tuple[str, ...]
    told: Mapping[int, ToldState]
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest as it was stored."""

    id: int
    subscription: str
    number: int
    composed_at: datetime
    content: str

    @property
    def name(self) -> str:
        """What people call it: `SUBSCRIPTION/NUMBER`."""
        return f"{self.subscription}/{self.number}"


def count_alerted(store: Store, subscription: str, *, since_at: datetime) -> int:
    """Return how many stories a subscription was told at once since a time."""
    query = (
        sa.select(sa.func.count())
        .select_from(told)
        .join(
            digests,
            (digests.c.subscription_id == told.c.subscription_id) & (digests.c.number == told.c.digest_number),
        )
        .where(told.c.subscription_id == subscription, digests.c.is_alert, told.c.told_at >= since_at)
    )
    with reading(store) as connection:
        return connection.scalar(query) or 0


def preview_opening(
    store: Store, subscription: Subscription, now: datetime, *, since_at: datetime | None = None
) -> Opening:
    """Return what the subscription's next digest would start from; one not begun would begin now.

    With `since_at` it is what a reader would get who begins then, whatever this one was told.
    """
    with reading(store) as connection:
        row = connection.execute(subscriptions.select().where(subscriptions.c.id == subscription.id)).one_or_none()
        if row is None or since_at:
            since_at = since_at or now - BACKLOG_AFTER
            # Nobody is called so, and nobody was told anything.
            return Opening(1, since_at, _load_untold(connection, replace(subscription, id=""), since_at, now))
        return Opening(row.last_number + 1, row.since_at, _load_untold(connection, subscription, row.since_at, now))


def _load_untold(
    connection: sa.Connection, subscription: Subscription, since_at: datetime, now: datetime
) -> tuple[Story, ...]:
    return _load_stories(connection, subscription, list(_undigested(connection, subscription, since_at)), now)


def open_digest(
    store: Store,
    subscription: Subscription,
    compose: Callable[[Opening], Composed | None],
    now: datetime,
    *,
    due_at: datetime | None = None,
) -> int | None:
    """Compose and store a subscription's next digest, its `told` rows and its pending deliveries in one transaction.

    The subscription's row is locked meanwhile, so two schedulers cannot tell the same news twice. With `due_at`, the
    scheduled moment that this digest is for, a moment that was briefed before gives nothing.

    Returns:
        The digest's number; None when `compose` found nothing to tell, or the moment was briefed before.
    """
    with writing(store) as connection:
        row = connection.execute(_lock(subscription.id)).one_or_none()
        stopped = list_stopped_channels(connection, subscription.id)
        channels = tuple(channel for channel in subscription.channels if channel not in stopped)
        if row is None or row.stopped_at or not channels or (due_at and _is_briefed(row.last_due_at, due_at, now)):
            return None
        changes = _undigested(connection, subscription, row.since_at)
        stories_ = _load_stories(connection, subscription, list(changes), now)
        opening = Opening(row.last_number + 1, row.since_at, stories_)
        composed = compose(opening)
        number = row.last_number
        if composed and composed.content is not None:
            number = opening.number
            store_digest(connection, subscription.id, number, replace(composed, channels=channels), now)
        if composed:
            _store_told(connection, subscription.id, number, composed.told, changes, now)
        values = {"last_due_at": due_at or row.last_due_at, "last_number": number}
        connection.execute(subscriptions.update().where(subscriptions.c.id == subscription.id).values(values))
    return number if number == opening.number else None


def _is_briefed(last_due_at: datetime | None, due_at: datetime, now: datetime) -> bool:
    return last_due_at is not None and is_believable(last_due_at, now) and last_due_at >= due_at


def _lock(subscription: str) -> sa.Select[Any]:
    return subscriptions.select().where(subscriptions.c.id == subscription).with_for_update()


def store_digest(connection: sa.Connection, subscription: str, number: int, composed: Composed, now: datetime) -> None:
    """Store a digest and its pending deliveries, within a transaction of the caller's."""
    row = {
        "subscription_id": subscription,
        "number": number,
        "composed_at": now,
        "is_alert": composed.is_alert,
        "content": composed.content,
    }
    digest_id = connection.execute(digests.insert().returning(digests.c.id), row).scalar_one()
    pending = {"digest_id": digest_id, "state": "pending", "next_attempt_at": now}
    insert_new(connection, deliveries, [pending | {"channel": channel} for channel in composed.channels])


def _store_told(
    connection: sa.Connection,
    subscription: str,
    number: int,
    states: Mapping[int, ToldState],
    changes: Mapping[int, int],
    now: datetime,
) -> None:
    """Remember what was told of each story, with the count of its changes as it was when its reports were read."""
    same = {"subscription_id": subscription, "digest_number": number, "told_at": now}
    rows = [
        {**same, "story_id": id_, "changes": changes[id_], "state": _TOLD.dump_python(state, mode="json")}
        for id_, state in states.items()
    ]
    upsert(connection, told, rows)


def _undigested(connection: sa.Connection, subscription: Subscription, since_at: datetime) -> dict[int, int]:
    """Return the stories that were never told or have changed since, with the count of their changes."""
    is_told = sa.exists().where(
        told.c.subscription_id == subscription.id,
        told.c.story_id == articles.c.story_id,
        told.c.changes >= stories.c.changes,
    )
    wanted = (
        sa.select(articles.c.story_id, stories.c.changes)
        .join(matches, matches.c.article_id == articles.c.id)
        .join(stories, stories.c.id == articles.c.story_id)
        .where(
            matches.c.topic_id.in_(subscription.topics),
            matches.c.is_current,
            ~matches.c.is_silent,
            matches.c.score >= min(subscription.minimum_score, *subscription.minimum_scores.values(), 1.0),
            articles.c.published_at >= since_at,
            ~is_told,
        )
        .distinct()
    )
    return dict(connection.execute(wanted).tuples().all())


def _told_states(connection: sa.Connection, subscription: str, story_ids: Sequence[int]) -> dict[int, ToldState]:
    """Return the last told state by story: rows come in order of their number, so the last one stays."""
    query = told.select().where(told.c.subscription_id == subscription, told.c.story_id.in_(story_ids))
    rows = connection.execute(query.order_by(told.c.digest_number)).all()
    return {row.story_id: _TOLD.validate_python(row.state) for row in rows}


def _load_stories(
    connection: sa.Connection, subscription: Subscription, story_ids: Sequence[int], now: datetime
) -> tuple[Story, ...]:
    """Load stories with all their reports, what the subscription was told of them, and what surges."""
    ledger = _told_states(connection, subscription.id, story_ids)
    surging = say_surges(connection, story_ids, subscription.topics, since_at=now - _SURGED_FOR)
    query = (
        sa.select(articles, *OUTLET)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(articles.c.story_id.in_(story_ids))
        .order_by(articles.c.story_id, articles.c.published_at, articles.c.id)
    )
    rows = connection.execute(query).all()
    found = _load_matches(connection, [row.id for row in rows])
    reports: dict[int, list[StoryReport]] = {story_id: [] for story_id in story_ids}
    for row in rows:
        reports[row.story_id].append(_to_story_report(row, found.get(row.id, ())))
    followed = sa.select(stories.c.id, stories.c.follows).where(stories.c.id.in_(story_ids))
    follows = dict(connection.execute(followed).tuples().all())
    divided = sa.select(story_splits.c.story_id, story_splits.c.split_at).where(story_splits.c.story_id.in_(story_ids))
    split_at = dict(connection.execute(divided).tuples().all())
    earlier = _first_headlines(connection, {story_id for story_id in follows.values() if story_id})
    return tuple(
        Story(
            id_,
            tuple(reports[id_]),
            told=ledger.get(id_),
            follows=follows[id_],
            surge=surging.get(id_),
            split_at=split_at.get(id_),
            earlier=earlier.get(follows[id_] or 0, ()),
        )
        for id_ in story_ids
    )


def _first_headlines(connection: sa.Connection, story_ids: Collection[int]) -> dict[int, tuple[Headline, ...]]:
    """Return the first headline of each language by story, earliest first."""
    if not story_ids:
        return {}
    query = sa.select(articles.c.story_id, articles.c.title, articles.c.language)
    query = query.where(articles.c.story_id.in_(story_ids)).order_by(articles.c.published_at, articles.c.id)
    first: dict[tuple[int, str | None], Headline] = {}
    for row in connection.execute(query):
        first.setdefault((row.story_id, row.language), Headline(row.title, row.language))
    return {
        story_id: tuple(headline for (of, _), headline in first.items() if of == story_id) for story_id in story_ids
    }


def _load_matches(connection: sa.Connection, article_ids: Sequence[int]) -> dict[int, tuple[Match, ...]]:
    query = matches.select().where(matches.c.article_id.in_(article_ids), matches.c.is_current)
    found: dict[int, tuple[Match, ...]] = {}
    for row in connection.execute(query.order_by(matches.c.score.desc(), matches.c.topic_id)):
        evidence = _EVIDENCE.validate_python(row.evidence)
        match = Match(row.topic_id, row.score, evidence, row.topic_version, row.gazetteer_version)
        found[row.article_id] = (*found.get(row.article_id, ()), match)
    return found


def _to_story_report(row: Any, found: tuple[Match, ...]) -> StoryReport:  # noqa: ANN401 (articles joined with outlets)
    return StoryReport(
        article_id=row.id,
        url=row.url,
        title=row.title,
        language=row.language,
        outlet=to_outlet(row),
        published_at=row.published_at,
        published_from=row.published_from,
        is_date_only=row.is_date_only,
        first_seen_at=row.first_seen_at,
        origin=str(row.origin_id),
        quality=row.quality,
        partial=row.partial,
        revised_at=row.revised_at,
        removed_at=row.removed_at,
        matches=found,
    )


def find_digest(store: Store, subscription: str, number: int) -> StoredDigest | None:
    """Return the digest that people call `SUBSCRIPTION/NUMBER`."""
    named = (digests.c.subscription_id == subscription) & (digests.c.number == number)
    with reading(store) as connection:
        row = connection.execute(digests.select().where(named)).one_or_none()
    return StoredDigest(row.id, row.subscription_id, row.number, row.composed_at, row.content) if row else None


def count_volumes(store: Store, topics: Sequence[str], *, since_at: datetime) -> dict[str, list[datetime]]:
    """Return for each topic the first publication times of its stories since a time."""
    first = sa.func.min(articles.c.published_at).label("at")
    query = (
        sa.select(matches.c.topic_id, first)
        .join(articles, articles.c.id == matches.c.article_id)
        .where(matches.c.is_current, matches.c.topic_id.in_(topics), articles.c.published_at >= since_at)
        .where(articles.c.story_id.is_not(None))
        .group_by(matches.c.topic_id, articles.c.story_id)
    )
    volumes: dict[str, list[datetime]] = {topic: [] for topic in topics}
    with reading(store) as connection:
        for row in connection.execute(query):
            volumes[row.topic_id].append(row.at)
    return volumes
