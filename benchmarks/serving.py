"""`serve` over a thousand runs: what grows? `python -m benchmarks.serving [--runs 1000]`.

A month of `serve` is 52,000 runs, each a process that Prefect's runner starts and waits for in the one that must live.
Here `deliver`, with nothing to send, is run as fast as that goes: some two seconds of a core each. Meanwhile fifty days pass for
Prefect's server, so that it forgets runs after 28 % of them as it does after two weeks: what grows with its database has stopped
growing by the half from which on is measured. Prints memory and open files of `serve` itself and of its Prefect server, and
fails where a line through the last half of them reaches beyond what a machine bears in a month, or where the runs are too few
to tell.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from benchmarks.ageing import QUICK_VACUUM, age_prefect
from benchmarks.growth import Pace, end, judge_trends, show_samples
from benchmarks.outage import find_deployment
from benchmarks.site import (
    ROOT,
    await_answer,
    count_files,
    find_processes,
    free_port,
    kill,
    measure_resident,
    name_process,
)
from flows.worker_end import find_tree

console = Console(width=None if sys.stdout.isatty() else 140)
_AT_ONCE = 4  # runs that wait for their turn: the runner always finds one
_OURS = "benchmark"  # the tag of the runs that are asked for here
_DAYS = 50  # that pass meanwhile for Prefect's server
_PATIENCE = 300.0  # seconds without a run that ends
_SAMPLES = 200  # many: connections come and go by the thirty, and a line must be seen through that

# A month of `deliver` each minute and `watch` each five, and what it may add: 10 KB in `serve` and 20 KB in its server with
# each run, and a file with each fifty.
_PACE = Pace("runs", 30 * 24 * (60 + 12))
_MOST = {"serve_mb": 500.0, "serve_files": 1_000.0, "prefect_mb": 1_000.0, "prefect_files": 1_000.0}


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands after so many runs."""

    runs: int
    serve_mb: float
    serve_files: int
    prefect_mb: float
    prefect_files: int


@contextmanager
def run_serve(home: Path) -> Iterator[tuple[int, httpx.Client]]:
    """Run `dateline serve`; yield its process id and a client of its Prefect server, which has that server's token."""
    port, declared = free_port(), home / "shipped"
    declared.mkdir(parents=True)
    for name in ("entities", "phrases", "topics"):
        (declared / name).symlink_to(ROOT / "seeds" / name)
    for name in ("feeds.toml", "outlets.toml"):
        (declared / name).touch()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DATELINE"))}
    settings = {"HOME": home, "SEEDS": declared, "PREFECT_PORT": port, "ENV_FILE": os.devnull, "POLL_MINUTES": 60}
    environment = clean | QUICK_VACUUM | {f"DATELINE_{name}": str(value) for name, value in settings.items()}
    with (home / "serve.log").open("wb") as log:
        command = [sys.executable, "-m", "cli", "serve"]
        serve = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603 (our own words)
    try:
        api = f"http://127.0.0.1:{port}/api"
        await_answer(f"{api}/health")
        token = httpx.get(f"{api}/csrf-token?client=benchmark").raise_for_status().json()["token"]
        headers = {"prefect-csrf-client": "benchmark", "prefect-csrf-token": token}
        with httpx.Client(base_url=api, headers=headers, timeout=60) as client:
            yield serve.pid, client
    finally:
        serve.terminate()
        with suppress(subprocess.TimeoutExpired):
            serve.wait(60)
        kill(*find_processes(str(home)))


def measure(serve: int, runs: int) -> Sample:
    """Look at `serve` and at the tree of its server; runs under way are left out."""
    servers = [pid for pid in find_tree(serve)[1:] if "server" in name_process(pid)]
    return Sample(
        runs,
        measure_resident(serve),
        count_files(serve),
        sum(map(measure_resident, servers)),
        sum(map(count_files, servers)),
    )


def run_many(home: Path, serve: int, client: httpx.Client, runs: int) -> list[Sample]:
    """Have `deliver` run again and again; return samples, the first at the start.

    Raises:
        RuntimeError: when no run ends for minutes.
    """
    deployment, samples, asked = find_deployment(client, "deliver"), [measure(serve, 0)], 0
    every, ended, moved, days = max(1, runs // _SAMPLES), 0, time.monotonic(), 0
    while ended < runs:
        with suppress(httpx.HTTPError):  # a busy server lets go of connections, and answers 503
            if asked < ended + _AT_ONCE:
                asked += client.post(f"/deployments/{deployment}/create_flow_run", json={"tags": [_OURS]}).is_success
            if (now_ended := asked - count_open(client)) > ended:
                ended, moved = now_ended, time.monotonic()
        if ended >= samples[-1].runs + every:
            samples.append(measure(serve, ended))
            console.print(samples[-1])
        if ended * _DAYS >= runs * (days + 1):
            days += 1
            age_prefect(home)
        if time.monotonic() - moved > _PATIENCE:
            raise RuntimeError(f"no run has ended for {_PATIENCE:.0f} s")
        time.sleep(0.2)
    return samples


def count_open(client: httpx.Client) -> int:
    """How many of the runs that were asked for here have not ended; those that have are forgotten after a time.

    Raises:
        HTTPError: when the server does not say so.
    """
    is_open = {"state": {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}}, "tags": {"all_": [_OURS]}}
    return int(client.post("/flow_runs/count", json={"flow_runs": is_open}).raise_for_status().text)


def judge(samples: Sequence[Sample]) -> list[str]:
    """Say what grows beyond what a month may add, and what could not be told."""
    return judge_trends(samples, _PACE, _MOST)


def main() -> int:
    """Run, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="dateline-serving-", ignore_cleanup_errors=True) as name,
        run_serve(Path(name)) as (serve, client),
    ):
        samples = run_many(Path(name), serve, client, options.runs)
    show_samples(console, "`serve` over many runs", samples)
    return end(console, judge(samples))


if __name__ == "__main__":
    sys.exit(main())
