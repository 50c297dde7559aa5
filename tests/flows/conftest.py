"""Prefect for tests, a mail server, a webhook receiver, and a bureau with whoever watches it."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from cli.mail_catcher import Mailbox, catch_mail
from extractors.workers import WorkerPool
from flows.prefect_home import prepare_prefect
from flows.settings import Settings
from flows.wiring import Bureau
from news.errors import ReadError
from seeds.declarations import Declarations
from storage.engine import Store, open_store
from tests.flows.noted_rounds import NOW
from tests.servers import Answer, serve_http

NOTHING = Declarations({}, {}, {}, {}, {}, {}, "none")


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


@pytest.fixture
def bureau(store: Store, tmp_path: Path) -> Bureau:
    """A bureau that declares nothing; a file whose tests need more of one has its own under this name."""
    settings = Settings.model_validate({"home": tmp_path, "warn_channels": "file", "seeds": tmp_path})
    return Bureau(settings, store, NOTHING, now=lambda: NOW)


@pytest.fixture
def watcher() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What stands at the other end of a heartbeat, and what it got."""
    got: list[tuple[str, str]] = []

    def take(path: str, body: bytes) -> Answer:
        got.append((path, body.decode()))
        return 200, {}, b"OK"

    with serve_http(take) as origin:
        yield f"{origin}/ping/5eCreT?rid=1", got


@pytest.fixture
def lost(bureau: Bureau, tmp_path: Path) -> Bureau:
    """The same where the database is out of reach."""
    return replace(bureau, store=open_store(f"sqlite:///{tmp_path / 'missing' / 'dateline.db'}"))
