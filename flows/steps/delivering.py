"""Sending what is due: at least once, under a stable id, with the next attempt in the ledger."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from digests.channels.face import Channel
from digests.stored import digest_from_json
from flows.steps.keeping import LEASE_FOR, finishing, keeping
from news.errors import DeliveryError, NewsError
from news.fingerprints import fingerprint
from storage.digests import Delivery, claim_deliveries, give_back_deliveries, mark_failed, mark_sent, renew_deliveries
from storage.engine import Store

log = logging.getLogger(__name__)

# Few at a time: what a killed process held waits until its lease ends.
_BATCH = 5

# Waits between attempts: quick at first for a hiccup, then hourly; the last one ends a day after the first.
_WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30)) + (timedelta(hours=1),) * 23


def deliver_due(store: Store, open_channel: Callable[[str], Channel], clock: Callable[[], datetime]) -> tuple[int, int]:
    """Send every delivery whose attempt is due; return how many were accepted and how many failed this time.

    Told to stop, it finishes the one that it sends and gives back the others. A defect of ours in one channel fails
    its own delivery alone, and is raised once all others have had their turn.
    """
    sent = failed = 0
    defect: Exception | None = None
    held: set[int] = set()
    with keeping(lambda: renew_deliveries(store, held, clock() + LEASE_FOR)):
        try:
            while claimed := claim_deliveries(store, clock(), limit=_BATCH, lease_for=LEASE_FOR):
                held.update(delivery.id for delivery in claimed)
                for delivery in claimed:
                    with finishing():
                        error = _attempt(store, delivery, open_channel, clock)
                        held.discard(delivery.id)
                    sent, failed = sent + (error is None), failed + (error is not None)
                    defect = defect or (None if isinstance(error, NewsError) else error)
        finally:
            give_back_deliveries(store, held)
    if defect:
        raise defect
    return sent, failed


def _attempt(
    store: Store, delivery: Delivery, open_channel: Callable[[str], Channel], clock: Callable[[], datetime]
) -> Exception | None:
    """Send one delivery and note how that ended; return what it failed by."""
    try:
        channel = open_channel(delivery.channel)
        channel.send(digest_from_json(delivery.digest.content), delivery_id=name_delivery(delivery), now=clock())
    except Exception as error:  # noqa: BLE001 (what is no `NewsError` is raised later: it must not stop the others)
        reason = str(error) if isinstance(error, NewsError) else f"a defect in Dateline ({type(error).__name__})"
        mark_failed(store, delivery.id, reason, retry_at=plan_retry(delivery.attempts, error, clock()))
        log.warning("Digest %s to %s failed: %s", _name(delivery), delivery.channel, reason)
        return error
    mark_sent(store, delivery.id, clock())
    return None


def name_delivery(delivery: Delivery) -> str:
    """Name a delivery the same at every attempt, also where a database was restored and numbers rows anew."""
    digest = delivery.digest
    return fingerprint(digest.subscription, str(digest.number), digest.composed_at.isoformat(), delivery.channel)


def _name(delivery: Delivery) -> str:
    return f"{delivery.digest.subscription} {delivery.digest.number}"


def plan_retry(attempts: int, error: Exception, now: datetime) -> datetime | None:
    """Say when to try again after `attempts` failed attempts: what the receiver asks for, else our own waits.

    None is the end of it: the receiver refused for good, or has been out of reach for a day.
    """
    is_final = isinstance(error, DeliveryError) and error.permanent
    if is_final or attempts > len(_WAITS):
        return None
    wished = error.retry_after if isinstance(error, DeliveryError) else None
    return now + max(_WAITS[attempts - 1], wished or timedelta(0))
