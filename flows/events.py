"""Events for Prefect's automations: what an operator wants to be told of, wherever he looks. Only flows emit them."""

from collections.abc import Iterable
from datetime import datetime

from prefect.events import emit_event

from flows.steps.delivering import GivenUp
from storage.engine import Store
from storage.health import list_fallen_silent
from storage.rounds import latest_gap

DELIVERY_FAILED = "dateline.delivery.failed"
FEED_SILENT = "dateline.feed.silent"


def tell_of_failures(given_up: Iterable[GivenUp]) -> None:
    """Emit an event for each delivery that failed for good."""
    for one in given_up:
        emit_event(
            event=DELIVERY_FAILED,
            resource={
                "prefect.resource.id": f"dateline.delivery.{one.digest}.{one.channel}",
                "prefect.resource.name": f"digest {one.digest} to {one.channel}",
            },
            payload={
                "digest": one.digest,
                "channel": one.channel,
                "attempts": one.attempts,
                "reason": one.reason,
                "remedy": f"mend the channel, then: dateline digest resend {one.digest}",
            },
        )


def tell_of_silence(store: Store, now: datetime) -> None:
    """Emit an event for each feed that fell silent between the round before the latest and the latest.

    Rounds follow one another, so every silence is told once, however long nobody looked.
    """
    if not (gap := latest_gap(store, now)):
        return
    for feed in list_fallen_silent(store, since_at=gap[0], until_at=gap[1]):
        emit_event(
            event=FEED_SILENT,
            resource={"prefect.resource.id": f"dateline.feed.{feed.feed_id}", "prefect.resource.name": feed.title},
            payload={"feed": feed.feed_id, "url": feed.url, "reason": feed.explain_silence()},
        )
