"""Servers that misbehave, each in its own way, and how the refresh of a feed at each is to be recorded.

The tests check it, and `python -m benchmarks.fetching hostile` prints it.
"""

import gzip
import zlib
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import brotli
import zstandard

from news.errors import FetchFailure
from tests.fetching.hostile import (
    Hostile,
    drip_body,
    drip_headers,
    endless_redirect,
    flood_body,
    flood_interim,
    hang,
    reset,
    reset_in_body,
)
from tests.fetching.refused_addresses import ODD_FORMS, REFUSED_ADDRESSES
from tests.fetching.servers import answer, redirect

BOMB = bytes(2_000_000)  # twenty times what the tests' policy lets unpack
FEED = b"<rss version='2.0'><channel><title>A feed of our own</title></channel></rss>"
_GUARDED: dict[str, Any] = {"allowed_networks": ()}
IMPATIENT = {"timeout_after": timedelta(seconds=0.3)}


def _raw(head: str, body: bytes = b"") -> bytes:
    return head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


def _page(title: str) -> bytes:
    return answer(f"<!doctype html><title>{title}</title><p>Read on.".encode(), content_type="text/html")


_SERVERS = [
    # Time
    Hostile("never answers", hang, FetchFailure.TIMEOUT, "did not answer in time", IMPATIENT),
    Hostile("drips its body", drip_body, FetchFailure.TIMEOUT, "not complete after 0.3", IMPATIENT),
    Hostile("drips its headers", drip_headers, FetchFailure.TIMEOUT, "did not answer in time", IMPATIENT),
    Hostile("sends early hints for ever", flood_interim, FetchFailure.TIMEOUT, "did not answer in time", IMPATIENT),
    # Size
    Hostile(
        "announces a huge body", answer(b"", content_length="9" * 12), FetchFailure.TOO_LARGE, "999,999,999,999 bytes"
    ),
    Hostile(
        "announces an absurd body", answer(b"", content_length="9" * 30), FetchFailure.BAD_RESPONSE, "Content-Length"
    ),
    Hostile("never ends its body", flood_body, FetchFailure.TOO_LARGE, "its body has more than 50,000 bytes"),
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
    Hostile("redirects for ever", endless_redirect, FetchFailure.REDIRECTS, "redirects more than 5 times"),
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
    Hostile("resets the connection", reset, FetchFailure.BAD_RESPONSE, "hung up before"),
    Hostile("resets inside the body", reset_in_body, FetchFailure.BAD_RESPONSE, "breaks off: received 5 of 1000 bytes"),
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
