"""What the client sends, follows and gives back."""

import asyncio
import gzip
from datetime import timedelta

import pytest

from fetching.client import Client
from fetching.transport import AiohttpTransport
from news.errors import FetchError, FetchFailure
from news.sources import Fetched, NotModified
from tests.fetching.servers import Connect, FixedResolver, RawServer, Serve, answer, listen, policy_for, redirect

FEED = b"<rss/>"


async def _read(client: Client, url: str) -> Fetched:
    fetched = await client.fetch(url)
    assert isinstance(fetched, Fetched)
    return fetched


async def test_a_feed_comes_back_with_its_headers(serve: Serve, connect: Connect) -> None:
    server = await serve(answer(gzip.compress(FEED), content_encoding="gzip", ETag='"1"', content_type="text/xml"))
    client = await connect(server)
    fetched = await _read(client, server.url())
    assert (fetched.body, fetched.headers["etag"], fetched.content_type) == (FEED, '"1"', "text/xml")
    assert (fetched.url, fetched.final_url, fetched.permanent_url) == (server.url(), server.url(), None)


async def test_what_is_a_gzip_file_is_unpacked(serve: Serve, connect: Connect) -> None:
    """Whatever the headers say of it, or do not."""
    packed = gzip.compress(FEED)
    server = await serve(answer(packed, content_type="application/gzip"))
    client = await connect(server)
    assert (await _read(client, server.url())).body == FEED
    as_sent = await client.fetch(server.url("/page"), kind="page", unpacks=False)
    assert isinstance(as_sent, Fetched)
    assert as_sent.body == packed


async def test_the_request_is_honest_and_plain(serve: Serve, connect: Connect) -> None:
    server = await serve(answer(FEED))
    client = await connect(server)
    await client.fetch(
        server.url("/a%3Ab/한국?q=%2F&x=1#part"), etag='W/"é1"', last_modified="Tue, 24 Nov 2026 00:00:00 GMT"
    )
    head = server.heads[0]
    assert head.startswith("GET /a%3Ab/%ED%95%9C%EA%B5%AD?q=%2F&x=1 HTTP/1.1\r\n")
    sent = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in head.splitlines()[1:] if line}
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
    assert sent["user-agent"] == "Dateline/0.1 (+mailto:editor@example.org)"
    assert sent["if-none-match"].encode("latin-1").decode() == 'W/"é1"'


async def test_not_modified_says_through_which_permanent_redirect(serve: Serve, connect: Connect) -> None:
    server = await serve(answer(b"", "304 Not Modified"))
    client = await connect(server)
    assert await client.fetch(server.url(), etag='"1"') == NotModified()
    assert await client.fetch(server.url(), last_modified="Tue, 24 Nov 2026 00:00:00 GMT") == NotModified()
    moved, passing = [await serve(redirect(server.url(), status)) for status in ("301", "302")]
    client = await connect(server, moved, passing)
    assert await client.fetch(moved.url(), etag='"1"') == NotModified(server.url())
    assert await client.fetch(passing.url(), etag='"1"') == NotModified()


@pytest.mark.parametrize(
    ("statuses", "is_permanent"),
    [(["301", "308"], True), (["308"], True), (["301", "302"], False), (["307", "301"], False), (["303"], False)],
)
async def test_only_a_wholly_permanent_course_is_reported(
    statuses: list[str], is_permanent: bool, serve: Serve, connect: Connect
) -> None:
    said = {f"/{n}": redirect(f"/{n + 1}", f"{status} Moved") for n, status in enumerate(statuses)}
    server = await serve(said | {f"/{len(statuses)}": answer(FEED)})
    client = await connect(server)
    fetched = await _read(client, server.url("/0"))
    end = server.url(f"/{len(statuses)}")
    assert (fetched.url, fetched.final_url) == (server.url("/0"), end)
    assert fetched.permanent_url == (end if is_permanent else None)


@pytest.mark.parametrize(
    "location", ["next", "./next", "/next", "?x", "//127.0.0.1:{port}/next", "HTTP://127.0.0.1:{port}/next"]
)
async def test_relative_redirects_are_followed(location: str, serve: Serve, connect: Connect) -> None:
    server = await serve(answer(FEED))
    start = await serve(
        {"/feed": redirect(location.format(port=server.port)), "/next": answer(FEED), "/feed?x": answer(FEED)}
    )
    client = await connect(server, start)
    assert (await _read(client, start.url())).body == FEED


async def test_credentials_reach_their_own_origin_and_no_other(serve: Serve, connect: Connect) -> None:
    other = await serve(answer(FEED))
    server = await serve({"/feed": redirect("/again"), "/again": redirect(other.url().replace("//", "//eve:eve@"))})
    client = await connect(server, other)
    fetched = await _read(client, server.url(host="user:p%40ss@127.0.0.1"))
    assert len(server.heads) == 2
    assert all("authorization: Basic dXNlcjpwQHNz\r\n" in head for head in server.heads)
    assert "authorization" not in other.heads[0].lower()
    assert "ss@" not in fetched.url + fetched.final_url


async def test_failures_never_show_credentials(connect: Connect) -> None:
    client = await connect()
    for url in ("http://user:secret@10.0.0.1/", "http://user:secret@[::1/", "http://user:secret@127.0.0.1/"):
        with pytest.raises(FetchError) as caught:
            await client.fetch(url)
        assert "secret" not in str(caught.value) + caught.value.url


async def test_a_cookie_lives_for_one_fetch(serve: Serve, connect: Connect) -> None:
    """Some sites send readers in circles until they carry a cookie; none is kept for the next time."""

    async def circle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        has_cookie = "cookie: seen=1" in server.heads[-1].lower()
        writer.write(answer(FEED) if has_cookie else redirect("/feed", set_cookie="seen=1; Path=/"))

    server = await serve(circle)
    client = await connect(server)
    for _ in range(2):
        assert (await _read(client, server.url())).body == FEED
    assert ["cookie" in head.lower() for head in server.heads] == [False, True, False, True]


async def test_a_failure_behind_a_redirect_says_where(serve: Serve, connect: Connect) -> None:
    server = await serve({"/feed": redirect("/login"), "/login": answer(b"", "403 Forbidden")})
    client = await connect(server)
    with pytest.raises(FetchError, match=r"redirected to 127\.0\.0\.1: the server answered 403") as caught:
        await client.fetch(server.url())
    assert (caught.value.kind, caught.value.status) == (FetchFailure.BLOCKED, 403)


async def test_what_a_server_asks_for_is_passed_on(serve: Serve, connect: Connect) -> None:
    server = await serve(answer(b"", "503 Later", retry_after="120"))
    client = await connect(server)
    with pytest.raises(FetchError) as caught:
        await client.fetch(server.url())
    assert (caught.value.status, caught.value.retry_after) == (503, timedelta(seconds=120))


async def test_names_and_closed_ports_fail_in_plain_words(connect: Connect) -> None:
    closed = RawServer(port=1)
    client = await connect(closed)
    with pytest.raises(FetchError, match="could not be connected to") as refused:
        await client.fetch(closed.url())
    with pytest.raises(FetchError, match="its name could not be found") as unknown:
        await client.fetch("http://no-such-host.invalid/feed")
    assert (refused.value.kind, unknown.value.kind) == (FetchFailure.CONNECT, FetchFailure.DNS)


async def test_an_encoding_that_needs_no_length_is_read_to_its_end(serve: Serve, connect: Connect) -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n<rs\r\n3\r\ns/>\r\n0\r\n\r\n"
    for said in (chunked, b"HTTP/1.0 200 OK\r\n\r\n<rss/>", answer(FEED, content_encoding="identity")):
        server = await serve(said)
        client = await connect(server)
        assert (await _read(client, server.url())).body == FEED


async def test_a_server_that_sends_more_than_it_promised_is_cut_off(serve: Serve, connect: Connect) -> None:
    server = await serve(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<rss/>HTTP/1.1 200 OK\r\n\r\nsmuggled")
    client = await connect(server)
    assert (await _read(client, server.url())).body == FEED
    assert (await _read(client, server.url())).body == FEED


async def test_connections_are_kept_alive_only_while_few_are_open() -> None:
    """With thousands of hosts the idle connections would use up what the system lets a process open."""
    said = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<rss/>"

    async def keep_answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        while "connection: close" not in server.heads[-1].lower():
            server.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(said)

    async with listen(keep_answering) as server:
        policy = policy_for(server, kept_connections=3)
        async with AiohttpTransport(policy, FixedResolver(["127.0.0.1"])) as transport:
            client = Client(policy, transport)
            for host in range(1, 11):
                await client.fetch(server.url(host=f"host{host}.example"))
            assert transport.open_sockets <= 4  # three are kept, and the last is on its way out
