"""Secure connections that are none: each says what is wrong with it."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from news.errors import FetchError, FetchFailure
from news.sources import Fetched
from tests.fetching.servers import Connect, FixedResolver, RawServer, Serve, answer

FEED = b"<rss/>"
HERE = FixedResolver(["127.0.0.1"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def _fail(server: RawServer, connect: Connect, ca_file: Path, host: str = "news.example") -> FetchError:
    client = await connect(server, resolver=HERE, ca_file=ca_file)
    with pytest.raises(FetchError) as caught:
        await client.fetch(server.url(host=host))
    return caught.value


async def test_an_authority_of_the_operator_is_trusted(
    serve: Serve, connect: Connect, authority: trustme.CA, ca_file: Path
) -> None:
    server = await serve(answer(FEED), tls=_context(authority.issue_cert("news.example")))
    client = await connect(server, resolver=HERE, ca_file=ca_file)
    fetched = await client.fetch(server.url(host="news.example"))
    assert isinstance(fetched, Fetched)
    assert fetched.body == FEED


async def test_an_unknown_authority_is_not(serve: Serve, connect: Connect, ca_file: Path) -> None:
    server = await serve(answer(FEED), tls=_context(trustme.CA().issue_cert("news.example")))
    error = await _fail(server, connect, ca_file)
    assert error.kind is FetchFailure.TLS
    assert "its certificate is not valid: unable to get local issuer certificate" in str(error)
    assert server.heads == []


async def test_a_certificate_for_another_name(
    serve: Serve, connect: Connect, authority: trustme.CA, ca_file: Path
) -> None:
    server = await serve(answer(FEED), tls=_context(authority.issue_cert("other.example")))
    error = await _fail(server, connect, ca_file)
    assert error.kind is FetchFailure.TLS
    assert "Hostname mismatch" in str(error)


async def test_a_certificate_that_has_expired(
    serve: Serve, connect: Connect, authority: trustme.CA, ca_file: Path
) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    expired = authority.issue_cert("news.example", not_before=past.replace(year=2019), not_after=past)
    error = await _fail(await serve(answer(FEED), tls=_context(expired)), connect, ca_file)
    assert error.kind is FetchFailure.TLS
    assert "certificate has expired" in str(error)


async def test_a_server_that_speaks_no_tls(connect: Connect, ca_file: Path) -> None:
    async def shout(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(shout, "127.0.0.1", 0)
    server = RawServer(port=listener.sockets[0].getsockname()[1], scheme="https")
    error = await _fail(server, connect, ca_file)
    listener.close()
    assert error.kind is FetchFailure.TLS
    assert "wrong version number" in str(error) or "record layer failure" in str(error)


async def test_a_server_that_hangs_up_in_the_handshake(connect: Connect, ca_file: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    server = RawServer(port=listener.sockets[0].getsockname()[1], scheme="https")
    error = await _fail(server, connect, ca_file)
    listener.close()
    assert error.kind in {FetchFailure.TLS, FetchFailure.CONNECT}


async def test_a_host_that_accepts_and_says_nothing(connect: Connect, ca_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = RawServer(port=silent.getsockname()[1], scheme="https")
        client = await connect(server, resolver=HERE, ca_file=ca_file, connect_timeout_after=timedelta(seconds=0.1))
        with pytest.raises(FetchError, match="did not answer the attempt to connect") as caught:
            await client.fetch(server.url(host="silent.example"))
    assert caught.value.kind is FetchFailure.TIMEOUT
