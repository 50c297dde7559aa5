"""What the headers of an answer say about asking again. Pure, and without a clock: a server's dates are compared with its own."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b

_DIRECTIVE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})")
_SECONDS = re.compile(r"\s*(\d{1,9})(?:\.\d+)?\s*\Z")


def parse_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read `Retry-After`, in seconds or as a date; a date is counted from the answer's own `Date`.

    Names of headers are lower case or the mapping ignores case. None where there is none or it cannot be read.
    """
    wish = headers.get("retry-after", "")
    if seconds := _SECONDS.match(wish):
        return timedelta(seconds=int(seconds[1]))
    return _between(headers.get("date"), wish)


def read_fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """Read how long the publisher calls the answer fresh: `Cache-Control: max-age` less `Age`, else `Expires`.

    None where nothing is said, or where it says never to keep it: that is about caches and not about how often to come.
    """
    control = headers.get("cache-control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return None
    if found := _DIRECTIVE.search(control):
        age = _SECONDS.match(headers.get("age", ""))
        return max(timedelta(seconds=int(found[1]) - (int(age[1]) if age else 0)), timedelta(0))
    expires = headers.get("expires")
    return _between(headers.get("date"), expires) if expires else None


def _between(earlier: str | None, later: str | None) -> timedelta | None:
    start, end = _parse_date(earlier), _parse_date(later)
    return max(end - start, timedelta(0)) if start and end else None


def _parse_date(text: str | None) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):  # the latter for a year or an offset of twenty digits
        return None
    return parsed if parsed and parsed.tzinfo else None


def hash_body(body: bytes) -> str:
    """Give the hash by which a body is known again, 32 hex digits.

    Many servers send one ETag for changed content, or another for the same: what was sent decides.
    """
    return blake2b(body, digest_size=16).hexdigest()
