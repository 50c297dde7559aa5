"""Deliveries: claimed with a lease, sent, marked; the next attempt of each stands here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.clocks import has_come, has_ended
from storage.digests import StoredDigest
from storage.engine import Store, reading, writing
from storage.subscriptions import list_stopped_channels
from storage.tables import deliveries, digests


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest to one channel. `attempts` counts this one too when it was claimed.

    Every claim counts one up, so `attempts` also says whose claim it is: what a slow process writes of a delivery that
    another has claimed since, or has sent, hits no row.
    """

    id: int
    digest: StoredDigest
    channel: str
    state: str
    attempts: int
    next_attempt_at: datetime
    sent_at: datetime | None = None
    reason: str = ""


def count_due_deliveries(store: Store, now: datetime) -> int:
    """Return how many deliveries wait whose time has come."""
    due = (deliveries.c.state == "pending") & has_come(deliveries.c.next_attempt_at, now)
    with reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(deliveries).where(due)) or 0


def claim_deliveries(store: Store, now: datetime, *, limit: int, lease_for: timedelta) -> list[Delivery]:
    """Claim deliveries whose attempt is due; one that a killed process held is due again when its lease ends."""
    free = has_ended(deliveries.c.claimed_until, now)
    due = sa.select(deliveries.c.id).where(
        deliveries.c.state == "pending", has_come(deliveries.c.next_attempt_at, now), free
    )
    chosen = due.order_by(deliveries.c.next_attempt_at, deliveries.c.id).limit(limit).with_for_update(skip_locked=True)
    claim = deliveries.update().where(deliveries.c.id.in_(chosen)).returning(deliveries.c.id)
    with writing(store) as connection:
        values = {"claimed_until": now + lease_for, "attempts": deliveries.c.attempts + 1}
        claimed = connection.scalars(claim.values(values)).all()
        return _load_deliveries(connection, deliveries.c.id.in_(claimed))


def _load_deliveries(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Delivery]:
    columns = (digests.c.subscription_id, digests.c.number, digests.c.composed_at, digests.c.content)
    query = sa.select(deliveries, *columns).join(digests, digests.c.id == deliveries.c.digest_id).where(condition)
    return [
        Delivery(
            row.id,
            StoredDigest(row.digest_id, row.subscription_id, row.number, row.composed_at, row.content),
            row.channel,
            row.state,
            row.attempts,
            row.next_attempt_at,
            row.sent_at,
            row.reason,
        )
        for row in connection.execute(query.order_by(deliveries.c.id))
    ]


def renew_deliveries(store: Store, claimed: Iterable[Delivery], until_at: datetime) -> int:
    """Keep claims until a later time; return how many of them are still ours."""
    return _mark(store, _are_held(claimed), {"claimed_until": until_at})


def give_back_deliveries(store: Store, claimed: Iterable[Delivery]) -> None:
    """Give back claims of which nothing came: they are due at once, and the attempt does not count."""
    _mark(store, _are_held(claimed), {"claimed_until": None, "attempts": deliveries.c.attempts - 1})


def _are_held(claimed: Iterable[Delivery]) -> sa.ColumnElement[bool]:
    ours = [(delivery.id, delivery.attempts) for delivery in claimed]
    return sa.tuple_(deliveries.c.id, deliveries.c.attempts).in_(ours) & (deliveries.c.state == "pending")


def mark_sent(store: Store, delivery_id: int, now: datetime) -> None:
    """Note that the receiver has accepted a delivery: it is never sent again, whoever holds it by now."""
    values = {"state": "sent", "sent_at": now, "reason": "", "claimed_until": None}
    _mark(store, deliveries.c.id == delivery_id, values)


def mark_failed(store: Store, delivery: Delivery, reason: str, *, retry_at: datetime | None) -> bool:
    """Note why an attempt failed, and when the next one is due; None is the end of it, to be reported.

    Return whether that was noted: one that was stopped meanwhile stays stopped, and what another process has claimed or
    sent, since our lease had ended, is its own.
    """
    change = {"state": "pending", "next_attempt_at": retry_at} if retry_at else {"state": "failed"}
    return _mark(store, _are_held([delivery]), {**change, "reason": reason, "claimed_until": None}) > 0


def _mark(store: Store, condition: sa.ColumnElement[bool], values: Mapping[str, Any]) -> int:
    with writing(store) as connection:
        return connection.execute(deliveries.update().where(condition).values(**values)).rowcount


def resend_digest(store: Store, digest_id: int, now: datetime) -> int:
    """Make every delivery of a digest due again, the sent ones too, but none that was stopped; return how many.

    One that a process holds stays its own, and keeps its count of attempts, which says so: it is about to be sent.
    """
    with writing(store) as connection:
        digest = connection.execute(digests.select().where(digests.c.id == digest_id)).one()
        stopped = list_stopped_channels(connection, digest.subscription_id)
        wanted = (deliveries.c.digest_id == digest_id) & deliveries.c.channel.not_in(stopped)
        attempts = sa.case((deliveries.c.claimed_until.is_(None), 0), else_=deliveries.c.attempts)
        values = {"state": "pending", "next_attempt_at": now, "attempts": attempts, "reason": ""}
        return connection.execute(deliveries.update().where(wanted).values(values)).rowcount


def list_deliveries(store: Store, *, limit: int = 50, state: str | None = None) -> list[Delivery]:
    """Return the deliveries of the latest digests, or those in one state, newest first."""
    latest = sa.select(deliveries.c.id).order_by(deliveries.c.id.desc()).limit(limit)
    latest = latest.where(deliveries.c.state == state) if state else latest
    with reading(store) as connection:
        return _load_deliveries(connection, deliveries.c.id.in_(latest))[::-1]
