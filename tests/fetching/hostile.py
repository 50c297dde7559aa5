"""Servers that misbehave, each in its own way, and how the refresh of a feed at each is to be recorded.

The tests check it, and `python -m benchmarks.fetching hostile` prints it.
"""

import asyncio
import gzip
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import brotli
import zstandard

from extractors.workers import open_pool
from fetching.client import open_client
from flows.steps.refreshing import refresh_feeds
from news.errors import FetchFailure
from news.sources import DueFeed, Feed, FeedState, Outlet, PressSystem, Refresh
from tests.fetching.servers import FixedResolver, Said, answer, listen, policy_for, redirect

BOMB = bytes(2_000_000)  # twenty times what the tests' policy lets unpack
FEED = b"<rss version='2.0'><channel><title>A feed of our own</title></channel></rss>"
_GUARDED: dict[str, Any] = {"allowed_networks": ()}
IMPATIENT = {"timeout_after": timedelta(seconds=0.3)}


REFUSED_ADDRESSES = {
    "0.0.0.0": "no address",
    "0.1.2.3": "no address",
    "10.1.2.3": "private network",
    "100.64.0.1": "provider's inner network",
    "100.100.100.200": "metadata",
    "127.0.0.1": "this machine",
    "127.255.255.254": "this machine",
    "169.254.1.1": "local link",
    "169.254.169.254": "metadata",
    "172.16.0.1": "private network",
    "172.31.255.255": "private network",
    "192.0.0.8": "for protocols",
    "192.0.2.1": "examples",
    "192.88.99.1": "relay",
    "192.168.178.1": "private network",
    "198.18.0.1": "benchmarks",
    "198.51.100.7": "examples",
    "203.0.113.7": "examples",
    "224.0.0.251": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "everybody",
    "::": "no address",
    "::1": "this machine",
    "::127.0.0.1": "in disguise",
    "::ffff:127.0.0.1": "in disguise",
    "::ffff:8.8.8.8": "in disguise",
    "::ffff:0:127.0.0.1": "not a public address",
    "4000::1": "not a public address",
    "64:ff9b::127.0.0.1": "NAT64",
    "64:ff9b::808:808": "NAT64",
    "64:ff9b:1::a00:1": "NAT64",
    "100::1": "discards",
    "2001::1": "Teredo",
    "2001:20::1": "for protocols",
    "2001:db8::1": "examples",
    "2002:7f00:1::": "6to4",
    "3fff::1": "examples",
    "5f00::1": "routing",
    "fc00::1": "private network",
    "fd00:ec2::254": "metadata",
    "fd12:3456::1": "private network",
    "fe80::1": "local link",
    "fec0::1": "private network",
    "ff02::1": "multicast",
}
_UNUSUAL, _NO_ADDRESS = "an address in an unusual form", "is not an address of the web: Invalid"
ODD_FORMS = {
    "http://2130706433/": _UNUSUAL,
    "http://0x7f000001/": _UNUSUAL,
    "http://0x7f.0x0.0x0.0x1/": _UNUSUAL,
    "http://0x7f.1/": _UNUSUAL,
    "http://017700000001/": _UNUSUAL,
    "http://0177.0.0.1/": _NO_ADDRESS,
    "http://127.1/": _UNUSUAL,
    "http://127.0.1/": _UNUSUAL,
    "http://127.0.0.1./": _UNUSUAL,
    "http://0/": _UNUSUAL,
    "http://127.0.0.1.0x7f/": _UNUSUAL,
    "http://00000127.0.0.1/": _NO_ADDRESS,
    "http://127.0.0.256/": _NO_ADDRESS,
    "http://１２７.0.0.1/": _NO_ADDRESS,
    "http://127。0。0。1/": "it leads to 127.0.0.1, this machine",
    "http://①②⑦.⓪.⓪.①/": _NO_ADDRESS,
    "http://[::ffff:7f00:1]/": "in disguise",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/": "in disguise",
    "http://[fe80::1%25eth0]/": "names an interface of this machine",
    "http://[::1%250]/": "names an interface of this machine",
    "http://127.0.0.1:80@127.0.0.1/": "it leads to 127.0.0.1, this machine",
    "http://a..b/": "cannot be the name of a host",
    "http://" + "a" * 64 + ".example/": "cannot be the name of a host",
    "http://" + "a." * 130 + "example/": "cannot be the name of a host",
    "http://host:5432/": "port 5432 is not a port of the web",
    "http://host:22/": "port 22 is not a port of the web",
    "http://host:0/": "port 0 is not a port of the web",
    "http://host:99999/": "port 99999 is not a port of the web",
    "http:///path": "names no host",
    "//host/path": "this address names neither",
    "/etc/passwd": "this address names neither",
    "": "this address names neither",
    "file:///etc/passwd": "begins with 'file:'",
    "ftp://host/feed": "begins with 'ftp:'",
    "gopher://127.0.0.1:25/": "begins with 'gopher:'",
    "http://a\nb/": _NO_ADDRESS,
    "http://a\0b/": _NO_ADDRESS,
    "http://a b/": "an address in an unusual form",
    "http://a\\b/": "cannot be the name of a host",
    "http://xn--a/": "is not an address of the web: Codepoint",
    "http://xn--a.example/": "is not an address of the web: Codepoint",
}
"""Forms of addresses with what is to be said of each."""


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


def _page(title: str) -> bytes:
    return answer(f"<!doctype html><title>{title}</title><p>Read on.".encode(), content_type="text/html")


_SERVERS = [
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
    Hostile("gzip bomb without a header", answer(gzip.compress(BOMB)), FetchFailure.TOO_LARGE, "unpacks to more"),
    Hostile(
        "gzip bomb in a gzip file",
        answer(gzip.compress(gzip.compress(BOMB)), content_encoding="gzip"),
        FetchFailure.TOO_LARGE,
        "unpacks to more",
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
    Hostile(
        "is away for aeons",
        answer(b"", "503 Later", retry_after="Mon, 01 Jan 99999999999 00:00:00 GMT"),
        FetchFailure.STATUS,
        "503: it is overloaded or under",
    ),
    Hostile("is under maintenance", answer(b"", "503 Later"), FetchFailure.STATUS, "503: it is overloaded or under"),
    # What is no feed
    Hostile("shows a login", _page("Sign in"), FetchFailure.NOT_A_FEED, "a login page (title 'Sign in'), not a feed"),
    Hostile("shows a notice", _page("Maintenance"), FetchFailure.NOT_A_FEED, "this is a maintenance page"),
    Hostile("shows a riddle", _page("Just a moment..."), FetchFailure.NOT_A_FEED, "wants proof of a human reader"),
    Hostile("shows its front page", _page("Harbour Herald"), FetchFailure.NOT_A_FEED, "this is a web page (title"),
    Hostile("sends an empty body", answer(b""), FetchFailure.NOT_A_FEED, "this document is empty"),
    Hostile("sends some text", answer(b"Moved, see our app."), FetchFailure.NOT_A_FEED, "it begins with 'Moved, see"),
    # Names
    Hostile(
        "rebinds its name",
        redirect("http://news.example/"),
        FetchFailure.REFUSED_ADDRESS,
        "redirected to news.example: it leads to 127.0.0.2, this machine",
        {"allowed_networks": (ip_network("127.0.0.1/32"),)},
        resolves=(["127.0.0.1"], ["127.0.0.2"]),
    ),
]

TABLE = [
    *_SERVERS,
    *(
        Hostile(f"leads to {address}", answer(FEED), FetchFailure.REFUSED_ADDRESS, words, _GUARDED, ([address],))
        for address, words in REFUSED_ADDRESSES.items()
    ),
    *(
        Hostile(f"is declared as {form!r:.60}", answer(FEED), FetchFailure.REFUSED_ADDRESS, words, _GUARDED, url=form)
        for form, words in ODD_FORMS.items()
    ),
]

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
