"""Whom a kill hits: flow runs as processes, the one that is still PENDING, and what may have doubled a mail.

A mail may come twice where something cut a sender off between the receiver's acceptance and its mark, and nowhere else. So each
such strike is noted with its time and with the runs of `deliver` that it may have cut off, and every copy is held against them.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx

from benchmarks.site import Site, name_process
from flows.worker_end import find_tree

_SENDERS = {"deliver", ""}
"""Flows that send; a run that does not say whose it is may be one."""

_LATER = 30.0
"""Seconds: what a run had handed over before a strike may be accepted after it, on a busy machine much later."""

_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """A flow run under way: its id at Prefect, the name of its flow, its processes from the first to the last started."""

    id: str
    flow: str
    processes: tuple[int, ...]

    @property
    def own_processes(self) -> tuple[int, ...]:
        """Those that execute the flow: without those that read its pages, which find out by themselves."""
        return tuple(pid for pid in self.processes if "multiprocessing" not in name_process(pid))


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that cut off processes, or what they work with, between two times (seconds since 1970).

    `senders` says how many runs that send were under way: each may double the one mail that it sent just then.
    """

    what: str
    began: float
    ended: float
    senders: int


def find_runs(pids: Iterable[int]) -> list[Run]:
    """The flow runs that processes execute, as Prefect told these when it started them."""
    flows: dict[str, str] = {}
    processes: dict[str, list[int]] = {}
    for pid in pids:
        told = _read_environment(pid)
        if run := told.get("PREFECT__FLOW_RUN_ID"):
            flows[run] = flows.get(run) or told.get("PREFECT__FLOW_NAME", "")
            processes.setdefault(run, []).append(pid)
    return [Run(run, flow, tuple(processes[run])) for run, flow in flows.items()]


def _read_environment(pid: int) -> dict[str, str]:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        return {name: value for name, _, value in (line.partition("=") for line in lines)}
    return {}


def await_pending(site: Site) -> tuple[str, Run] | None:
    """Wait some seconds for a run that has a process and has not begun; return it and the worker that holds it."""
    for _ in range(_LOOKS):
        with suppress(httpx.HTTPError):
            pending = list_pending(site)
            for name, worker in site.workers.items():
                for run in find_runs(find_tree(worker.pid)) if pending else ():
                    if run.id in pending:
                        return name, run
        time.sleep(0.1)
    return None


def list_pending(site: Site) -> set[str]:
    """The ids of runs that Prefect has handed out lately and that have not begun, also those that were killed since.

    Raises:
        HTTPError: when Prefect's server does not say so.
    """
    lately = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    wanted = {"state": {"type": {"any_": ["PENDING"]}}, "expected_start_time": {"after_": lately}}
    answer = httpx.post(f"{site.api}/flow_runs/filter", json={"flow_runs": wanted}, timeout=10)
    return {run["id"] for run in answer.raise_for_status().json()}


def has_begun(site: Site, run: Run) -> bool:
    """Whether a run ever came out of PENDING; also where Prefect's server does not say."""
    with suppress(httpx.HTTPError):
        answer = httpx.get(f"{site.api}/flow_runs/{run.id}", timeout=10)
        return answer.raise_for_status().json()["start_time"] is not None
    return True


@contextmanager
def noting(strikes: list[Strike], what: str, find_struck: Callable[[], Iterable[int]]) -> Iterator[None]:
    """Note what the block does as a strike at the runs of these processes, of those before it and of those after it."""
    began, senders = time.time(), _find_senders(find_struck())
    yield
    senders |= _find_senders(find_struck())
    strikes.append(Strike(what, began, time.time(), len(senders)))


def _find_senders(pids: Iterable[int]) -> set[str]:
    return {run.id for run in find_runs(pids) if run.flow in _SENDERS}


def sum_senders(strikes: Iterable[Strike]) -> Counter[str]:
    """How many runs that send each kind of strike may have cut off."""
    found: Counter[str] = Counter()
    for strike in strikes:
        found[strike.what] += strike.senders
    return found


def count_unexplained(received: Mapping[str, Sequence[float]], strikes: Sequence[Strike]) -> int:
    """How many copies of mails no strike explains; `received` holds the times of each mail.

    A copy is explained by a strike between itself and the one before it, and each run that was struck explains one. Strikes
    do not overlap, so the copy that came first takes the first strike that is left to it: no other order explains more.
    """
    copies = [pair for times in received.values() for pair in pairwise(sorted(times))]
    in_time = sorted(strikes, key=lambda strike: strike.began)
    left = [strike.senders for strike in in_time]
    unexplained = 0
    for before, after in sorted(copies, key=lambda pair: pair[1]):
        for number, strike in enumerate(in_time):
            if left[number] and strike.began <= after and before <= strike.ended + _LATER:
                left[number] -= 1
                break
        else:
            unexplained += 1
    return unexplained
