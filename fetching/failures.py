"""How a fetch failed, in words for the analyst and the operator, and in kinds for programs.

The sentences have no subject other than 'the server' or 'its': they follow the name of a feed or a page.
"""

from collections.abc import Iterable

import httpx

from fetching.caching import parse_retry_after
from fetching.guard import redact_url
from fetching.transport import (
    CutShortError,
    HeadTooLargeError,
    HungUpError,
    NoNetworkError,
    RefusedAddressError,
    TlsError,
    UnknownHostError,
)
from news.errors import FetchError, FetchFailure

_KINDS: tuple[tuple[type[httpx.TransportError], FetchFailure, str], ...] = (
    (
        RefusedAddressError,
        FetchFailure.REFUSED_ADDRESS,
        "it leads to {}; allow the network in the settings if it is meant",
    ),
    (UnknownHostError, FetchFailure.DNS, "its name could not be found (DNS)"),
    (TlsError, FetchFailure.TLS, "no secure connection could be made (TLS): {}"),
    (NoNetworkError, FetchFailure.NO_NETWORK, "this machine has no network: {}"),
    (httpx.ConnectTimeout, FetchFailure.TIMEOUT, "its host did not answer the attempt to connect"),
    (httpx.TimeoutException, FetchFailure.TIMEOUT, "the server did not answer in time"),
    (httpx.ConnectError, FetchFailure.CONNECT, "its host could not be connected to: {}"),
    (httpx.ProxyError, FetchFailure.CONNECT, "the proxy could not be used: {}"),
    (httpx.NetworkError, FetchFailure.CONNECT, "the connection broke: {}"),
    (httpx.UnsupportedProtocol, FetchFailure.REFUSED_ADDRESS, "it is not an address of the web: {}"),
    (HungUpError, FetchFailure.BAD_RESPONSE, "the server hung up before it had answered"),
    (CutShortError, FetchFailure.BAD_RESPONSE, "the server's answer breaks off: {}"),
    (HeadTooLargeError, FetchFailure.TOO_LARGE, "the head of the server's answer is longer than we read"),
    (httpx.ProtocolError, FetchFailure.BAD_RESPONSE, "the server's answer is not proper HTTP: {}"),
    (httpx.TransportError, FetchFailure.BAD_RESPONSE, "the answer could not be read: {}"),
)
# A server's own words are shown up to this length: a header flood would otherwise fill the record.
_QUOTED = 160


def explain_transport_error(error: httpx.TransportError, url: httpx.URL) -> FetchError:
    """Make the error for people out of one of the transport."""
    kind, words = next((kind, words) for below, kind, words in _KINDS if isinstance(error, below))
    detail = " ".join(str(error).split())[:_QUOTED]
    return FetchError(words.format(detail), kind, url=redact_url(url))


def place_failure(error: FetchError, url: httpx.URL) -> FetchError:
    """Say that a failure was met behind a redirect, and where."""
    place = url.host or redact_url(url)[:_QUOTED]
    return error.retell(f"redirected to {place}: {error}")


_STATUSES: dict[int, tuple[FetchFailure, str]] = {
    400: (FetchFailure.STATUS, "it does not understand the question"),
    401: (FetchFailure.BLOCKED, "it asks for a login"),
    402: (FetchFailure.BLOCKED, "it asks for payment"),
    403: (FetchFailure.BLOCKED, "it refuses automated readers"),
    404: (FetchFailure.STATUS, "nothing stands at this address"),
    406: (FetchFailure.STATUS, "it has no form that we can read"),
    407: (FetchFailure.BLOCKED, "a proxy asks for a login"),
    408: (FetchFailure.STATUS, "it waited too long for us"),
    410: (FetchFailure.GONE, "this address is gone for good"),
    418: (FetchFailure.BLOCKED, "it refuses automated readers"),
    421: (FetchFailure.STATUS, "it does not serve this host"),
    425: (FetchFailure.RATE_LIMITED, "it asks to come back later"),
    429: (FetchFailure.RATE_LIMITED, "it asks us to come less often"),
    451: (FetchFailure.BLOCKED, "it is withheld for legal reasons"),
    500: (FetchFailure.STATUS, "it has an error of its own"),
    502: (FetchFailure.STATUS, "a server behind it does not answer"),
    503: (FetchFailure.STATUS, "it is overloaded or under maintenance"),
    504: (FetchFailure.STATUS, "a server behind it does not answer in time"),
}
_BLOCKED_BY_WALL = {403, 429, 503}


def explain_status(response: httpx.Response) -> FetchError:
    """Make the error for an answer whose status says that there is nothing to read."""
    status = response.status_code
    kind, words = _STATUSES.get(status, (FetchFailure.STATUS, _describe_class(status)))
    if status in _BLOCKED_BY_WALL and "cf-mitigated" in response.headers:
        kind, words = FetchFailure.BLOCKED, "a wall against robots (Cloudflare) stands before it"
    return FetchError(
        f"the server answered {status}: {words}",
        kind,
        url=redact_url(response.request.url),
        status=status,
        retry_after=parse_retry_after(response.headers),
    )


def _describe_class(status: int) -> str:
    if 200 <= status < 300:  # noqa: PLR2004 (the classes of HTTP)
        return "it sent nothing to read"
    if 300 <= status < 400:  # noqa: PLR2004
        return "a redirect that leads nowhere"
    return "it has an error of its own" if status >= 500 else "it refuses the question"  # noqa: PLR2004


# Kinds in which no server said anything: what a machine without a network sees, depending on how it is set up.
_SILENT = {FetchFailure.DNS, FetchFailure.CONNECT, FetchFailure.TIMEOUT, FetchFailure.NO_NETWORK, FetchFailure.PACED}
# A few sources can fail alike by chance, and a wrong alarm would hide which ones.
_ENOUGH = 3


def has_reached(outcome: FetchFailure | None) -> bool:
    """Tell whether a fetch reached anybody, by its failure; None is an answer."""
    return outcome not in _SILENT


def looks_offline(outcomes: Iterable[FetchFailure | None]) -> bool:
    """Tell whether this machine, and not its sources, is the trouble: not one of a round's fetches reached anybody.

    `outcomes` holds the failure of each fetch, None for one that got an answer. One fetch without a network, or three
    that met nothing but silence, are enough when no other fared better.
    """
    failures = [outcome for outcome in outcomes if outcome is not FetchFailure.PACED]  # which asked nobody
    if not failures or any(map(has_reached, failures)):
        return False
    return FetchFailure.NO_NETWORK in failures or len(failures) >= _ENOUGH
