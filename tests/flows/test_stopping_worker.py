"""A real Prefect worker is stopped as its systemd unit stops it, in the midst of a delivery."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from flows.worker_end import find_tree
from tests.flows.sending import add_deliveries, make_environment, read_deliveries, slow_webhook
from tests.flows.serve import ROOT, trigger, until
from tests.servers import free_port


@contextmanager
def running(environment: dict[str, str], log: Path, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a module of Python until the block ends; no process of its is left."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 (our own words)
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        for pid in find_tree(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def run(environment: dict[str, str], *command: str) -> None:
    """Run a module of Python to its end."""
    done = subprocess.run(  # noqa: S603 (our own words)
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/health", timeout=30).is_success
    except httpx.TransportError:
        return False


def test_a_stopped_worker_finishes_what_it_sends_and_holds_nothing_afterwards(tmp_path: Path) -> None:
    port, home, log = free_port(), tmp_path / "home", tmp_path / "worker.log"
    api = f"http://127.0.0.1:{port}/api"
    with slow_webhook() as (webhook, held, release):
        environment = make_environment(home, port, webhook) | {
            "PREFECT_API_URL": api,
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",  # as its unit has it
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PYTHONPATH": str(ROOT),
        }
        with running(environment, log, "prefect", "server", "start", "--port", str(port)) as server:
            until(lambda: answers(api), server, log)
            run(environment, "prefect", "work-pool", "create", "desk", "--type", "process")
            run(environment, "cli", "deploy", "--pool", "desk")
            add_deliveries(home, "webhook", "file")
            with running(environment, log, "prefect", "worker", "start", "--pool", "desk") as worker:
                trigger(api, "deliver")
                until(held.is_set, worker, log)
                with running(environment, log, "flows.worker_end", str(worker.pid)) as stop:
                    release.set()
                    assert stop.wait(timeout=120) == 0
                assert worker.wait(timeout=60) == -signal.SIGKILL
    found = read_deliveries(home)
    assert found["webhook"] == ("sent", 1, None), log.read_text()
    assert found["file"] in {("pending", 0, None), ("sent", 1, None)}  # as the answer or the signal came first
