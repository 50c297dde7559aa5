"""Sending what is due: digests to channels, each once."""

import asyncio

from prefect import flow

from flows.events import tell_of_failures
from flows.missed import drop_missed_runs
from flows.settings import read_settings
from flows.telling import count_due, send_due, warn_operator
from flows.wiring import open_bureau


@flow(name="deliver")
def deliver(*, dry_run: bool = False) -> dict[str, int]:
    """Send every delivery whose attempt is due, a warning to the operator among them when rounds fail.

    Args:
        dry_run: Only count what is due.
    """
    with open_bureau(read_settings(), keeps_last_good=True) as bureau:
        asyncio.run(drop_missed_runs(bureau))
        if dry_run:
            return {"due": count_due(bureau)}
        warn_operator(bureau)
        sendings = send_due(bureau)
    tell_of_failures(sendings.given_up)
    if sendings.defect:
        raise sendings.defect
    return {"sent": sendings.sent, "failed": sendings.failed}
