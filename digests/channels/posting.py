"""One HTTP POST whose every failure is a `DeliveryError` in plain words, without the address, which may be a secret."""

import re
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

import httpx

from digests.channels.face import WRONG_SETTING_WAIT
from news.errors import DeliveryError

_ANSWER_BYTES = 4_096
"""Enough of an answer to read its reason; the rest is not fetched."""

_WRONG_ADDRESS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_TRY_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    place: str,
    setting: str,
    now: datetime,
    timeout_seconds: float,
    ca_file: Path | None = None,
) -> None:
    """Post a body and return when it was accepted (2xx). `place` and `setting` are named where it was not.

    Redirects are not followed: a signed message goes to the address that was set, or nowhere.

    Raises:
        DeliveryError: permanent where the receiver refuses this very message (400, 413, 422 and the like).
    """
    try:
        request = httpx.Request("POST", url, content=body, headers=dict(headers))
        request.extensions["timeout"] = httpx.Timeout(timeout_seconds).as_dict()
        # The transport, not a client: httpx's client writes every address into the log, and Slack's is a secret.
        with httpx.HTTPTransport(verify=make_tls_context(ca_file)) as transport:
            response = transport.handle_request(request)
            answer = next(response.iter_bytes(_ANSWER_BYTES), b"")
            response.close()
    except httpx.TimeoutException as error:
        raise DeliveryError(f"{place} did not answer within {timeout_seconds:g} s") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        reason = f"{setting} is no web address; write it as https://..."
        raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT) from None
    except httpx.HTTPError as error:
        raise DeliveryError(
            f"{place} could not be reached ({_name(error)}); look at {setting} and the network"
        ) from error
    if not response.is_success:
        raise _explain_status(response, quote_answer(answer, url), place, setting, now)


def make_tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Make a context that checks certificates against the system's authorities, and those in `ca_file`.

    Raises:
        DeliveryError: where that file cannot be used.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            reason = f"DATELINE_TLS_CA_FILE names {ca_file}, which holds no certificates that can be read"
            raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT) from error
    return context


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read a `Retry-After` header: seconds or an HTTP date; None where it is absent or nonsense."""
    if not value:
        return None
    if value.strip().isdecimal():
        return timedelta(seconds=min(int(value), 7 * 86_400))
    try:
        return max(parsedate_to_datetime(value) - now, timedelta())
    except (ValueError, TypeError, OverflowError):  # the last for a year or an offset of twenty digits
        return None


def quote_answer(answer: bytes, url: str) -> str:
    """Quote an answer in at most 120 characters; nothing of one that says the address back, which may be a secret."""
    said = " ".join(answer.decode("utf-8", "replace").split())
    # Host and scheme are no secret; every longer word after them may be one, however the answer writes the rest.
    told = {word for word in re.findall(r"\w{6,}", url.partition("//")[2].partition("/")[2]) if word in said}
    return "" if told or not said.isprintable() else said[:120]


def _explain_status(response: httpx.Response, said: str, place: str, setting: str, now: datetime) -> DeliveryError:
    status = f"{response.status_code}{f' ({said})' if said else ''}"
    retry_after = read_retry_after(response.headers.get("retry-after"), now)
    if response.status_code in _TRY_LATER or response.is_server_error:
        return DeliveryError(f"{place} asks to try again later: it answered {status}", retry_after=retry_after)
    if response.status_code in _WRONG_ADDRESS or response.is_redirect:
        reason = f"{place} does not take messages at this address: it answered {status}; check {setting}"
        return DeliveryError(reason, retry_after=retry_after or WRONG_SETTING_WAIT)
    return DeliveryError(f"{place} refused this message: it answered {status}", permanent=True)


def _name(error: httpx.HTTPError) -> str:
    """Name a transport failure by its cause, without the address that its text could hold."""
    text = str(error).lower()
    if "certificate" in text:
        return "its certificate is not trusted"
    if "refused" in text:
        return "connection refused"
    if "name or service" in text or "getaddrinfo" in text or "resolution" in text:
        return "its name is not known"
    return "the connection broke"
