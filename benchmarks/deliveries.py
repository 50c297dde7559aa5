"""What `kill -9` does to deliveries: received messages against the ledger.

    python benchmarks/deliveries.py [--kills 200] [--deliveries 2000] [--database URL]

A mail server on loopback notes what it accepts. A process sends what is due and is killed at random moments, started
again, killed again; each start finds the leases of the killed one ended. At the end one process runs undisturbed.
Prints what was lost and what came twice: nothing may be lost, and a kill may double at most the one message that was
accepted and not yet marked.
"""

import argparse
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.mail import read_notes, serve_mail
from digests.channels import Channels, ChannelSettings
from digests.stored import digest_to_json
from flows.steps.delivering import deliver_due
from news.digests import Digest
from storage import tables
from storage.engine import open_store, reading, writing
from storage.schema import migrate

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
LEASE_ENDS_AFTER = timedelta(minutes=3)
LONGEST_LIFE = 0.15
"""Seconds until a process is killed, at most: a handful of messages."""


def main() -> None:
    """Fill, kill, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--deliveries", type=int, default=2_000)
    parser.add_argument("--database", help="URL of an empty database; default: a temporary SQLite file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url, notes = options.database or f"sqlite:///{folder}/benchmark.db", Path(folder) / "received"
        notes.touch()
        fill(url, options.deliveries)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        chance = random.Random(options.seed)  # noqa: S311 (moments, no secrets)
        with serve_mail(notes, port):
            for number in range(options.kills):
                run_and_kill(url, port, NOW + number * LEASE_ENDS_AFTER, chance.uniform(0.01, LONGEST_LIFE))
            send(url, port, NOW + options.kills * LEASE_ENDS_AFTER)
            show(url, notes, options.kills)


def fill(url: str, deliveries: int) -> None:
    """Make one digest for each delivery, each to a reader of its own."""
    store = open_store(url)
    migrate(store)
    digest = Digest("desk", "Desk", 1, NOW, "UTC", "Monday, 5 January 2026", "No news on your topics.")
    numbers = range(1, deliveries + 1)
    with writing(store) as connection:
        connection.execute(
            tables.subscriptions.insert(),
            {"id": "desk", "since_at": NOW, "last_number": deliveries, "is_declared": True},
        )
        content = digest_to_json(digest)
        rows = [
            {"id": n, "subscription_id": "desk", "number": n, "composed_at": NOW, "is_alert": False, "content": content}
            for n in numbers
        ]
        connection.execute(tables.digests.insert(), rows)
        pending = [
            {"digest_id": n, "channel": f"email:reader{n}@example.org", "state": "pending", "next_attempt_at": NOW}
            for n in numbers
        ]
        connection.execute(tables.deliveries.insert(), pending)
    store.dispose()


def run_and_kill(url: str, port: int, now: datetime, seconds: float) -> None:
    """Let a process send for so many seconds, then kill it as the kernel does when memory runs out."""
    child = os.fork()
    if child == 0:
        send(url, port, now)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def send(url: str, port: int, now: datetime) -> None:
    """Send what is due, as the flow does."""
    store = open_store(url)
    settings = ChannelSettings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", mail_from="d@example.org")
    with Channels(settings) as channels:
        deliver_due(store, channels.open, lambda: now)
    store.dispose()


def show(url: str, notes: Path, kills: int) -> None:
    """Compare and print; exits 1 where a promise is broken."""
    received = read_notes(notes)
    with reading(open_store(url)) as connection:
        states = Counter(connection.scalars(sa.select(tables.deliveries.c.state)))
        attempts = connection.scalar(sa.select(sa.func.sum(tables.deliveries.c.attempts)))
    total, doubled = states.total(), received.total() - len(received)
    table = Table(title=f"{total:,} deliveries, {kills} kills")
    table.add_column("what")
    table.add_column("number", justify="right")
    figures = {
        "marked sent": states["sent"],
        "attempts claimed": int(attempts or 0),
        "messages received": received.total(),
        "different Message-IDs received": len(received),
        "lost": total - len(received),
        "came twice, under the same Message-ID": doubled,
        "most often received": max(received.values()),
    }
    for what, number in figures.items():
        table.add_row(what, f"{number:,}")
    Console().print(table)
    sys.exit(not (states["sent"] == len(received) == total and doubled <= kills))


if __name__ == "__main__":
    main()
