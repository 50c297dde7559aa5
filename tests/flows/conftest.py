"""Prefect for tests, a mail server, a webhook receiver and a web server on loopback."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.mail_catcher import Mailbox, catch_mail
from extractors.workers import WorkerPool
from flows.prefect_home import prepare_prefect
from news.errors import ReadError
from tests.servers import Answer, serve_http


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Prefect server of the tests' own, with nothing in it, that tells nobody."""
    prepare_prefect(tmp_path_factory.mktemp("prefect"), quiet=True)
    del os.environ["PREFECT_LOGGING_ROOT_LEVEL"]  # tests of all rooms look at what is logged
    from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415 (importing Prefect takes a second)

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with catch_mail(tmp_path / "mailbox") as caught:
        yield caught


@dataclass(slots=True)
class Receiver:
    """A webhook receiver and what it got."""

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    caught = Receiver()

    def answer(_path: str, body: bytes) -> Answer:
        caught.received.append(json.loads(body))
        return 200, {}, b"ok"

    with serve_http(answer) as origin:
        caught.url = f"{origin}/hook"
        yield caught


@pytest.fixture
def surroundings(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Set the environment of a home of the test's own; return the home."""

    def surround(**settings: str) -> Path:
        for name in [name for name in os.environ if name.startswith("DATELINE_") and "TEST" not in name]:
            monkeypatch.delenv(name)
        home = tmp_path / "home"
        values = {
            "home": str(home),
            "database_url": store_url,
            "allowed_networks": "127.0.0.0/8",
            "allowed_ports": "1024-65535",
            "host_seconds": "0",
            "per_host": "16",
            "smtp_security": "none",
        }
        for name, value in {**values, **settings}.items():
            monkeypatch.setenv(f"DATELINE_{name.upper()}", value)
        return home

    return surround


class _Impatient(WorkerPool):
    """Workers for whom everything takes too long."""

    async def run(self, _function: object, _item: object) -> ReadError:
        return ReadError("it took longer than 20 s to read")


@pytest.fixture
def impatient() -> WorkerPool:
    """A pool that gives up every item, and starts no process."""
    return _Impatient(1)
