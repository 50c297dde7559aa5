"""Deliveries that are due at a receiver who takes his time, for tests of what stops in the midst of sending."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from digests.stored import digest_to_json
from news.digests import Digest
from storage.engine import open_store, reading, writing
from storage.tables import deliveries, digests, subscriptions
from tests.servers import Answer, serve_http

NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)


@contextmanager
def slow_webhook() -> Iterator[tuple[str, Event, Event]]:
    """A receiver that answers once it is released; yield its address, `held`, `release`."""
    held, release = Event(), Event()

    def answer(_path: str, _body: bytes) -> Answer:
        held.set()
        release.wait(25)  # the channel's own patience is 30 s
        return 200, {}, b"ok"

    with serve_http(answer) as origin:
        yield f"{origin}/hook", held, release
        release.set()


def make_environment(home: Path, port: int, webhook: str) -> dict[str, str]:
    """Settings of a Dateline that polls nothing and delivers to a webhook."""
    shipped = home / "shipped"
    shipped.mkdir(parents=True)
    for name in ("entities", "phrases", "topics"):
        (shipped / name).mkdir()
    for name in ("feeds.toml", "outlets.toml"):
        (shipped / name).touch()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DATELINE"))}
    settings = {"HOME": str(home), "SEEDS": str(shipped), "PREFECT_PORT": str(port), "POLL_MINUTES": "60"}
    settings |= {"ENV_FILE": os.devnull, "WEBHOOK_URL": webhook, "WEBHOOK_SECRET": "invented-for-a-test-only"}
    settings |= {"ALLOWED_NETWORKS": "127.0.0.0/8", "ALLOWED_PORTS": "1024-65535"}
    return clean | {f"DATELINE_{name}": value for name, value in settings.items()} | {"PYTHONUNBUFFERED": "1"}


def add_deliveries(home: Path, *channels: str) -> None:
    """A digest that is due to some channels."""
    digest = Digest("desk", "Desk", 1, NOW, "UTC", "Thursday, 12 March 2026", "No news on your topics.")
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    with writing(store) as connection:
        connection.execute(subscriptions.insert(), {"id": "desk", "since_at": NOW, "is_declared": True})
        row = {"id": 1, "subscription_id": "desk", "number": 1, "composed_at": NOW, "content": digest_to_json(digest)}
        connection.execute(digests.insert(), row | {"is_alert": False})
        pending = [{"digest_id": 1, "channel": name, "state": "pending", "next_attempt_at": NOW} for name in channels]
        connection.execute(deliveries.insert(), pending)
    store.dispose()


def read_deliveries(home: Path) -> dict[str, tuple[str, int, datetime | None]]:
    """State, attempts and claim of each channel's delivery."""
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    query = sa.select(deliveries.c.channel, deliveries.c.state, deliveries.c.attempts, deliveries.c.claimed_until)
    with reading(store) as connection:
        rows = {row.channel: (row.state, row.attempts, row.claimed_until) for row in connection.execute(query)}
    store.dispose()
    return rows
