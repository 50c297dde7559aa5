"""Subscriptions as state: when they began, what they were last briefed for, and what their readers have stopped."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from storage.articles import BACKLOG_AFTER
from storage.engine import Store, insert_new, reading, writing
from storage.tables import deliveries, digests, stopped_channels, subscriptions


def sync_subscriptions(store: Store, declared: Iterable[str], now: datetime) -> None:
    """Begin new subscriptions with the last 24 hours; ones that left the declarations are kept, but not briefed."""
    with writing(store) as connection:
        connection.execute(sa.select(subscriptions.c.id).order_by(subscriptions.c.id).with_for_update())
        connection.execute(subscriptions.update().values(is_declared=False))
        for name in declared:
            begun = {"id": name, "since_at": now - BACKLOG_AFTER, "is_declared": True}
            if not insert_new(connection, subscriptions, [begun]):
                connection.execute(subscriptions.update().where(subscriptions.c.id == name).values(is_declared=True))


def list_last_due(store: Store) -> dict[str, datetime | None]:
    """Return the scheduled moment that was last briefed, by subscription; stopped ones are left out."""
    query = sa.select(subscriptions.c.id, subscriptions.c.last_due_at)
    with reading(store) as connection:
        rows = connection.execute(query.where(subscriptions.c.is_declared, subscriptions.c.stopped_at.is_(None))).all()
    return {row.id: row.last_due_at for row in rows}


def list_stopped(store: Store) -> dict[str, datetime]:
    """Return since when subscriptions are stopped, by id, and by `ID to CHANNEL` where one channel of several is."""
    whole = sa.select(subscriptions.c.id, subscriptions.c.stopped_at).where(subscriptions.c.stopped_at.is_not(None))
    with reading(store) as connection:
        stopped = {row.id: row.stopped_at for row in connection.execute(whole)}
        parts = connection.execute(stopped_channels.select()).all()
    return stopped | {f"{row.subscription_id} to {row.channel}": row.stopped_at for row in parts}


def list_stopped_channels(connection: sa.Connection, subscription: str) -> Sequence[str]:
    """Return the channels of a subscription that its readers have stopped, each by itself."""
    query = sa.select(stopped_channels.c.channel).where(stopped_channels.c.subscription_id == subscription)
    return connection.scalars(query).all()


def stop_subscription(store: Store, subscription: str, now: datetime, *, channel: str | None = None) -> int:
    """Stop a subscription, or one channel of it: nothing more is composed for it, and what waits is not sent.

    This is state and overrides the declaration until `resume_subscription`. Stopping twice changes nothing.

    Returns:
        How many deliveries waited and will not be sent.
    """
    with writing(store) as connection:
        # First the subscription's row: whoever composes for it just now is waited for.
        change = {"stopped_at": sa.func.coalesce(subscriptions.c.stopped_at, now)} if channel is None else {}
        one = subscriptions.c.id == subscription
        connection.execute(subscriptions.update().where(one).values(change or {"id": subscription}))
        if channel is not None:
            row = {"subscription_id": subscription, "channel": channel, "stopped_at": now}
            insert_new(connection, stopped_channels, [row])
        its = sa.select(digests.c.id).where(digests.c.subscription_id == subscription)
        waiting = deliveries.c.digest_id.in_(its) & (deliveries.c.state == "pending")
        if channel is not None:
            waiting &= deliveries.c.channel == channel
        dropped = deliveries.update().where(waiting).values(state="stopped", claimed_until=None)
        return connection.execute(dropped).rowcount


def resume_subscription(store: Store, subscription: str, now: datetime) -> None:
    """Let a subscription and all its channels be told again, of the last 24 hours and what comes.

    What went by while it was stopped is not told, and no digest is made up for: the next comes at its hour.
    """
    one = subscriptions.c.id == subscription
    with writing(store) as connection:
        begun = {"stopped_at": None, "last_due_at": now, "since_at": now - BACKLOG_AFTER}
        connection.execute(subscriptions.update().where(one, subscriptions.c.stopped_at.is_not(None)).values(begun))
        connection.execute(stopped_channels.delete().where(stopped_channels.c.subscription_id == subscription))
