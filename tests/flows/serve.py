"""`dateline serve` in a process of its own, as an operator runs it."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Event

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(
    environment: dict[str, str], log: Path, *, start_new_session: bool = False
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `dateline serve` as an operator does, until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=start_new_session,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=150)


def until(is_so: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for something that another process does; its log is the message when it ends or takes minutes."""
    pause = Event()
    for _ in range(1200):
        if is_so():
            return
        if process.poll() is not None:
            break
        pause.wait(0.25)
    pytest.fail(log.read_text()[-4000:])


def trigger(api: str, name: str) -> str:
    """Start a deployment's run as the button in Prefect's UI does; return the run's id.

    Prefect's server answers 503 while another writer holds its SQLite database: press again, as a person would.
    """
    deployment = httpx.get(f"{api}/deployments/name/{name}/{name}", timeout=30).raise_for_status().json()["id"]
    token = httpx.get(f"{api}/csrf-token?client=ui", timeout=30).raise_for_status().json()["token"]
    of_ui = {"prefect-csrf-client": "ui", "prefect-csrf-token": token}
    pause = Event()
    for _ in range(20):
        created = httpx.post(f"{api}/deployments/{deployment}/create_flow_run", json={}, headers=of_ui, timeout=60)
        if created.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
        pause.wait(1)
    run: str = created.raise_for_status().json()["id"]
    return run


def times_ready(log: Path) -> int:
    return log.read_text().count("Dateline is running")


def list_unfinished(home: Path) -> list[str]:
    """The states of runs that Prefect takes to be under way; nobody may serve."""
    query = "select state_type from flow_run where state_type in ('PENDING', 'RUNNING', 'CANCELLING')"
    with closing(sqlite3.connect(home / "prefect" / "prefect.db")) as database:
        return [state for (state,) in database.execute(query)]
