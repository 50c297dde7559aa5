"""The tree of expected failures. A step catches `NewsError` once; anything else is a bug and fails the run loudly.

A bug that one feed, page or delivery has met costs that one alone (`say_defect`): the others have their turn first.

NewsError
├── FetchError            a page or feed could not be had; `kind` says how, `weight` how hard
├── ParseError            bytes that are not what they should be (no feed, no sitemap)
├── AddressError          a text that is no web address
├── ReadError             a page that could not be read (too deep, too slow, its worker died)
│   └── DamagedError      a page whose bytes broke on the way; another attempt may well succeed
├── SeedError             a declaration that is wrong, with its place
├── SettingsError         a setting that is unknown, missing or wrong
├── StorageError          the database is out of reach, or of another version
└── DeliveryError         a channel did not take a message
"""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path


def say_defect(error: Exception) -> str:
    """Say in a record that something met a bug. What the error says of itself stands in the log: it may hold anything."""
    return f"a defect in Dateline ({type(error).__name__}), told in the log"


class NewsError(Exception):
    """An expected failure. Its text is one sentence for people: what is wrong, where, and the remedy where there is one."""


class FetchFailure(StrEnum):
    """How a fetch failed; stored with the refresh and shown by the doctor."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too-large"
    BAD_RESPONSE = "bad-response"
    REDIRECTS = "redirects"
    REFUSED_ADDRESS = "refused-address"
    ROBOTS = "robots"
    STATUS = "status"
    GONE = "gone"
    RATE_LIMITED = "rate-limited"
    BLOCKED = "blocked"
    NOT_A_FEED = "not-a-feed"
    PACED = "paced"
    """Not asked: our own pace at its host left no turn."""
    NO_NETWORK = "no-network"
    DEFECT = "defect"
    """Of our own, met on the way."""


class FetchError(NewsError):
    """A fetch that did not give usable bytes.

    `kind` is how it failed, `status` the HTTP status where one was received, `retry_after` what the server asked for.
    `was_asked` is False where that happened to another fetch, and this one was kept back because of it.
    """

    def __init__(
        self,
        reason: str,
        kind: FetchFailure,
        *,
        url: str = "",
        status: int | None = None,
        retry_after: timedelta | None = None,
        was_asked: bool = True,
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.url = url
        self.status = status
        self.retry_after = retry_after
        self.was_asked = was_asked

    def retell(self, reason: str, kind: FetchFailure | None = None) -> "FetchError":
        """Give the same failure with another reason, and of another kind where it means something else there."""
        return FetchError(
            reason,
            kind or self.kind,
            url=self.url,
            status=self.status,
            retry_after=self.retry_after,
            was_asked=self.was_asked,
        )


class ParseError(NewsError):
    """Bytes that are not a feed, a sitemap or a listing page."""


class AddressError(NewsError):
    """A text that is no http or https address; the text shows it."""


class ReadError(NewsError):
    """A page whose text could not be read: too deep, too slow, or its worker died."""


class DamagedError(ReadError):
    """A page whose bytes are not what its server says: cut short or garbled on the way, for the moment."""


class SeedError(NewsError):
    """A wrong declaration. The text reads `file:line: [table] key: reason`; the parts are kept for programs."""

    def __init__(self, file: Path, reason: str, *, table: str = "", key: str = "", line: int | None = None) -> None:
        place = f"{file}:{line}" if line else str(file)
        inside = " ".join(part for part in (f"[{table}]" if table else "", key) if part)
        super().__init__(": ".join(part for part in (place, inside, reason) if part))
        self.file, self.table, self.key, self.line, self.reason = file, table, key, line, reason


class SettingsError(NewsError):
    """A setting that is unknown, missing or wrong; the text names it and where it stands."""


class StorageError(NewsError):
    """The database cannot be used; the text says which one and what to do."""


class DeliveryError(NewsError):
    """A channel did not take a message. `permanent` ones are not tried again; `retry_after` is the receiver's own wish."""

    def __init__(self, reason: str, *, permanent: bool = False, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after
