"""Subscriptions as state: when they began, what they were last briefed for, and what their readers have stopped."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.clocks import is_believable
from storage.engine import Store, insert_new, reading, writing
from storage.recording import BACKLOG_AFTER
from storage.tables import deliveries, digests, stopped_channels, subscriptions

_BACK_AFTER = timedelta(days=3)
"""As long as a story waits for a place in a digest; one that comes back with an older one would tell of old times."""


def sync_subscriptions(store: Store, declared: Iterable[str], now: datetime) -> None:
    """Begin new subscriptions with the last 24 hours; ones that left the declarations are kept, but not briefed.

    One that comes back after a while goes on with the last days: what came meanwhile is no news any more.
    """
    with writing(store) as connection:
        rows = connection.execute(subscriptions.select().order_by(subscriptions.c.id).with_for_update())
        before = {row.id: row for row in rows}
        connection.execute(subscriptions.update().values(is_declared=False))
        for name in declared:
            if name in before:
                values = {"is_declared": True, "since_at": _goes_on_from(before[name], now)}
                connection.execute(subscriptions.update().where(subscriptions.c.id == name).values(values))
            else:
                begun = {"id": name, "since_at": now - BACKLOG_AFTER, "is_declared": True}
                insert_new(connection, subscriptions, [begun])


def _goes_on_from(known: sa.Row[Any], now: datetime) -> datetime:
    since_at: datetime = known.since_at
    if not is_believable(since_at, now):
        return now - BACKLOG_AFTER
    return since_at if known.is_declared else max(since_at, now - _BACK_AFTER)


def list_last_due(store: Store, now: datetime) -> dict[str, datetime | None]:
    """Return the scheduled moment that was last briefed, by subscription; stopped ones are left out."""
    query = sa.select(subscriptions.c.id, subscriptions.c.last_due_at)
    with reading(store) as connection:
        rows = connection.execute(query.where(subscriptions.c.is_declared, subscriptions.c.stopped_at.is_(None))).all()
    return {row.id: row.last_due_at if is_believable(row.last_due_at, now) else None for row in rows}


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
