"""Every error that the libraries below can raise is known here: a new one in a later version fails these tests."""

import errno
import inspect
import pkgutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any, Self

import aiohttp
import brotli
import httpx
import pytest
import zstandard
from isal import isal_zlib
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from fetching import transport
from fetching.decoding import BodyDecodingError, decode_body
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
# What never comes out of a request of ours; should it, it is a bug and must be loud.
NOT_OURS = {
    "BadContentDispositionHeader": "a warning about answers in several parts, which we do not take apart",
    "BadContentDispositionParam": "the same",
    "EofStream": "ends a stream; its iterator, by which we read bodies, takes it for the end",
    "LookupError": "of a request's body, and ours have none",
    "TooManyMembersError": "of bodies that aiohttp unpacks, and ours come as they were sent",
    "WSMessageTypeError": "a mistake in using websockets",
}
# Servers, and what tests them.
_OTHER_SIDE = ("web", "worker", "test_utils", "pytest_plugin")


def _errors(module: ModuleType) -> Iterator[type[Exception]]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Exception) and found.__module__ == module.__name__:
            yield found


def _all_errors() -> Iterator[type[Exception]]:
    for module in pkgutil.iter_modules(aiohttp.__path__):
        if not module.name.startswith(_OTHER_SIDE):
            yield from _errors(import_module(f"aiohttp.{module.name}"))


def _lower_errors() -> list[type[Exception]]:
    return [found for found in _all_errors() if found.__name__ not in NOT_OURS]


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
    assert {found.__name__ for found in _all_errors()} == set(AIOHTTP) | set(NOT_OURS)


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


class _Failing:
    """Stands for the decoder of any library, and raises what it is told to."""

    def __init__(self, kind: type[Exception]) -> None:
        self._kind = kind

    def __call__(self, *_: object, **__: object) -> Self:
        return self

    decompressobj = __call__
    eof = False

    def decompress(self, *_: object, **__: object) -> bytes:
        raise self._kind("damaged")

    process = decompress


@pytest.mark.parametrize(
    ("library", "opener", "encodings"),
    [
        (isal_zlib, "decompressobj", ("gzip", "deflate")),
        (brotli, "Decompressor", ("br",)),
        (zstandard, "ZstdDecompressor", ("zstd",)),
    ],
    ids=["isal", "brotli", "zstandard"],
)
def test_every_error_of_a_decoder_is_a_damaged_body(
    library: ModuleType, opener: str, encodings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {found for _, found in inspect.getmembers(library, inspect.isclass) if issubclass(found, Exception)}
    assert kinds
    for kind in kinds:
        monkeypatch.setattr(library, opener, _Failing(kind))
        for encoding in encodings:
            with pytest.raises(BodyDecodingError):
                decode_body(b"x", encoding, 1)
