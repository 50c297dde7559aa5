"""An httpx transport on aiohttp's engine.

httpx is the interface that the rest of this room and its tests know; aiohttp carries the bytes, since httpx's own pool
looks through every idle connection at each request (docs/decisions/0002). URLs go out exactly as they came in, bodies
are handed on as they were sent, every error below is turned into httpx's, and each socket is judged by the guard at the
moment it is made.
"""

import asyncio
import errno
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import ContentLengthError, HttpProcessingError, LineTooLong
from yarl import URL

from fetching.guard import check_address
from fetching.policy import FetchPolicy
from news.errors import SettingsError


class UnknownHostError(httpx.ConnectError):
    """A name that DNS does not resolve."""


class TlsError(httpx.ConnectError):
    """A secure connection that could not be made; the text is the reason alone."""


class RefusedAddressError(httpx.ConnectError):
    """An address that the guard refused at the connect call; the text says which and why."""


class NoNetworkError(httpx.ConnectError):
    """This machine has no way to the address at all."""


class HungUpError(httpx.RemoteProtocolError):
    """A connection that ended before the head of an answer did."""


class CutShortError(httpx.RemoteProtocolError):
    """A body that ended before it was complete; the text says how much came, where that is known."""


class HeadTooLargeError(httpx.RemoteProtocolError):
    """A head with a line longer than the policy allows, or with too many lines."""


# Why sockets of the current request were refused. The connector tries address after address and merges their errors
# into one text; this keeps the guard's verdict apart.
_refusals: ContextVar[list[str] | None] = ContextVar("_refusals", default=None)

_DNS_KEPT_FOR = 300  # seconds: about what a resolver's own cache keeps
_IDLE_KEPT_FOR = 15  # seconds: servers close at 5 to 75; a round returns to a host within seconds or in minutes


class ThreadResolver(AbstractResolver):
    """The system's resolver (hosts file, DNS, whatever the machine is set up for), in threads of its own.

    A slow DNS must not hold the threads that the store works in, nor names that hang those of others: there is a thread for
    each fetch that may be under way. They are made when they are needed and idle mostly.
    """

    def __init__(self, policy: FetchPolicy) -> None:
        self._threads = ThreadPoolExecutor(policy.max_connections, thread_name_prefix="dns")
        self._patience = policy.lookup_timeout_after.total_seconds()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look a name up; every address is given in numbers.

        Raises:
            OSError: when it is not found, or not in time. Time runs from when a thread is free: lookups that were given up
                hold theirs until the system gives up too.
        """
        loop = asyncio.get_running_loop()
        begun = asyncio.Event()

        def look_up() -> list[Any]:
            loop.call_soon_threadsafe(begun.set)
            return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)

        lookup = loop.run_in_executor(self._threads, look_up)
        await begun.wait()
        try:
            async with asyncio.timeout(self._patience):
                found = await lookup
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from None
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=0)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Give the threads back without waiting for lookups that hang."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends httpx requests through one aiohttp session, within the bounds of a policy. To be entered in a running loop."""

    def __init__(self, policy: FetchPolicy, resolver: AbstractResolver | None = None) -> None:
        self._policy = policy
        self._resolver = resolver or ThreadResolver(policy)
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session: no cookies, no environment, no decoding and no limits but our own."""
        connector = aiohttp.TCPConnector(
            ssl=_trusting_context(self._policy),
            resolver=self._resolver,
            ttl_dns_cache=_DNS_KEPT_FOR,
            limit=0,
            keepalive_timeout=_IDLE_KEPT_FOR,
            socket_factory=self._make_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._policy.connect_timeout_after.total_seconds()),
            max_line_size=self._policy.max_header_bytes,
            max_field_size=self._policy.max_header_bytes,
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection and give back the resolver's threads."""
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    @property
    def open_sockets(self) -> int:
        """How many connections are open now, in use or kept alive."""
        return len(self._sockets)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and give its answer with an unread, undecoded body; redirects are not followed."""
        if self._session is None:
            raise RuntimeError("the transport must be entered before it is used")
        headers = request.headers.multi_items()
        if len(self._sockets) >= self._policy.kept_connections:
            headers.append(("connection", "close"))
        refusals: list[str] = []
        token = _refusals.set(refusals)
        try:
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=headers,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            )
        except Exception as error:
            if refusals:
                raise RefusedAddressError(refusals[0], request=request) from error
            raise translate_error(error, request) from error
        finally:
            _refusals.reset(token)
        return httpx.Response(
            answer.status, headers=list(answer.raw_headers), stream=_RawBody(answer, request), request=request
        )

    def _make_socket(self, info: Any) -> socket.socket:  # noqa: ANN401 (aiohttp's address info, a tuple of socket's)
        """Make the socket of one connect call, or refuse the address it would go to."""
        family, kind, protocol, _, place = info
        reason = check_address(ip_address(place[0]), self._policy.allowed_networks)
        if reason:
            refusals = _refusals.get()
            if refusals is not None:
                refusals.append(reason)
            raise OSError(errno.EACCES, f"refused: {reason}")
        return _CountedSocket(self._sockets, family, kind, protocol)


class _CountedSocket(socket.socket):
    """A socket that stands in a set for as long as it is open."""

    def __init__(self, among: WeakSet[socket.socket], family: int, kind: int, protocol: int) -> None:
        super().__init__(family, kind, protocol)
        self._among = among
        among.add(self)

    def close(self) -> None:
        """Close it and leave the set; garbage collection would take it out much later."""
        self._among.discard(self)
        super().close()


def _trusting_context(policy: FetchPolicy) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if policy.ca_file is not None:
        try:
            context.load_verify_locations(cafile=policy.ca_file)
        except OSError as error:
            reason = f"DATELINE_TLS_CA_FILE names {policy.ca_file}, which holds no certificates that can be read"
            raise SettingsError(reason) from error
    return context


class _RawBody(httpx.AsyncByteStream):
    """The bytes of a body as they were sent; closed before its end, it closes the connection."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except Exception as error:
            raise translate_error(error, self._request) from error

    async def aclose(self) -> None:
        """End with this body: at its end the connection has gone back to the pool, before it is closed."""
        self._answer.close()


def translate_error(error: Exception, request: httpx.Request) -> Exception:
    """Give httpx's error for one of aiohttp's or the system's; anything else is a bug and given back as it is."""
    for below, make in _TRANSLATIONS:
        if isinstance(error, below):
            return make(error, request)
    return error


_Translation = Callable[[Any, httpx.Request], httpx.TransportError]


def _as(kind: type[httpx.TransportError]) -> _Translation:
    return lambda error, request: kind(_say(error), request=request)


def _say(error: Exception) -> str:
    """Give an error's own words, those of the system without its number."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def _tls(error: aiohttp.ClientConnectorError | ssl.SSLError, request: httpx.Request) -> httpx.TransportError:
    cause = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TlsError(f"its certificate is not valid: {cause.verify_message}", request=request)
    reason = getattr(cause, "reason", None) or str(cause)
    return TlsError(str(reason).lower().replace("_", " "), request=request)


# What connect() says when there is no way out of this machine, as opposed to a host that does not answer.
_NO_WAY = {errno.ENETUNREACH, errno.ENETDOWN}


def _connect(error: OSError, request: httpx.Request) -> httpx.TransportError:
    kind = NoNetworkError if error.errno in _NO_WAY else httpx.ConnectError
    return kind(_say(error), request=request)


_RECEIVED = re.compile(r"received \d+ of \d+ bytes")


def _payload(error: aiohttp.ClientPayloadError, request: httpx.Request) -> httpx.TransportError:
    cause = error.__cause__
    if isinstance(cause, ContentLengthError) or (cause is None) or "Not enough data" in str(cause):
        received = _RECEIVED.search(str(cause))
        return CutShortError(received[0] if received else "it has no end", request=request)
    return httpx.RemoteProtocolError(_first_words(str(cause)), request=request)


def _response(error: aiohttp.ClientResponseError, request: httpx.Request) -> httpx.TransportError:
    is_large = any(isinstance(cause, LineTooLong) for cause in _causes(error)) or "Too many headers" in error.message
    kind = HeadTooLargeError if is_large else httpx.RemoteProtocolError
    return kind(_first_words(error.message), request=request)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _first_words(message: str) -> str:
    """Take what a parser complains about, without the bytes that it quotes: those are for nobody's eyes."""
    line = message.partition("message:")[2] or message
    return line.strip().splitlines()[0].partition(" b'")[0].rstrip(": ") if line.strip() else "no reason given"


# Narrow before wide: the first that fits is taken. A test walks the trees of aiohttp and httpx and fails for a class
# that none of these lines is about.
_TRANSLATIONS: tuple[tuple[type[Exception], _Translation], ...] = (
    (aiohttp.ConnectionTimeoutError, _as(httpx.ConnectTimeout)),
    (aiohttp.ServerTimeoutError, _as(httpx.ReadTimeout)),
    (aiohttp.ClientConnectorDNSError, _as(UnknownHostError)),
    (aiohttp.ClientConnectorCertificateError, _tls),
    (aiohttp.ClientSSLError, _tls),
    (aiohttp.ClientProxyConnectionError, _as(httpx.ProxyError)),
    (aiohttp.ClientConnectorError, _connect),
    (aiohttp.ServerFingerprintMismatch, _as(TlsError)),
    (aiohttp.ServerConnectionError, _as(HungUpError)),
    (aiohttp.ClientOSError, _as(httpx.ReadError)),
    (aiohttp.ClientConnectionError, _as(httpx.ReadError)),
    (aiohttp.ClientPayloadError, _payload),
    (aiohttp.ClientHttpProxyError, _as(httpx.ProxyError)),
    (aiohttp.ClientResponseError, _response),
    (aiohttp.InvalidURL, _as(httpx.UnsupportedProtocol)),
    (aiohttp.NonHttpUrlClientError, _as(httpx.UnsupportedProtocol)),
    (aiohttp.ClientError, _as(httpx.TransportError)),
    (HttpProcessingError, _as(httpx.RemoteProtocolError)),
    (ssl.SSLError, _tls),
    (TimeoutError, _as(httpx.ReadTimeout)),
    (OSError, _as(httpx.ReadError)),
    (UnicodeError, _as(UnknownHostError)),
)
