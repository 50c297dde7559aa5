"""Every error that the libraries below can raise is known here: a new one in a later version fails these tests."""

import errno
import inspect
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any

import aiohttp
import aiohttp.client_exceptions
import aiohttp.http_exceptions
import httpx
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from fetching import transport
from fetching.failures import explain_transport_error
from fetching.transport import NoNetworkError, TlsError, UnknownHostError, translate_error
from news.errors import FetchFailure

REQUEST = httpx.Request("GET", "http://example.org/feed")

# What each class of aiohttp becomes. Classes of other protocols are here too: should one ever arrive, it is contained.
AIOHTTP = {
    "ClientConnectionError": httpx.ReadError,
    "ClientConnectionResetError": httpx.ReadError,
    "ClientConnectorCertificateError": TlsError,
    "ClientConnectorDNSError": UnknownHostError,
    "ClientConnectorError": httpx.ConnectError,
    "ClientConnectorSSLError": TlsError,
    "ClientError": httpx.TransportError,
    "ClientHttpProxyError": httpx.ProxyError,
    "ClientOSError": httpx.ReadError,
    "ClientPayloadError": transport.CutShortError,
    "ClientProxyConnectionError": httpx.ProxyError,
    "ClientResponseError": httpx.RemoteProtocolError,
    "ClientSSLError": TlsError,
    "ConnectionTimeoutError": httpx.ConnectTimeout,
    "ContentTypeError": httpx.RemoteProtocolError,
    "InvalidURL": httpx.UnsupportedProtocol,
    "InvalidUrlClientError": httpx.UnsupportedProtocol,
    "InvalidUrlRedirectClientError": httpx.UnsupportedProtocol,
    "NonHttpUrlClientError": httpx.UnsupportedProtocol,
    "NonHttpUrlRedirectClientError": httpx.UnsupportedProtocol,
    "RedirectClientError": httpx.TransportError,
    "ServerConnectionError": transport.HungUpError,
    "ServerDisconnectedError": transport.HungUpError,
    "ServerFingerprintMismatch": TlsError,
    "ServerTimeoutError": httpx.ReadTimeout,
    "SocketTimeoutError": httpx.ReadTimeout,
    "TooManyRedirects": httpx.RemoteProtocolError,
    "UnixClientConnectorError": httpx.ConnectError,
    "UploadAbortedError": httpx.TransportError,
    "WSServerHandshakeError": httpx.RemoteProtocolError,
    "BadHttpMessage": httpx.RemoteProtocolError,
    "BadHttpMethod": httpx.RemoteProtocolError,
    "BadStatusLine": httpx.RemoteProtocolError,
    "ContentEncodingError": httpx.RemoteProtocolError,
    "ContentLengthError": httpx.RemoteProtocolError,
    "DecompressSizeError": httpx.RemoteProtocolError,
    "HttpBadRequest": httpx.RemoteProtocolError,
    "HttpProcessingError": httpx.RemoteProtocolError,
    "InvalidHeader": httpx.RemoteProtocolError,
    "InvalidURLError": httpx.RemoteProtocolError,
    "LineTooLong": httpx.RemoteProtocolError,
    "PayloadEncodingError": httpx.RemoteProtocolError,
    "TransferEncodingError": httpx.RemoteProtocolError,
}
# A mistake in using websockets, a TypeError: ours would be a bug and must be loud.
NOT_OURS = {"WSMessageTypeError"}


def _errors(module: ModuleType) -> Iterator[type[Exception]]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Exception) and found.__module__ == module.__name__:
            yield found


def _lower_errors() -> list[type[Exception]]:
    modules = (aiohttp.client_exceptions, aiohttp.http_exceptions)
    return [found for module in modules for found in _errors(module) if found.__name__ not in NOT_OURS]


KEY = aiohttp.client_reqrep.ConnectionKey("h", 1, False, True, None, None, None)
INFO = aiohttp.RequestInfo(URL("http://h/"), "GET", CIMultiDictProxy(CIMultiDict()))
# The constructors of aiohttp's errors take one of these.
ARGUMENTS: tuple[tuple[Any, ...], ...] = (
    (),
    ("something",),
    (INFO, ()),
    (KEY, OSError(errno.ECONNREFUSED, "refused")),
    ("/socket", KEY, OSError(errno.ECONNREFUSED, "refused")),
    (b"expected", b"got", "h", 443),
)


def _make(kind: type[Exception]) -> Exception:
    for arguments in ARGUMENTS:
        with suppress(TypeError, AttributeError):
            return kind(*arguments)
    pytest.fail(f"{kind.__name__} takes arguments that this test does not know")


def test_no_class_of_aiohttp_is_unknown() -> None:
    assert {found.__name__ for found in _lower_errors()} == set(AIOHTTP)


@pytest.mark.parametrize("kind", _lower_errors(), ids=lambda kind: kind.__name__)
def test_every_error_of_aiohttp_becomes_one_of_httpx(kind: type[Exception]) -> None:
    assert type(translate_error(_make(kind), REQUEST)) is AIOHTTP[kind.__name__]


# How each class of httpx is filed; those of the transport are what `translate_error` gives.
HTTPX = {
    "CloseError": FetchFailure.CONNECT,
    "ConnectError": FetchFailure.CONNECT,
    "ConnectTimeout": FetchFailure.TIMEOUT,
    "CutShortError": FetchFailure.BAD_RESPONSE,
    "HeadTooLargeError": FetchFailure.TOO_LARGE,
    "HungUpError": FetchFailure.BAD_RESPONSE,
    "LocalProtocolError": FetchFailure.BAD_RESPONSE,
    "NetworkError": FetchFailure.CONNECT,
    "NoNetworkError": FetchFailure.NO_NETWORK,
    "PoolTimeout": FetchFailure.TIMEOUT,
    "ProtocolError": FetchFailure.BAD_RESPONSE,
    "ProxyError": FetchFailure.CONNECT,
    "ReadError": FetchFailure.CONNECT,
    "ReadTimeout": FetchFailure.TIMEOUT,
    "RefusedAddressError": FetchFailure.REFUSED_ADDRESS,
    "RemoteProtocolError": FetchFailure.BAD_RESPONSE,
    "TimeoutException": FetchFailure.TIMEOUT,
    "TlsError": FetchFailure.TLS,
    "TransportError": FetchFailure.BAD_RESPONSE,
    "UnknownHostError": FetchFailure.DNS,
    "UnsupportedProtocol": FetchFailure.REFUSED_ADDRESS,
    "WriteError": FetchFailure.CONNECT,
    "WriteTimeout": FetchFailure.TIMEOUT,
}
# What httpx's own client raises, which we do not use, and what only a wrong use of a response raises.
NOT_OF_A_TRANSPORT = {
    "CookieConflict",
    "DecodingError",
    "HTTPError",
    "HTTPStatusError",
    "InvalidURL",
    "RequestError",
    "RequestNotRead",
    "ResponseNotRead",
    "StreamClosed",
    "StreamConsumed",
    "StreamError",
    "TooManyRedirects",
}


def _transport_errors(kind: type[httpx.TransportError] = httpx.TransportError) -> Iterator[type[httpx.TransportError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ in {"httpx", transport.__name__}:
            yield from _transport_errors(below)


def test_no_class_of_httpx_is_unknown() -> None:
    public = {
        name for name in vars(httpx) if inspect.isclass(found := getattr(httpx, name)) and issubclass(found, Exception)
    }
    ours = {found.__name__ for found in _transport_errors() if found.__module__ == transport.__name__}
    assert public | ours == set(HTTPX) | NOT_OF_A_TRANSPORT


@pytest.mark.parametrize("kind", list(_transport_errors()), ids=lambda kind: kind.__name__)
def test_every_error_of_a_transport_is_filed_with_a_sentence(kind: type[httpx.TransportError]) -> None:
    failure = explain_transport_error(kind("the reason", request=REQUEST), REQUEST.url)
    assert failure.kind is HTTPX[kind.__name__]
    assert str(failure)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError(), httpx.ReadTimeout),
        (OSError(errno.EIO, "broken"), httpx.ReadError),
        (ConnectionResetError(), httpx.ReadError),
        (ssl.SSLError(1, "wrong version"), TlsError),
        (UnicodeError("label too long"), UnknownHostError),
    ],
)
def test_errors_of_the_system_are_translated_too(error: Exception, expected: type[Exception]) -> None:
    assert type(translate_error(error, REQUEST)) is expected


def test_a_bug_stays_a_bug() -> None:
    bug = KeyError("x")
    assert translate_error(bug, REQUEST) is bug


def _connector_error(number: int, kind: type[aiohttp.ClientConnectorError]) -> aiohttp.ClientConnectorError:
    return kind(KEY, OSError(number, "said so"))


def test_no_way_out_is_told_from_a_host_that_does_not_answer() -> None:
    unreachable = translate_error(_connector_error(errno.ENETUNREACH, aiohttp.ClientConnectorError), REQUEST)
    refused = translate_error(_connector_error(errno.ECONNREFUSED, aiohttp.ClientConnectorError), REQUEST)
    unknown = translate_error(_connector_error(socket.EAI_NONAME, aiohttp.ClientConnectorDNSError), REQUEST)
    assert [type(unreachable), type(refused), type(unknown)] == [NoNetworkError, httpx.ConnectError, UnknownHostError]
