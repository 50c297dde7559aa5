"""The end of `serve`'s runs: they are told to stop, finish or give back what they hold, and are waited for."""

import asyncio
import logging
from contextlib import suppress
from uuid import UUID

from prefect.runner import Runner
from prefect.runner._process_manager import ProcessHandle

from flows.worker_end import RUNS_END_WITHIN

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.1  # seconds


async def end_runs(runner: Runner, *, within: float = RUNS_END_WITHIN) -> None:
    """Begin no more runs, tell those under way to stop, and return when all have ended; kill what has not after a time.

    Prefect's runner (3.8.8) stops one run after the other, kills each after 30 s, and all of them at once when it is cancelled
    since its server is gone: in the middle of a message that is being sent. It lets nobody else see its runs. Runs that were told
    stand as under way at the server: to cancel them there is the caller's part, as it would be the runner's.

    Args:
        runner: One that has started.
        within: Seconds.
    """
    poller, processes = runner._scheduled_run_poller, runner._process_manager  # noqa: SLF001 (as said above)
    poller.stopping = True
    told: set[UUID] = set()
    clock = asyncio.get_running_loop().time
    until = clock() + within
    if under_way := len(poller._submitting_flow_run_ids):  # noqa: SLF001
        log.info("Stopping: %s runs under way finish what they send and give back what they hold", under_way)
    while poller._submitting_flow_run_ids and clock() < until:  # noqa: SLF001 (a run is in it until its process has ended)
        for run in processes.flow_run_ids() - told:  # also one whose process has only now started
            told.add(run)
            await runner._control_channel.signal(run, "cancel")  # noqa: SLF001 (else it calls itself crashed)
            _signal(processes.get(run))
        await asyncio.sleep(_LOOK_EVERY)
    for run in processes.flow_run_ids():
        log.warning("A run did not stop within %.0f s; it is killed", within)
        _signal(processes.get(run), kills=True)


def _signal(process: ProcessHandle | None, *, kills: bool = False) -> None:
    with suppress(ProcessLookupError):
        if process is not None and kills:
            process.hard_kill()
        elif process is not None:
            process.graceful_kill()
