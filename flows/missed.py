"""Runs that nobody needs: missed ones, and those whose process is gone.

Prefect would execute every one of the first kind on wake, and show those of the second as running for ever. Nothing is lost by
cancelling them: what is due is said by our own store. A run that somebody asked for by hand is another matter, and waits for
its turn however late it is: no schedule makes up for it.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType

from flows.steps.keeping import LEASE_FOR, holding, keeping
from flows.wiring import Bureau
from storage.stories import renew_lease

log = logging.getLogger(__name__)

TAGS = ["dateline"]
"""Every run of ours bears them."""

# Prefect's scheduler (3.8.8) puts this tag on the runs that it makes.
_BY_SCHEDULE = "auto-scheduled"

# A run that starts this late was not waiting for its turn: nobody was there to execute it.
_LATE_AFTER = timedelta(minutes=2)
# Prefect takes up a run some ten seconds before its time, and that is what it is expected at.
_TAKEN_AHEAD = timedelta(minutes=1)
# No run of ours takes this long: its worker was killed.
_LOST_AFTER = timedelta(days=1)
# One process cancels what was missed. Others that wake up meanwhile wait for it: each of them takes a worker's place,
# so that fewer start that have nothing to do, and the server has its time for the cancelling.
_LEASE = "missed runs"
_LOOK_EVERY = timedelta(seconds=1)
_LOOKS = 300  # five minutes; a thousand runs take one or two

_UNDER_WAY = (StateType.PENDING, StateType.RUNNING)


async def drop_missed_runs(bureau: Bureau) -> int:
    """Where this run itself is late, cancel all others that were missed; return how many.

    After a day without workers some 1,700 runs wait, and each would cost the start of a process to find nothing to do.
    """
    planned = runtime.flow_run.scheduled_start_time
    if planned is None or planned > datetime.now(UTC) - _LATE_AFTER:
        return 0
    for _ in range(_LOOKS):
        with holding(bureau.store, _LEASE, bureau.now) as holder:
            if holder:
                return await _cancel_missed(bureau, holder)
        await asyncio.sleep(_LOOK_EVERY.total_seconds())
    return 0


async def _cancel_missed(bureau: Bureau, holder: str) -> int:
    with keeping(lambda: renew_lease(bureau.store, _LEASE, holder, bureau.now(), lease_for=LEASE_FOR)):
        cancelled = await _cancel_waiting(_LATE_AFTER, "missed, and made up for by a later run")
    if cancelled:
        log.warning("%s runs were missed; they were cancelled, since a single one makes up for them", cancelled)
    return cancelled


async def cancel_lost_runs() -> int:
    """Cancel runs that have been under way for a day; return how many."""
    return await cancel_runs(_UNDER_WAY, _LOST_AFTER, "its worker was killed")


async def cancel_left_runs() -> int:
    """Cancel all that an earlier `serve` left behind: runs under way, and those whose time went by; return how many."""
    why = "left behind when Dateline stopped"
    return await cancel_runs(_UNDER_WAY, -_TAKEN_AHEAD, why) + await _cancel_waiting(timedelta(0), why)


async def _cancel_waiting(expected_before: timedelta, why: str) -> int:
    return await cancel_runs([StateType.SCHEDULED], expected_before, why, tags=[*TAGS, _BY_SCHEDULE])


async def cancel_runs(
    kinds: Sequence[StateType], expected_before: timedelta, why: str, *, tags: Sequence[str] = TAGS
) -> int:
    """Cancel those of our unfinished runs that were expected so long ago and bear all the tags; return how many."""
    before = datetime.now(UTC) - expected_before
    wanted: dict[str, Any] = {
        "state": {"type": {"any_": [kind.value for kind in kinds]}},
        "tags": {"all_": list(tags)},
        "expected_start_time": {"before_": before.isoformat()},
    }
    # The server changes a batch for each call; one call for each run would take minutes after a day.
    body = {"flow_runs": wanted, "state": {"type": "CANCELLED", "message": why}, "force": True}
    cancelled = 0
    async with get_client() as client:
        while True:
            # The client's list of routes leaves this one out.
            answer = await client.request("POST", "/flow_runs/bulk_set_state", json=body)  # type: ignore[arg-type]
            accepted = sum(result["status"] == "ACCEPT" for result in answer.json()["results"])
            if not accepted:
                break
            cancelled += accepted
    return cancelled
