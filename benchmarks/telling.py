"""What subscriptions were told against what was due to them: by the matches and by the digests that readers have."""

from collections.abc import Sequence

import sqlalchemy as sa

from digests.stored import digest_from_json
from news.digests import Digest
from storage.engine import Store, reading
from storage.tables import articles, digests, matches, subscriptions, told

_TOLD_FROM = 0.5
"""The score from which a subscription that says nothing else is told."""


def count_owed(store: Store, topics: Sequence[str]) -> int:
    """How many stories are due to subscriptions of these topics, were never told, and wait by no digest's own count."""
    with reading(store) as connection:
        return sum(
            max(0, len(_list_untold(connection, row, topics)) - _count_waiting(connection, row.id))
            for row in connection.execute(subscriptions.select()).all()
        )


def _list_untold(
    connection: sa.Connection, subscription: sa.Row[tuple[object, ...]], topics: Sequence[str]
) -> set[int]:
    """The ledger also holds what was let go, which a digest has counted."""
    due = (
        sa.select(articles.c.story_id)
        .join(matches, matches.c.article_id == articles.c.id)
        .where(
            matches.c.topic_id.in_(topics),
            matches.c.is_current,
            ~matches.c.is_silent,
            matches.c.score >= _TOLD_FROM,
            articles.c.published_at >= subscription.since_at,
            articles.c.story_id.is_not(None),
        )
    )
    known = sa.select(told.c.story_id).where(told.c.subscription_id == subscription.id)
    return set(connection.scalars(due)) - set(connection.scalars(known))


def _count_waiting(connection: sa.Connection, subscription: str) -> int:
    """How many stories found no place in the latest digest, as it says itself."""
    composed = _read_digests(connection, subscription)
    return composed[-1].left_out if composed else 0


def count_repeats(store: Store) -> int:
    """How many stories a reader was told again although nothing had changed."""
    repeats = 0
    with reading(store) as connection:
        for subscription in connection.scalars(sa.select(subscriptions.c.id)).all():
            known: set[int] = set()
            for digest in _read_digests(connection, subscription):
                repeats += sum(story.id in known and not story.change for story in digest.stories)
                known.update(story.id for story in digest.stories)
    return repeats


def _read_digests(connection: sa.Connection, subscription: str) -> list[Digest]:
    query = sa.select(digests.c.content).where(digests.c.subscription_id == subscription)
    return [digest_from_json(content) for content in connection.scalars(query.order_by(digests.c.number))]
