"""Runs that nobody needs: missed ones, and those whose process is gone.

Prefect would execute every one of the first kind on wake, and show those of the second as running for ever. Nothing is lost by
cancelling them: what is due is said by our own store.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from prefect import runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelled

log = logging.getLogger(__name__)

TAGS = ["dateline"]
"""Every run of ours bears them."""

# A run that starts this late was not waiting for its turn: nobody was there to execute it.
_LATE_AFTER = timedelta(minutes=2)
# No run of ours takes this long: its worker was killed.
_LOST_AFTER = timedelta(days=1)


async def drop_missed_runs() -> int:
    """Where this run itself is late, cancel all others that were missed; return how many.

    After a day without workers some 1,700 runs wait, and each would cost the start of a process to find nothing to do.
    """
    planned = runtime.flow_run.scheduled_start_time
    if planned is None or _is_recent(planned, _LATE_AFTER):
        return 0
    cancelled = await cancel_runs(_is_missed, "missed, and made up for by a later run")
    if cancelled:
        log.warning("%s runs were missed; they were cancelled, since a single one makes up for them", cancelled)
    return cancelled


async def cancel_lost_runs() -> int:
    """Cancel runs that have been under way for a day; return how many."""
    return await cancel_runs(_is_lost, "its worker was killed")


async def cancel_left_runs() -> int:
    """Cancel all that an earlier `serve` left behind: runs under way, and those whose time went by; return how many."""
    return await cancel_runs(_is_left, "left behind when Dateline stopped")


async def cancel_runs(is_meant: Callable[[FlowRun], bool], why: str) -> int:
    """Cancel those of our unfinished runs that are meant."""
    kinds = [StateType.PENDING, StateType.RUNNING, StateType.SCHEDULED]
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=kinds)), tags=FlowRunFilterTags(all_=TAGS)
    )
    cancelled = offset = 0
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=wanted, limit=200, offset=offset):
            meant = [run for run in runs if is_meant(run)]
            for run in meant:
                await client.set_flow_run_state(run.id, Cancelled(message=why), force=True)
            cancelled += len(meant)
            offset += len(runs) - len(meant)
    return cancelled


def _is_recent(at: datetime, within: timedelta) -> bool:
    return at > datetime.now(UTC) - within


def _is_missed(run: FlowRun) -> bool:
    planned = run.expected_start_time
    return run.state_type is StateType.SCHEDULED and planned is not None and not _is_recent(planned, _LATE_AFTER)


def _is_lost(run: FlowRun) -> bool:
    planned = run.expected_start_time
    return run.state_type is not StateType.SCHEDULED and planned is not None and not _is_recent(planned, _LOST_AFTER)


def _is_left(run: FlowRun) -> bool:
    planned = run.expected_start_time
    return run.state_type is not StateType.SCHEDULED or (planned is not None and not _is_recent(planned, timedelta(0)))
