"""Hostile servers: what one is, how it misbehaves on its socket, and how a round polls it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from extractors.workers import open_pool
from fetching.client import open_client
from flows.steps.refreshing import refresh_feeds
from news.errors import FetchFailure
from news.sources import DueFeed, Feed, FeedState, Outlet, PressSystem, Refresh
from tests.fetching.servers import FixedResolver, Said, listen, policy_for, redirect


@dataclass(frozen=True)
class Hostile:
    """A server or an address, how its failure is to be filed, and words that the record must hold."""

    name: str
    said: Said
    kind: FetchFailure
    words: str
    changes: dict[str, Any] = field(default_factory=dict)
    resolves: tuple[list[str], ...] = ()
    """What its name leads to, one list at each lookup; none: the server is asked by its address."""
    url: str | None = None
    """What is declared in place of the server's address."""

    @property
    def is_met_by_its_answer(self) -> bool:
        """Whether a client of any policy meets it by asking its address."""
        return not self.changes and not self.resolves and self.url is None


async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def drip_headers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"x-more: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def flood_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1000\r\n" + bytes(4096) + b"\r\n")
        await writer.drain()


async def flood_interim(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.005)


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def reset_in_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<rss>")
    await writer.drain()
    await asyncio.sleep(0)
    writer.transport.abort()


async def endless_redirect(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(redirect("/feed?again"))


_OUTLET = Outlet("hostile", "Hostile", "XX", "en", PressSystem.INTERNATIONAL, "hostile", "UTC")


async def poll_hostile(hostile: Hostile) -> tuple[Refresh, int]:
    """Poll such a server as a round does; give the record of it, and how many requests the server got."""
    async with listen(hostile.said) as server:
        resolver = FixedResolver(*hostile.resolves) if hostile.resolves else None
        policy = policy_for(server, **hostile.changes)
        url = server.url(host="news.example" if resolver else "127.0.0.1") if hostile.url is None else hostile.url
        due = DueFeed(Feed("hostile", url, hostile.name, "hostile", "en"), _OUTLET, FeedState("hostile", url))
        with open_pool(workers=1) as workers:
            async with open_client(policy, resolver=resolver) as client:
                [poll] = await refresh_feeds([due], client, workers, lambda: datetime.now(UTC))
    return poll.refresh, len(server.heads)
