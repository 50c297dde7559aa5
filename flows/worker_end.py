"""The end of a Prefect worker in good order: `python -m flows.worker_end PID`, which its unit runs before systemd stops it.

Prefect's worker (3.8.8) may go on after it was told to stop, and take up new runs; or end, and kill those that it has, in the
midst of a message that is sent. So it is suspended while its runs finish or give back what they hold, and then killed: it has
nothing left to do, and what else it may hold at Prefect's server is made up for as after any kill.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

RUNS_END_WITHIN = 90.0
"""Seconds. A delivery under way may take a mail server's time-out, more than once; the units' TimeoutStopSec is longer."""

_LOOK_EVERY = 0.1  # seconds


def end_worker(worker: int, *, within: float = RUNS_END_WITHIN) -> bool:
    """Suspend a worker, tell every process below it once to stop, and kill it when all have ended; return whether they have.

    Args:
        worker: Its process id; nothing is done where it is gone.
        within: Seconds.
    """
    told: set[int] = set()
    until = time.monotonic() + within
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGSTOP)
        while (left := set(filter(is_alive, find_tree(worker)[1:]))) and time.monotonic() < until:
            for pid in left - told:  # also one that a run has only now started
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            told |= left
            time.sleep(_LOOK_EVERY)
        if left:
            return False
        os.kill(worker, signal.SIGKILL)
    return True


def find_tree(pid: int) -> list[int]:
    """A process and everything that it started, and they in turn."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return [pid]
    return [pid, *(found for child in children for found in find_tree(int(child)))]


def is_alive(pid: int) -> bool:
    """Whether a process runs still; one that only waits to be reaped does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


if __name__ == "__main__":
    sys.exit(0 if end_worker(int(sys.argv[1])) else 1)
