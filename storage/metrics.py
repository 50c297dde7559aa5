"""What the database can say about how the watch goes, as plain numbers; how they are exposed is not its matter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.clocks import has_come, is_later
from storage.engine import Store, reading
from storage.feeds import are_due
from storage.tables import articles, deliveries, digests, entries, feeds, matches, refreshes, rounds


@dataclass(frozen=True, slots=True)
class Measures:
    """The state at one time. Counts by name cover the hours before it that were asked for; ages and lags are seconds.

    An age is that of the oldest one waiting, 0 where nothing waits. `delivery_lag` is the longest time from a digest's
    composition to its acceptance; `round_age` and `good_round_age` are the times since the last finished and the last
    good round began, None before the first.
    """

    feeds: int
    feeds_due: int
    feeds_failing: int
    refreshes: Mapping[str, int]
    failures: Mapping[str, int]
    articles: Mapping[str, int]
    matches: Mapping[str, int]
    entries_waiting: int
    entries_age: float
    ungrouped: int
    deliveries: Mapping[str, int]
    deliveries_age: float
    delivery_lag: float
    round_age: float | None
    good_round_age: float | None


def measure_store(store: Store, now: datetime, *, within: timedelta = timedelta(hours=24)) -> Measures:
    """Ask for everything in one reading transaction; each question is answered from an index or a small table."""
    start = now - within
    is_waiting = (entries.c.state == "unread") & has_come(entries.c.next_attempt_at, now)
    is_tagged = sa.exists().where(matches.c.article_id == articles.c.id, matches.c.is_current)
    with reading(store) as connection:

        def count(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
            return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0

        def count_by(name: sa.ColumnElement[str | None], *conditions: sa.ColumnElement[bool]) -> dict[str, int]:
            query = sa.select(name, sa.func.count()).where(*conditions).group_by(name)
            return {row[0] or "": row[1] for row in connection.execute(query)}

        def age(at: sa.Column[datetime], *conditions: sa.ColumnElement[bool]) -> float:
            oldest = connection.scalar(sa.select(sa.func.min(at, type_=at.type)).where(*conditions))
            return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0

        def since(*conditions: sa.ColumnElement[bool]) -> float | None:
            last = sa.select(rounds.c.started_at).where(rounds.c.ended_at.is_not(None), *conditions)
            last = last.where(~is_later(rounds.c.started_at, now))
            began = connection.scalar(last.order_by(rounds.c.id.desc()).limit(1))
            return (now - began).total_seconds() if began else None

        return Measures(
            feeds=count(feeds, feeds.c.is_declared),
            feeds_due=count(feeds, are_due(now)),
            feeds_failing=count(feeds, feeds.c.is_declared, feeds.c.failures > 0),
            refreshes=count_by(refreshes.c.outcome, refreshes.c.started_at > start),
            failures=count_by(refreshes.c.failure, refreshes.c.started_at > start, refreshes.c.failure.is_not(None)),
            articles=count_by(articles.c.language, articles.c.first_seen_at > start),
            matches=_count_matches(connection, start),
            entries_waiting=count(entries, is_waiting),
            entries_age=age(entries.c.first_seen_at, is_waiting),
            ungrouped=count(articles, articles.c.story_id.is_(None), articles.c.first_seen_at > start, is_tagged),
            deliveries=count_by(deliveries.c.state, *_recent_deliveries(start)),
            deliveries_age=_find_pending_age(connection, now),
            delivery_lag=_find_lag(connection, start),
            round_age=since(),
            good_round_age=since(rounds.c.complaint == ""),
        )


def _count_matches(connection: sa.Connection, start: datetime) -> dict[str, int]:
    """Count the articles tagged since a time, by topic."""
    recent = sa.select(articles.c.id).where(articles.c.first_seen_at > start)
    query = sa.select(matches.c.topic_id).where(matches.c.article_id.in_(recent), matches.c.is_current)
    # Counted here: asked to group them, SQLite would go through all matches there ever were, topic by topic.
    return dict(Counter(connection.scalars(query)))


def _recent_deliveries(start: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What waits counts however old it is."""
    recent = sa.select(digests.c.id).where(digests.c.composed_at > start)
    return ((deliveries.c.state == "pending") | deliveries.c.digest_id.in_(recent),)


def _find_pending_age(connection: sa.Connection, now: datetime) -> float:
    """By its composition: the time of the next attempt moves on with each that fails."""
    composed = sa.select(digests.c.composed_at).join(deliveries, deliveries.c.digest_id == digests.c.id)
    oldest = connection.scalar(composed.where(deliveries.c.state == "pending").order_by(digests.c.composed_at).limit(1))
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def _find_lag(connection: sa.Connection, start: datetime) -> float:
    query = sa.select(digests.c.composed_at, deliveries.c.sent_at).join(digests, digests.c.id == deliveries.c.digest_id)
    rows = connection.execute(query.where(deliveries.c.sent_at > start)).all()
    return max(((row.sent_at - row.composed_at).total_seconds() for row in rows), default=0.0)
