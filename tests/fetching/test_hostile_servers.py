"""Servers that misbehave, each in its own way: every one is contained, and says what it did in its own words."""

import asyncio
import gzip
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import brotli
import pytest
import zstandard

from news.errors import FetchError, FetchFailure
from tests.fetching.servers import Connect, Said, Serve, answer, redirect

BOMB = bytes(2_000_000)  # twenty times what the tests' policy lets unpack
FEED = b"<rss version='2.0'><channel><title>A feed of our own</title></channel></rss>"
IMPATIENT = {"timeout_after": timedelta(seconds=0.3)}


@dataclass(frozen=True)
class Hostile:
    """A server, how its failure is to be filed, and words that the record must hold."""

    name: str
    said: Said
    kind: FetchFailure
    words: str
    changes: dict[str, Any] = field(default_factory=dict)


async def _hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _drip_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _drip_headers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"x-more: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _flood_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1000\r\n" + bytes(4096) + b"\r\n")
        await writer.drain()


async def _flood_interim(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.005)


async def _reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _reset_in_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<rss>")
    await writer.drain()
    await asyncio.sleep(0)
    writer.transport.abort()


async def _endless_redirect(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(redirect("/feed?again"))


def _raw(head: str, body: bytes = b"") -> bytes:
    return head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


TABLE = [
    # Time
    Hostile("never answers", _hang, FetchFailure.TIMEOUT, "did not answer in time", IMPATIENT),
    Hostile("drips its body", _drip_body, FetchFailure.TIMEOUT, "not complete after 0.3", IMPATIENT),
    Hostile("drips its headers", _drip_headers, FetchFailure.TIMEOUT, "did not answer in time", IMPATIENT),
    Hostile("sends early hints for ever", _flood_interim, FetchFailure.TIMEOUT, "did not answer in time", IMPATIENT),
    # Size
    Hostile(
        "announces a huge body", answer(b"", content_length="9" * 12), FetchFailure.TOO_LARGE, "999,999,999,999 bytes"
    ),
    Hostile(
        "announces an absurd body", answer(b"", content_length="9" * 30), FetchFailure.BAD_RESPONSE, "Content-Length"
    ),
    Hostile("never ends its body", _flood_body, FetchFailure.TOO_LARGE, "its body has more than 50,000 bytes"),
    Hostile(
        "never ends, no length", _raw("HTTP/1.0 200 OK", bytes(60_000)), FetchFailure.TOO_LARGE, "more than 50,000"
    ),
    Hostile(
        "gzip bomb", answer(gzip.compress(BOMB), content_encoding="gzip"), FetchFailure.TOO_LARGE, "unpacks to more"
    ),
    Hostile(
        "deflate bomb",
        answer(zlib.compress(BOMB), content_encoding="deflate"),
        FetchFailure.TOO_LARGE,
        "unpacks to more",
    ),
    Hostile(
        "brotli bomb", answer(brotli.compress(BOMB), content_encoding="br"), FetchFailure.TOO_LARGE, "unpacks to more"
    ),
    Hostile(
        "zstd bomb",
        answer(zstandard.compress(BOMB), content_encoding="zstd"),
        FetchFailure.TOO_LARGE,
        "unpacks to more",
    ),
    Hostile(
        "bomb in a bomb",
        answer(gzip.compress(gzip.compress(BOMB)), content_encoding="gzip, gzip"),
        FetchFailure.TOO_LARGE,
        "unpacks to more",
    ),
    Hostile(
        "gzip in a thousand parts",
        answer(gzip.compress(b"") * 1000, content_encoding="gzip"),
        FetchFailure.BAD_RESPONSE,
        "more than 16 compressed parts",
    ),
    Hostile(
        "a header without end",
        _raw("HTTP/1.1 200 OK\nx: " + "y" * 200_000),
        FetchFailure.TOO_LARGE,
        "head of the server's answer is longer",
    ),
    Hostile(
        "a flood of headers",
        _raw("HTTP/1.1 200 OK\n" + "\n".join(f"x-{n}: {'y' * 900}" for n in range(100))),
        FetchFailure.TOO_LARGE,
        "bytes of headers, more than 32,768",
    ),
    Hostile(
        "thousands of small headers",
        _raw("HTTP/1.1 200 OK\n" + "\n".join(f"x-{n}: y" for n in range(5000))),
        FetchFailure.TOO_LARGE,
        "head of the server's answer is longer",
    ),
    # Redirects
    Hostile("redirects for ever", _endless_redirect, FetchFailure.REDIRECTS, "redirects more than 5 times"),
    Hostile("redirects to itself", redirect("/feed"), FetchFailure.REDIRECTS, "redirects more than 5 times"),
    Hostile("redirects nowhere", answer(b"", "302 Found"), FetchFailure.STATUS, "302: a redirect that leads nowhere"),
    Hostile("redirects to a file", redirect("file:///etc/passwd"), FetchFailure.REFUSED_ADDRESS, "begins with 'file:'"),
    Hostile(
        "redirects to gopher", redirect("gopher://127.0.0.1/"), FetchFailure.REFUSED_ADDRESS, "begins with 'gopher:'"
    ),
    Hostile("redirects to a script", redirect("javascript:alert(1)"), FetchFailure.REFUSED_ADDRESS, "'javascript:'"),
    Hostile("redirects to data", redirect("data:text/xml,<rss/>"), FetchFailure.REFUSED_ADDRESS, "begins with 'data:'"),
    Hostile("redirects to garbage", redirect("http://[::1"), FetchFailure.REDIRECTS, "not an address of the web"),
    Hostile("redirects to no host", redirect("http://user@/x"), FetchFailure.REFUSED_ADDRESS, "names no host"),
    Hostile(
        "redirects to metadata", redirect("http://169.254.169.254/latest"), FetchFailure.REFUSED_ADDRESS, "metadata"
    ),
    Hostile(
        "redirects inside", redirect("http://192.168.1.1/"), FetchFailure.REFUSED_ADDRESS, "192.168.1.1, a private"
    ),
    Hostile("redirects to a database", redirect("http://example.org:5432/"), FetchFailure.REFUSED_ADDRESS, "port 5432"),
    # Broken HTTP
    Hostile(
        "speaks another language",
        b"220 mail ready\r\n\r\n",
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Bad status line",
    ),
    Hostile(
        "sends noise", bytes(range(256)) + b"\r\n\r\n", FetchFailure.BAD_RESPONSE, "not proper HTTP: Bad status line"
    ),
    Hostile(
        "has a wild status", b"HTTP/1.1 9999 No\r\n\r\n", FetchFailure.BAD_RESPONSE, "not proper HTTP: Bad status line"
    ),
    Hostile(
        "has a negative status",
        b"HTTP/1.1 -20 No\r\n\r\n",
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Bad status line",
    ),
    Hostile("has a status of its own", answer(b"", "999 Denied"), FetchFailure.STATUS, "999"),
    Hostile(
        "header without colon",
        _raw("HTTP/1.1 200 OK\nnonsense"),
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Invalid header token",
    ),
    Hostile(
        "null in a header",
        _raw("HTTP/1.1 200 OK\nx: a\0b"),
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Invalid HTTP header",
    ),
    Hostile(
        "negative length",
        answer(b"", content_length="-5"),
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Invalid character in Content-Length",
    ),
    Hostile(
        "length in words",
        answer(b"", content_length="many"),
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Invalid character in Content-Length",
    ),
    Hostile(
        "two lengths",
        _raw("HTTP/1.1 200 OK\ncontent-length: 3\ncontent-length: 4", b"abcd"),
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Duplicate Content-Length",
    ),
    Hostile(
        "bad chunk size",
        _raw("HTTP/1.1 200 OK\ntransfer-encoding: chunked", b"zz\r\nabc\r\n0\r\n\r\n"),
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Invalid character in chunk size",
    ),
    Hostile(
        "negative chunk size",
        _raw("HTTP/1.1 200 OK\ntransfer-encoding: chunked", b"-3\r\nabc\r\n0\r\n\r\n"),
        FetchFailure.BAD_RESPONSE,
        "not proper HTTP: Invalid character in chunk size",
    ),
    Hostile(
        "chunks break off",
        _raw("HTTP/1.1 200 OK\ntransfer-encoding: chunked", b"ff\r\nabc"),
        FetchFailure.BAD_RESPONSE,
        "breaks off: it has no end",
    ),
    Hostile(
        "promises more than it sends",
        answer(FEED, content_length="999"),
        FetchFailure.BAD_RESPONSE,
        "breaks off: received 76 of 999 bytes",
    ),
    Hostile("hangs up without a word", b"", FetchFailure.BAD_RESPONSE, "hung up before"),
    Hostile("hangs up in its status line", b"HTTP/1.1 20", FetchFailure.BAD_RESPONSE, "hung up before"),
    Hostile("hangs up in its headers", b"HTTP/1.1 200 OK\r\nx: ", FetchFailure.BAD_RESPONSE, "hung up before"),
    Hostile("resets the connection", _reset, FetchFailure.BAD_RESPONSE, "hung up before"),
    Hostile(
        "resets inside the body", _reset_in_body, FetchFailure.BAD_RESPONSE, "breaks off: received 5 of 1000 bytes"
    ),
    # Encodings
    Hostile(
        "gzip cut short",
        answer(gzip.compress(FEED)[:-12], content_encoding="gzip"),
        FetchFailure.BAD_RESPONSE,
        "break off",
    ),
    Hostile("gzip that is none", answer(FEED, content_encoding="gzip"), FetchFailure.BAD_RESPONSE, "damaged"),
    Hostile(
        "gzip with a wrong sum",
        answer(gzip.compress(FEED)[:-8] + bytes(8), content_encoding="gzip"),
        FetchFailure.BAD_RESPONSE,
        "damaged",
    ),
    Hostile("deflate that is none", answer(FEED, content_encoding="deflate"), FetchFailure.BAD_RESPONSE, "damaged"),
    Hostile(
        "brotli cut short",
        answer(brotli.compress(FEED)[:-3], content_encoding="br"),
        FetchFailure.BAD_RESPONSE,
        "break off",
    ),
    Hostile("brotli that is none", answer(b"\xff" * 99, content_encoding="br"), FetchFailure.BAD_RESPONSE, "damaged"),
    Hostile(
        "zstd cut short",
        answer(zstandard.compress(FEED)[:-3], content_encoding="zstd"),
        FetchFailure.BAD_RESPONSE,
        "break off",
    ),
    Hostile("zstd that is none", answer(FEED, content_encoding="zstd"), FetchFailure.BAD_RESPONSE, "damaged"),
    Hostile("an encoding of its own", answer(FEED, content_encoding="rot13"), FetchFailure.BAD_RESPONSE, "as 'rot13'"),
    Hostile(
        "encoded ten times", answer(FEED, content_encoding="gzip," * 10), FetchFailure.BAD_RESPONSE, "10 times over"
    ),
    # Content
    Hostile(
        "sends a film",
        answer(b"....", content_type="video/mp4"),
        FetchFailure.BAD_RESPONSE,
        "video/mp4, which is no feed",
    ),
    Hostile(
        "sends a picture",
        answer(b"GIF89a", content_type="IMAGE/GIF"),
        FetchFailure.BAD_RESPONSE,
        "image/gif, which is no",
    ),
    Hostile(
        "sends a document",
        answer(b"%PDF", content_type="application/pdf"),
        FetchFailure.BAD_RESPONSE,
        "application/pdf",
    ),
    Hostile(
        "304 out of the blue", answer(b"", "304 Not Modified"), FetchFailure.BAD_RESPONSE, "named no earlier version"
    ),
    Hostile("has nothing to say", answer(b"", "204 No Content"), FetchFailure.STATUS, "204: it sent nothing to read"),
    # Refusals
    Hostile("wants a login", answer(b"", "401 Unauthorized"), FetchFailure.BLOCKED, "401: it asks for a login"),
    Hostile("wants money", answer(b"", "402 Payment Required"), FetchFailure.BLOCKED, "402: it asks for payment"),
    Hostile("refuses robots", answer(b"", "403 Forbidden"), FetchFailure.BLOCKED, "403: it refuses automated readers"),
    Hostile(
        "is a wall", answer(b"", "403 No", cf_mitigated="challenge"), FetchFailure.BLOCKED, "a wall against robots"
    ),
    Hostile("lost the page", answer(b"", "404 Not Found"), FetchFailure.STATUS, "404: nothing stands at this address"),
    Hostile("is gone", answer(b"", "410 Gone"), FetchFailure.GONE, "410: this address is gone for good"),
    Hostile("is a teapot", answer(b"", "418 I'm a teapot"), FetchFailure.BLOCKED, "418"),
    Hostile(
        "wants us less often", answer(b"", "429 Slow", retry_after="90"), FetchFailure.RATE_LIMITED, "come less often"
    ),
    Hostile("may not tell", answer(b"", "451 Withheld"), FetchFailure.BLOCKED, "451: it is withheld for legal reasons"),
    Hostile("is broken", answer(b"", "500 Oops"), FetchFailure.STATUS, "500: it has an error of its own"),
    Hostile("is under maintenance", answer(b"", "503 Later"), FetchFailure.STATUS, "503: it is overloaded or under"),
]


def test_the_table_is_long_enough_and_each_row_has_a_name() -> None:
    assert len({hostile.name for hostile in TABLE}) == len(TABLE) >= 60


@pytest.mark.parametrize("hostile", TABLE, ids=lambda hostile: hostile.name)
async def test_a_hostile_server_is_contained(hostile: Hostile, serve: Serve, connect: Connect) -> None:
    server = await serve(hostile.said)
    client = await connect(server, **hostile.changes)
    with pytest.raises(FetchError) as caught:
        await client.fetch(server.url())
    assert (caught.value.kind, hostile.words in str(caught.value)) == (hostile.kind, True), str(caught.value)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)
    assert len(server.heads) <= 6  # the first request and five redirects


async def test_the_client_is_none_the_worse_for_it(serve: Serve, connect: Connect) -> None:
    """One client meets all of them at once, but for those that silence their host, and then reads an honest feed."""
    hostile = [await serve(row.said) for row in TABLE if not row.changes and row.kind is not FetchFailure.RATE_LIMITED]
    honest = await serve(answer(FEED))
    client = await connect(honest, *hostile, per_host=100, rest_for=timedelta(0))
    outcomes = await asyncio.gather(*(client.fetch(server.url()) for server in hostile), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {FetchError}
    fetched = await client.fetch(honest.url())
    assert fetched is not None
    assert fetched.body == FEED
