"""Stopping a worker: its runs end as they would, whatever the worker does with them."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.postgres import Cluster
from benchmarks.site import Site

RUN = """
import signal, sys
def give_back(*_):
    open(sys.argv[1], "w").close()
    sys.exit()
signal.signal(signal.SIGTERM, give_back)
print(flush=True)
signal.pause()
"""
WORKER = """
import os, signal, subprocess, sys
run = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]])
def end_in_order(*_):
    run.kill()
    os._exit(0)
signal.signal(signal.SIGTERM, end_in_order)
run.wait()
"""


def test_a_worker_does_not_kill_the_runs_that_are_told_to_stop(tmp_path: Path) -> None:
    site = Site(tmp_path, Cluster(tmp_path, tmp_path, 0, ()), 0, {}, 1)
    environment = os.environ | {"DATELINE_HOME": str(tmp_path / "home-w1")}
    command = [sys.executable, "-c", WORKER, RUN, str(tmp_path / "given back")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as worker:  # noqa: S603 (our own words)
        assert worker.stdout
        worker.stdout.readline()
        site.workers["w1"] = worker
        site.stop_worker("w1")
        assert worker.poll() is not None
    assert (tmp_path / "given back").exists()
    assert not site.workers
