"""A Prefect worker that is stopped: its runs have their end first, whatever it would do to them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flows.worker_end import end_worker, find_tree, is_alive

# A worker that kills its run as soon as it is told to stop, and a run that first does what it has to.
RUN = """
import signal, sys, time
def finish(*_):
    time.sleep(0.2)
    print("finished", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
print("begun", flush=True)
time.sleep(60)
"""
WORKER = f"""
import signal, subprocess, sys, time
run = subprocess.Popen([sys.executable, "-c", {RUN!r}])
def stop(*_):
    run.kill()
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
run.wait()
time.sleep(60)
"""


@pytest.fixture
def worker() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE)  # noqa: S603 (our own words)
    assert process.stdout
    assert process.stdout.readline() == b"begun\n"
    yield process
    for pid in find_tree(process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_a_workers_runs_end_in_their_own_time_and_the_worker_afterwards(worker: "subprocess.Popen[bytes]") -> None:
    assert worker.stdout
    assert end_worker(worker.pid)
    assert worker.stdout.readline() == b"finished\n"
    assert worker.wait() == -signal.SIGKILL


def test_a_run_that_does_not_end_is_left_to_systemd(worker: "subprocess.Popen[bytes]") -> None:
    assert not end_worker(worker.pid, within=0.0)
    assert is_alive(worker.pid)


def test_a_worker_that_is_gone_needs_no_end() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert end_worker(gone.pid)


def test_the_unit_names_what_is_there() -> None:
    unit = Path(__file__).parents[2] / "docs" / "systemd" / "dateline-worker@.service"
    assert f"-m {end_worker.__module__} $MAINPID" in unit.read_text(encoding="utf-8")
