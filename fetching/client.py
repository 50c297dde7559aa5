"""The client: one URL in, its bytes out, or one `FetchError` that says in plain words why not.

Redirects are followed here and not below, since each hop is a URL of its own: guarded, asked of robots.txt, paced at
its host, and freed of what was meant for another origin.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias
from urllib.parse import unquote_to_bytes

import httpx
from aiohttp.abc import AbstractResolver

from fetching.decoding import ACCEPTED, GZIP, BodyDecodingError, BodyTooLargeError, decode_body
from fetching.failures import explain_status, explain_transport_error, place_failure
from fetching.guard import check_url, default_port, redact_url
from fetching.pacing import Budget, Pacer
from fetching.policy import FetchPolicy
from fetching.robots import MOST_READ, NoKeeper, Robots, RulesKeeper
from fetching.transport import AiohttpTransport
from news.errors import FetchError, FetchFailure
from news.manners import Scope
from news.sources import Fetched, NotModified

Kind: TypeAlias = Literal["feed", "page", "robots"]

_ACCEPT: dict[Kind, str] = {
    "feed": "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
    "robots": "text/plain, */*;q=0.5",
}
# Never text, whatever the site thinks: not worth the bytes of the body.
_NOT_TEXT = ("image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/msword")
_PERMANENT = {301, 308}
_REDIRECTS = _PERMANENT | {302, 303, 307}
_NOT_MODIFIED = 304
_READABLE = {200, 203, 206, 226}
# Trouble of the host itself and not of one address on it, when nothing of an answer has come. Who hangs after its head, or
# drips, is as slow for the next address: without a rest eight feeds of it take four time-outs.
_SILENCE = {FetchFailure.DNS, FetchFailure.CONNECT}
_TOO_MANY = 429
_WAIT_STATUSES = {_TOO_MANY, 503}


@dataclass(slots=True)
class _Errand:
    """One fetch on its way through its redirects."""

    url: httpx.URL
    kind: Kind
    headers: dict[str, str]
    scope: Scope | None
    authorization: str | None
    origin: tuple[str, str, int] = field(init=False)
    cookies: httpx.Cookies | None = None
    permanent: httpx.URL | None = None
    only_permanent: bool = True
    spent: float = 0.0
    unpacks: bool = True

    def __post_init__(self) -> None:
        self.origin = _origin(self.url)


class Client:
    """Fetches feeds and pages. Made by `open_client`; one client serves a whole round."""

    def __init__(
        self,
        policy: FetchPolicy,
        transport: httpx.AsyncBaseTransport,
        budget: Budget | None = None,
        keeper: RulesKeeper | None = None,
    ) -> None:
        self._policy = policy
        self._transport = transport
        self._pacer = Pacer(policy, budget)
        self._robots = Robots(policy.robot_name, policy.robots_kept_for, self._fetch_robots, keeper or NoKeeper())

    @property
    def max_decoded_bytes(self) -> int:
        """How long a body may be once it is unpacked, here or elsewhere."""
        return self._policy.max_decoded_bytes

    async def fetch(
        self,
        url: str,
        *,
        kind: Literal["feed", "page"] = "feed",
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str | None = None,
        scope: Scope | None = None,
        unpacks: bool = True,
    ) -> Fetched | NotModified:
        """Fetch a URL, or learn that it is not modified since the answer that `etag` and `last_modified` came with.

        `scope` is what a 429 or 503 silences for a while: the host, and whatever the caller gives the same name, such as
        a family of outlets; in place of the host where that is spared, such as one feed.
        A body that is not unpacked here keeps its `packing`: `fetching.decoding.decode_body` undoes it up to
        `max_decoded_bytes`, in another process if need be.
        What is itself a gzip file is unpacked with it, within the same bound.

        Raises:
            FetchError: for every way in which a server, the network or our own rules can keep the bytes from us.
        """
        errand = self._start(url, kind, etag, last_modified, accept, scope)
        errand.unpacks = unpacks
        return await self._run(errand)

    async def _fetch_robots(self, url: str) -> Fetched:
        fetched = await self._run(self._start(url, "robots"))
        assert isinstance(fetched, Fetched)  # noqa: S101 (no validators were sent, and a 304 without them is an error)
        return fetched

    def _start(
        self,
        url: str,
        kind: Kind,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str | None = None,
        scope: Scope | None = None,
    ) -> _Errand:
        parsed = _parse_url(url)
        headers = {
            "user-agent": self._policy.user_agent,
            "accept": accept or _ACCEPT[kind],
            "accept-encoding": ACCEPTED,
        }
        if etag:
            headers["if-none-match"] = etag
        if last_modified:
            headers["if-modified-since"] = last_modified
        return _Errand(_without_credentials(parsed), kind, headers, scope, _authorization(parsed))

    async def _run(self, errand: _Errand) -> Fetched | NotModified:
        first = errand.url
        for _ in range(self._policy.max_redirects + 1):
            try:
                result = await self._ask(errand)
            except FetchError as error:
                raise (error if errand.url == first else place_failure(error, errand.url)) from error.__cause__
            if not isinstance(result, httpx.URL):
                return _with_course(result, first, errand)
            errand.url = result
        reason = f"the server redirects more than {self._policy.max_redirects} times"
        raise FetchError(reason, FetchFailure.REDIRECTS, url=str(first))

    async def _ask(self, errand: _Errand) -> Fetched | NotModified | httpx.URL:
        """Take one hop: to an answer, to 'not modified', or to the URL of the next."""
        url, policy = errand.url, self._policy
        check_url(url, policy.allowed_ports, policy.allowed_networks)
        interval = policy.min_interval
        if (errand.kind == "page" and policy.robots_for_pages) or (errand.kind == "feed" and policy.robots_for_feeds):
            interval = max(interval, await self._robots.check(url))
        scope = errand.scope or Scope(url.host)
        async with self._pacer.turn(url.host, interval, scope.name):
            try:
                return await self._exchange(errand)
            except FetchError as error:
                self._note_trouble(error, url.host, scope)
                raise

    def _note_trouble(self, error: FetchError, host: str, scope: Scope) -> None:
        policy = self._policy
        unasked = policy.unasked_rest_for if error.status == _TOO_MANY else None
        asked = unasked if error.retry_after is None else error.retry_after
        if error.status in _WAIT_STATUSES and asked:
            for name in {scope.name} if scope.spares_host else {host, scope.name}:
                self._pacer.rest(name, min(asked, policy.max_rest_for), error, for_all=True)
        elif error.kind is FetchFailure.TIMEOUT or (error.status is None and error.kind in _SILENCE):
            self._pacer.rest(host, policy.rest_for, error)

    async def _exchange(self, errand: _Errand) -> Fetched | NotModified | httpx.URL:
        """Send one request and read what is worth reading of its answer, within what is left of the errand's time."""
        clock = asyncio.get_running_loop().time
        started, limit = clock(), self._policy.timeout_after.total_seconds()
        request = _make_request(errand)
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(limit - errand.spent):
                response = await self._transport.handle_async_request(request)
                return await self._read_answer(errand, response)
        except TimeoutError:
            reason = "the server did not answer in time"
            if response is not None:
                reason = f"the server's answer was not complete after {limit:g} seconds"
            status = response.status_code if response else None
            raise FetchError(reason, FetchFailure.TIMEOUT, url=str(errand.url), status=status) from None
        except httpx.TransportError as error:
            failure = explain_transport_error(error, errand.url)
            failure.status = response.status_code if response else None
            raise failure from error
        finally:
            errand.spent += clock() - started
            if response is not None:
                await response.aclose()

    async def _read_answer(self, errand: _Errand, response: httpx.Response) -> Fetched | NotModified | httpx.URL:
        status = response.status_code
        self._check_head(errand, response)
        if status == _NOT_MODIFIED:
            if "if-none-match" in errand.headers or "if-modified-since" in errand.headers:
                return NotModified(headers=response.headers)
            reason = "the server answered 304 (not modified) although we named no earlier version"
            raise FetchError(reason, FetchFailure.BAD_RESPONSE, url=str(errand.url), status=status)
        if status in _REDIRECTS and "location" in response.headers:
            return _next_hop(errand, response)
        if status not in _READABLE:
            raise explain_status(response)
        _check_type(errand, response)
        packing = response.headers.get("content-encoding", "")
        most = MOST_READ if errand.kind == "robots" and not packing else None
        body = await self._read_body(response, most=most)
        if errand.unpacks:
            body, packing = self._unpack(body, packing, response), ""
            if body.startswith(GZIP):
                body = self._unpack(body, "gzip", response)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Fetched(str(errand.url), str(errand.url), status, headers, body, packing=packing)

    def _check_head(self, errand: _Errand, response: httpx.Response) -> None:
        size = sum(len(name) + len(value) for name, value in response.headers.raw)
        if size > self._policy.max_header_bytes:
            reason = f"the server sent {size:,} bytes of headers, more than {self._policy.max_header_bytes:,}"
            raise FetchError(reason, FetchFailure.TOO_LARGE, url=str(errand.url), status=response.status_code)

    async def _read_body(self, response: httpx.Response, *, most: int | None) -> bytes:
        """Read a body as it is sent: about `most` bytes of it, or all where that is None, and then not too many."""
        if most is None:
            self._check_length(response)
        limit = most or self._policy.max_bytes
        parts: list[bytes] = []
        size = 0
        async for chunk in response.stream:  # type: ignore[union-attr]  # transports give asynchronous streams
            parts.append(chunk)
            size += len(chunk)
            if size > limit and most is None:
                raise _too_large(f"its body has more than {limit:,} bytes", response)
            if size > limit:
                break
        return b"".join(parts)

    def _check_length(self, response: httpx.Response) -> None:
        announced, limit = response.headers.get("content-length", ""), self._policy.max_bytes
        if announced.isdecimal() and int(announced) > limit:
            raise _too_large(f"its body has {int(announced):,} bytes, more than {limit:,}", response)

    def _unpack(self, body: bytes, packing: str, response: httpx.Response) -> bytes:
        limit = self.max_decoded_bytes
        try:
            return decode_body(body, packing, limit)
        except BodyTooLargeError:
            raise _too_large(f"its body unpacks to more than {limit:,} bytes", response) from None
        except BodyDecodingError as error:
            reason = f"its body could not be unpacked: {error}"
            url, status = str(response.request.url), response.status_code
            raise FetchError(reason, FetchFailure.BAD_RESPONSE, url=url, status=status) from error


@asynccontextmanager
async def open_client(
    policy: FetchPolicy,
    *,
    budget: Budget | None = None,
    keeper: RulesKeeper | None = None,
    resolver: AbstractResolver | None = None,
) -> AsyncIterator[Client]:
    """Open a client for as long as the block lasts.

    `budget` and `keeper` are shared with other processes and with later clients, `resolver` replaces DNS.
    """
    async with AiohttpTransport(policy, resolver) as transport:
        yield Client(policy, transport, budget, keeper)


def _parse_url(url: str) -> httpx.URL:
    try:
        return _with_readable_host(httpx.URL(url.strip()))
    except (httpx.InvalidURL, ValueError) as error:
        reason = f"{redact_url(url)[:200]!r} is not an address of the web: {error}"
        raise FetchError(reason, FetchFailure.REFUSED_ADDRESS, url=redact_url(url)) from error


def _with_readable_host(url: httpx.URL) -> httpx.URL:
    """Give a URL back; httpx decodes a host only when asked for it, and raises a ValueError for `xn--` and nonsense."""
    _ = url.host
    return url


def _without_credentials(url: httpx.URL) -> httpx.URL:
    if not url.userinfo and not url.fragment:
        return url  # parsing it anew would cost a tenth of a whole poll
    return url.copy_with(username=None, password=None, fragment=None)


def _authorization(url: httpx.URL) -> str | None:
    if not url.userinfo:
        return None
    name, _, password = url.userinfo.partition(b":")
    return "Basic " + b64encode(unquote_to_bytes(name) + b":" + unquote_to_bytes(password)).decode("ascii")


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port if url.port is not None else default_port(url.scheme)


def _make_request(errand: _Errand) -> httpx.Request:
    # Some servers put other than ASCII into their ETag and want it back.
    request = httpx.Request("GET", errand.url, headers=httpx.Headers(errand.headers, encoding="utf-8"))
    if errand.authorization and _may_see(_origin(errand.url), errand.origin):
        request.headers["authorization"] = errand.authorization
    if errand.cookies is not None:
        errand.cookies.set_cookie_header(request)
    return request


def _may_see(origin: tuple[str, str, int], first: tuple[str, str, int]) -> bool:
    """Tell whether credentials meant for one origin may go to another: the same, or its upgrade to https."""
    return origin == first or (first == ("http", origin[1], 80) and origin == ("https", origin[1], 443))


def _next_hop(errand: _Errand, response: httpx.Response) -> httpx.URL:
    """Read where a redirect leads, and keep what the next hop needs: the course so far and the site's cookies."""
    location = response.headers["location"].strip()
    try:
        target = _with_readable_host(_without_credentials(errand.url.join(location)))
    except (httpx.InvalidURL, ValueError) as error:
        reason = f"the server redirects to {redact_url(location)[:200]!r}, which is not an address of the web"
        raise FetchError(reason, FetchFailure.REDIRECTS, url=str(errand.url), status=response.status_code) from error
    errand.only_permanent &= response.status_code in _PERMANENT
    if errand.only_permanent:
        errand.permanent = target
    if "set-cookie" in response.headers:
        # Some sites send readers in circles until they carry the cookie that they were given; it lives for this fetch.
        errand.cookies = errand.cookies or httpx.Cookies()
        errand.cookies.extract_cookies(response)
    return target


def _check_type(errand: _Errand, response: httpx.Response) -> None:
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.startswith(_NOT_TEXT):
        reason = f"the server sent {media_type[:80]}, which is no {errand.kind}"
        raise FetchError(reason, FetchFailure.BAD_RESPONSE, url=str(errand.url), status=response.status_code)


def _with_course(answer: Fetched | NotModified, first: httpx.URL, errand: _Errand) -> Fetched | NotModified:
    permanent = str(errand.permanent) if errand.permanent and errand.only_permanent else None
    if isinstance(answer, NotModified):
        return NotModified(permanent, answer.headers)
    return replace(answer, url=str(first), permanent_url=permanent)


def _too_large(reason: str, response: httpx.Response) -> FetchError:
    return FetchError(reason, FetchFailure.TOO_LARGE, url=str(response.request.url), status=response.status_code)
