"""The whole pipeline on real feeds and real pages: nothing lost, nothing twice, delivered as composed."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from html import escape
from pathlib import Path

import pytest
import sqlalchemy as sa

from cli.mail_catcher import Mailbox
from digests.render import render_text
from digests.stored import digest_from_json
from extractors.feed import parse_feed
from news.errors import ParseError
from storage.engine import Store, reading, writing
from storage.tables import articles, deliveries, digests, entries
from tests.flows.conftest import Receiver
from tests.servers import Answer, serve_http

# Prefect's client leaves sockets to its server for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")

FEEDS, ENTRIES = 10, 120  # enough for every format and some hundred pages, few enough for seconds
EMPTY = b'<rss version="2.0"><channel><title>Nothing yet</title></channel></rss>'

OUTLETS = """
[outlets.real]
name = "Real pages"
country = "KR"
language = "en"
press_system = "international"
family = "real"
zone = "UTC"
"""
# Pages of all sorts name some great power; a narrow topic would leave the digest to chance.
TOPIC = """
[topics.powers]
title = "Great powers"
description = "Anything that names one of them, so that real pages of all sorts give matches."
seed = "story"
keys = ["united-states", "china", "russia", "japan", "european-union"]
threshold = 0.05
"""
SUBSCRIPTION = """
[subscriptions.desk]
title = "Desk"
topics = ["powers"]
minimum_score = 0.05
channels = ["email:desk@dateline.example", "webhook"]
"""


@dataclass
class Press:
    """Real feeds whose entries lead to real pages. Before it is `published`, its feeds are empty."""

    pages: list[bytes]
    feeds: dict[str, bytes] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    published: bool = False

    def answer(self, path: str, _body: bytes) -> Answer:
        if path.startswith("/feeds/"):
            return 200, {"content-type": "application/xml"}, self.feeds[path] if self.published else EMPTY
        if path.startswith("/pages/"):
            return 200, {"content-type": "text/html"}, self.pages[int(path.split("/")[2]) % len(self.pages)]
        return 404, {}, b""

    def take(self, name: str, body: bytes, origin: str, numbers: Iterator[int]) -> None:
        """Add a feed with its links replaced; one whose links cannot all be found as written is left out."""
        parsed = parse_feed(body, url=f"{origin}/feeds/{name}")
        found = {}
        for entry in parsed.entries:
            link = entry.link or ""
            written = next((w for w in (link, escape(link)) if w and w.encode() in body), None)
            if written is None:
                return
            found[written] = f"{origin}/pages/{next(numbers)}/of/{name}"
        if not 3 <= len(found) <= 40:
            return
        for written in sorted(found, key=len, reverse=True):  # a link may be the beginning of another
            body = body.replace(written.encode(), found[written].encode())
        self.feeds[f"/feeds/{name}"] = body
        self.links.update(entry.link or "" for entry in parse_feed(body, url=f"{origin}/feeds/{name}").entries)


@contextmanager
def serve_press(shared_data: Path) -> Iterator[tuple[Press, str]]:
    pages = [gzip.decompress(path.read_bytes()) for path in sorted((shared_data / "pages/fundus").rglob("*.html.gz"))]
    press = Press(pages)
    with serve_http(press.answer) as origin:
        numbers = iter(range(10_000))
        for path in sorted((shared_data / "feeds/real").rglob("*.xml*")):
            body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            try:
                press.take(path.name.removesuffix(".gz"), body, origin, numbers)
            except ParseError:
                continue
            if len(press.feeds) == FEEDS:
                break
        yield press, origin


def declare(seeds: Path, shipped: Path, press: Press, origin: str) -> None:
    """Write declarations of our own beside the shipped gazetteer."""
    (seeds / "topics").mkdir(parents=True)
    for name in ("entities", "phrases"):
        (seeds / name).symlink_to(shipped / name)
    feeds = [
        f'[feeds.f{number}]\nurl = "{origin}{path}"\ntitle = "{path}"\noutlet = "real"\nlanguage = "en"\n'
        for number, path in enumerate(press.feeds)
    ]
    (seeds / "feeds.toml").write_text("\n".join(feeds))
    (seeds / "outlets.toml").write_text(OUTLETS)
    (seeds / "topics/powers.toml").write_text(TOPIC)
    (seeds / "subscriptions.toml").write_text(SUBSCRIPTION)


def count(store: Store, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    with reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


def make_everything_due(store: Store) -> None:
    """Let the subscription reach back to when the pages were written, and all feeds be due."""
    with writing(store) as connection:
        connection.execute(sa.text("UPDATE subscriptions SET since_at = '2000-01-01 00:00:00'"))
        connection.execute(sa.text("UPDATE feeds SET next_check_at = '2000-01-01 00:00:00'"))


async def find_artifact(key: str) -> object:
    """What the latest run left under a key in Prefect's UI."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 (Prefect reads its settings when imported)

    async with get_client() as client:
        return [artifact.data for artifact in await client.read_latest_artifacts() if artifact.key == key]


@pytest.mark.usefixtures("prefect")
def test_real_feeds_and_pages_reach_the_reader_once(
    shared_data: Path,
    store: Store,
    tmp_path: Path,
    mailbox: Mailbox,
    receiver: Receiver,
    surroundings: Callable[..., Path],
) -> None:
    from flows.brief import brief  # noqa: PLC0415 (Prefect reads its settings when it is imported)
    from flows.deliver import deliver  # noqa: PLC0415
    from flows.watch import watch  # noqa: PLC0415

    with serve_press(shared_data) as (press, origin):
        declare(tmp_path / "seeds", Path(__file__).parents[2] / "seeds", press, origin)
        surroundings(
            seeds=str(tmp_path / "seeds"),
            smtp_host="127.0.0.1",
            smtp_port=str(mailbox.port),
            mail_from="dateline@dateline.example",
            webhook_url=receiver.url,
            webhook_secret="a secret of this test",
        )
        asyncio.run(watch())
        make_everything_due(store)
        press.published = True
        first = asyncio.run(watch())
        make_everything_due(store)
        second = asyncio.run(watch())

    assert "| feeds |" in str(asyncio.run(find_artifact("round")))
    assert first["feeds"] == FEEDS
    assert first["failed"] == 0
    # Every entry is accounted for: stored, or refused with a reason.
    assert count(store, entries) == first["new_entries"] >= ENTRIES
    assert count(store, entries, entries.c.state == "unread") == 0
    assert count(store, entries, entries.c.state == "refused", entries.c.reason == "") == 0
    assert count(store, entries, entries.c.state == "stored", entries.c.article_id.is_(None)) == 0
    # A second round stores nothing new.
    assert (second["new_entries"], second["articles"]) == (0, 0)
    assert count(store, articles) == first["articles"]

    assert asyncio.run(brief("desk")) == "Digest desk/1 is composed."
    assert "# Desk" in str(asyncio.run(find_artifact("digest-desk")))
    assert deliver() == {"sent": 2, "failed": 0}
    with reading(store) as connection:
        composed = digest_from_json(connection.scalar(sa.select(digests.c.content)) or "")
    [mail] = [message_from_bytes(path.read_bytes(), policy=default) for path in mailbox.caught]
    body = mail.get_body(("plain",))
    assert body
    stop = "mailto:dateline@dateline.example?subject=unsubscribe%20desk"
    assert body.get_content().split() == render_text(composed, unsubscribe=stop).split()
    assert composed.stories
    assert receiver.received[0]["digest"]["number"] == composed.number
    # A second delivery run sends nothing.
    assert deliver() == {"sent": 0, "failed": 0}
    assert (len(mailbox.caught), len(receiver.received)) == (1, 1)
    assert count(store, deliveries, deliveries.c.state == "sent") == 2
