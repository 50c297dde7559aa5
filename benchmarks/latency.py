"""How soon an alert arrives: from publication in a feed to the alert in the receiver, through `dateline serve`.

    python -m benchmarks.latency [--minutes 4]

Serves feeds and a webhook on loopback, runs `dateline serve` as an operator does (Prefect's server, schedules, a process
to each run), with a round every minute and every feed due at each, and publishes invented reports of different events at
random moments. Prints the time until each one's alert arrived, and where it went. The promise: a median of at most one
poll and 60 seconds.
"""

import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from seeds.declarations import SHIPPED
from storage.engine import open_store, reading, writing
from storage.tables import articles, deliveries, digests, feeds

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 60
FEEDS = 4
_PATIENCE = timedelta(minutes=4)
"""After the last report, until it counts as lost."""

_LINES = (Path(__file__).parent / "articles" / "alerts.tsv").read_text(encoding="utf-8").splitlines()
REPORTS = tuple((title, text) for title, _, text in (line.partition("\t") for line in _LINES))
"""Headline and text of events that have nothing to do with one another: none of them is a report of any paper."""


@dataclass
class Town:
    """What stands in the feeds, and when each alert arrived; both by the number of the report."""

    origin: str = ""
    published: dict[int, datetime] = field(default_factory=dict)
    arrived: dict[int, datetime] = field(default_factory=dict)

    def print_feed(self, number: int) -> str:
        """Print a feed as it stands."""
        items = "".join(
            f"<item><title>{escape(REPORTS[n][0])}</title><link>{self.origin}/pages/{n}</link>"
            f"<pubDate>{format_datetime(at)}</pubDate></item>"
            for n, at in self.published.items()
            if n % FEEDS == number
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'

    def print_page(self, number: int) -> str:
        """Print a report's page."""
        title, text = (escape(part) for part in REPORTS[number])
        words = f"<p>{title}.</p><p>{text}</p>"
        return f"<!doctype html><html lang=en><title>{title}</title><article><h1>{title}</h1>{words}</article></html>"

    def take(self, body: bytes) -> None:
        """Note whose alert arrived."""
        now, digest = datetime.now(UTC), json.loads(body)["digest"]
        told = [story for section in digest["sections"] for story in section["stories"]] + digest["briefs"]
        for url in {story["url"] for story in told} | {outlet["url"] for story in told for outlet in story["outlets"]}:
            self.arrived.setdefault(int(url.rpartition("/")[2]), now)


@contextmanager
def serve_town(town: Town) -> Iterator[None]:
    """Serve feeds, pages and the webhook on loopback."""

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, _, number = self.path.strip("/").partition("/")
            if kind == "feeds":
                self._answer("application/rss+xml", town.print_feed(int(number)).encode())
            elif kind == "pages":
                self._answer("text/html; charset=utf-8", town.print_page(int(number)).encode())
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            town.take(self.rfile.read(int(self.headers["content-length"])))
            self._answer("text/plain", b"ok")

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    town.origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()


def declare(folder: Path, origin: str) -> None:
    """Declare the feeds and a subscription that is told of everything at once, beside the shipped topics."""
    folder.mkdir(parents=True)
    for name in ("entities", "phrases", "topics"):
        shutil.copytree(SHIPPED / name, folder / name)
    outlets, feeds_ = [], []
    for n in range(FEEDS):
        outlets.append(
            f'[outlets.paper-{n}]\nname = "Paper {n}"\ncountry = "KR"\nlanguage = "en"\n'
            f'press_system = "south-korea"\nfamily = "paper-{n}"\nzone = "Asia/Seoul"\n'
        )
        feeds_.append(
            f'[feeds.paper-{n}]\nurl = "{origin}/feeds/{n}"\ntitle = "Paper {n}"\noutlet = "paper-{n}"\nlanguage = "en"\n'
        )
    topics = sorted(path.stem for path in (SHIPPED / "topics").glob("*.toml"))
    (folder / "outlets.toml").write_text("\n".join(outlets))
    (folder / "feeds.toml").write_text("\n".join(feeds_))
    (folder / "subscriptions.toml").write_text(
        f'[subscriptions.desk]\ntitle = "Desk"\ntopics = {json.dumps(topics)}\nchannels = ["webhook"]\n'
        'mode = "immediate"\nalert_score = 0.5\nalerts_per_day = 1000\n'
    )


@contextmanager
def serve_dateline(home: Path, town: Town) -> Iterator[None]:
    """Run `dateline serve` until the block ends; yields once it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DATELINE"))}
    environment: Mapping[str, str] = ours | {
        "DATELINE_ENV_FILE": os.devnull,
        "DATELINE_HOME": str(home),
        "DATELINE_SEEDS": str(home / "shipped"),
        "DATELINE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "DATELINE_ALLOWED_PORTS": town.origin.rpartition(":")[2],
        "DATELINE_HOST_SECONDS": "0",
        "DATELINE_POLL_MINUTES": str(POLL_SECONDS // 60),
        "DATELINE_PREFECT_PORT": str(port),
        "DATELINE_WEBHOOK_URL": f"{town.origin}/hook",
        "DATELINE_WEBHOOK_SECRET": "a key for an hour",
        "PYTHONUNBUFFERED": "1",
    }
    log = home / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        while "Dateline is running" not in log.read_text():
            if process.poll() is not None:
                sys.exit(log.read_text())
            time.sleep(0.5)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()


def make_due(url: str) -> None:
    """Let every feed be due at the next round."""
    store = open_store(url)
    with writing(store) as connection:
        connection.execute(feeds.update().values(next_check_at=datetime.now(UTC)))
    store.dispose()


def publish_all(town: Town, url: str, minutes: float, seed: int) -> None:
    """Publish the reports at random moments, and wait until their alerts are there."""
    chance = random.Random(seed)  # noqa: S311 (moments, no secrets)
    begun = datetime.now(UTC)
    moments = sorted(begun + timedelta(minutes=chance.uniform(0, minutes)) for _ in REPORTS)
    order = chance.sample(range(len(REPORTS)), len(REPORTS))
    while len(town.arrived) < len(REPORTS) and datetime.now(UTC) < moments[-1] + _PATIENCE:
        now = datetime.now(UTC)
        for number, moment in zip(order, moments, strict=True):
            if moment <= now and number not in town.published:
                town.published[number] = now
        make_due(url)
        time.sleep(1)


def show(town: Town, url: str) -> None:
    """Print the times; exits 1 where the promise is broken."""
    seen, composed, sent = read_times(url)
    whole = [(town.arrived[n] - town.published[n]).total_seconds() for n in sorted(town.arrived)]
    legs = {
        "published to polled": [seen[n] - town.published[n] for n in town.arrived],
        "polled to alert composed": [composed[n] - seen[n] for n in town.arrived],
        "composed to sent": [sent[n] - composed[n] for n in town.arrived],
    }
    table = Table(title=f"{len(whole)} of {len(REPORTS)} reports told, a round every {POLL_SECONDS} s")
    for column in ("", "median s", "longest s"):
        table.add_column(column, justify="left" if not column else "right")
    for name, times in legs.items():
        seconds = [each.total_seconds() for each in times]
        table.add_row(name, f"{median(seconds):.0f}", f"{max(seconds):.0f}")
    table.add_row("publication to alert received", f"{median(whole):.0f}", f"{max(whole):.0f}", style="bold")
    bound = POLL_SECONDS + 60
    table.add_row("bound of the median: a poll and 60 s", str(bound), "")
    table.add_row("ratio to the bound", f"{median(whole) / bound:.2f}", "")
    Console().print(table)
    sys.exit(not (len(whole) == len(REPORTS) and median(whole) <= bound))


def read_times(url: str) -> tuple[dict[int, datetime], dict[int, datetime], dict[int, datetime]]:
    """Return when each report was first seen, its alert composed, and that alert sent, by number."""
    store = open_store(url)
    told = sa.select(digests.c.content, digests.c.composed_at, deliveries.c.sent_at)
    told = told.join(deliveries, deliveries.c.digest_id == digests.c.id).order_by(digests.c.number)
    composed: dict[int, datetime] = {}
    sent: dict[int, datetime] = {}
    with reading(store) as connection:
        first = sa.select(articles.c.url, articles.c.first_seen_at)
        seen = {int(row.url.rpartition("/")[2]): row.first_seen_at for row in connection.execute(first)}
        for row in connection.execute(told):
            for number in seen:
                if f'/pages/{number}"' in row.content:
                    composed.setdefault(number, row.composed_at)
                    sent.setdefault(number, row.sent_at)
    store.dispose()
    return seen, composed, sent


def main() -> None:
    """Serve, publish, wait, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4, help="in which reports are published")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    town = Town()
    with tempfile.TemporaryDirectory(prefix="dateline-latency-") as folder, serve_town(town):
        home = Path(folder)
        url = f"sqlite:///{home / 'dateline.db'}"
        declare(home / "shipped", town.origin)
        with serve_dateline(home, town), suppress(KeyboardInterrupt):
            publish_all(town, url, options.minutes, options.seed)
        if not town.arrived:
            sys.exit((home / "serve.log").read_text())
        show(town, url)


if __name__ == "__main__":
    main()
