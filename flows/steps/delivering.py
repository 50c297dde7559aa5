"""Sending what is due: at least once, under a stable id, with the next attempt in the ledger."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digests.channels.face import Channel
from digests.stored import digest_from_json
from flows.steps.keeping import LEASE_FOR, finishing, keeping
from news.errors import DeliveryError, NewsError, say_defect
from news.fingerprints import fingerprint
from storage.deliveries import (
    Delivery,
    claim_deliveries,
    give_back_deliveries,
    mark_failed,
    mark_sent,
    renew_deliveries,
)
from storage.engine import Store

log = logging.getLogger(__name__)

# Few at a time: what a killed process held waits until its lease ends.
_BATCH = 5

# Waits between attempts: quick at first for a hiccup, then hourly; the last one ends a day after the first.
_WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30)) + (timedelta(hours=1),) * 23


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A delivery that failed for good: the operator must hear of it."""

    digest: str
    channel: str
    attempts: int
    reason: str


@dataclass(slots=True)
class Sendings:
    """What came of the deliveries that were due: how many were accepted, how many failed this time or for good.

    `defect` is the first failure that was no expected one: a bug of ours, for the caller to raise.
    """

    sent: int = 0
    failed: int = 0
    given_up: list[GivenUp] = field(default_factory=list)
    defect: Exception | None = None


def deliver_due(store: Store, open_channel: Callable[[str], Channel], clock: Callable[[], datetime]) -> Sendings:
    """Send every delivery whose attempt is due.

    Told to stop, it finishes the one that it sends and gives back the others. What another process has claimed since,
    as where this one was suspended for longer than a lease, is left to that one. A defect of ours in one channel fails its
    own delivery alone, and is returned with what came of the others.
    """
    sendings = Sendings()
    held: dict[int, Delivery] = {}
    with keeping(lambda: renew_deliveries(store, list(held.values()), clock() + LEASE_FOR)):
        try:
            while claimed := claim_deliveries(store, clock(), limit=_BATCH, lease_for=LEASE_FOR):
                held.update((delivery.id, delivery) for delivery in claimed)
                for delivery in claimed:
                    with finishing():
                        if renew_deliveries(store, [delivery], clock() + LEASE_FOR):
                            _attempt(store, delivery, open_channel, clock, sendings)
                        del held[delivery.id]
        finally:
            give_back_deliveries(store, held.values())
    return sendings


def _attempt(
    store: Store,
    delivery: Delivery,
    open_channel: Callable[[str], Channel],
    clock: Callable[[], datetime],
    sendings: Sendings,
) -> None:
    """Send one delivery and note how that ended."""
    try:
        channel = open_channel(delivery.channel)
        channel.send(digest_from_json(delivery.digest.content), delivery_id=name_delivery(delivery), now=clock())
    except Exception as error:  # noqa: BLE001 (what is no `NewsError` is raised later: it must not stop the others)
        reason = str(error) if isinstance(error, NewsError) else say_defect(error)
        retry_at = plan_retry(delivery.attempts, error, clock())
        is_noted = mark_failed(store, delivery, reason, retry_at=retry_at)
        log.warning("Digest %s to %s failed: %s", delivery.digest.name, delivery.channel, reason)
        sendings.failed += 1
        if is_noted and retry_at is None:
            sendings.given_up.append(GivenUp(delivery.digest.name, delivery.channel, delivery.attempts, reason))
        if not isinstance(error, NewsError):
            sendings.defect = sendings.defect or error
        return
    mark_sent(store, delivery.id, clock())
    sendings.sent += 1


def name_delivery(delivery: Delivery) -> str:
    """Name a delivery the same at every attempt, also where a database was restored and numbers rows anew."""
    digest = delivery.digest
    return fingerprint(digest.subscription, str(digest.number), digest.composed_at.isoformat(), delivery.channel)


def plan_retry(attempts: int, error: Exception, now: datetime) -> datetime | None:
    """Say when to try again after `attempts` failed attempts: what the receiver asks for, else our own waits.

    None is the end of it: the receiver refused for good, or has been out of reach for a day.
    """
    is_final = isinstance(error, DeliveryError) and error.permanent
    if is_final or attempts > len(_WAITS):
        return None
    wished = error.retry_after if isinstance(error, DeliveryError) else None
    return now + max(_WAITS[attempts - 1], wished or timedelta(0))
