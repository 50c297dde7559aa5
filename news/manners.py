"""What those who fetch and those who keep notes of it tell each other about a site. Durations count from now: clocks differ."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from news.errors import FetchError, FetchFailure
from news.sources import Backoff, Outlet


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a fetch failed, as far as it is worth remembering."""

    reason: str
    kind: FetchFailure
    status: int | None = None

    @classmethod
    def of(cls, error: FetchError) -> "Trouble":
        """Take it from an error."""
        return cls(str(error), error.kind, error.status)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a site's robots.txt says, believed for so long: its text, None where there is none.

    `trouble` is why nothing is known; then nothing of the site may be read.
    """

    kept_for: timedelta
    text: str | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """A scope (a host, a feed, a family of outlets) that is left alone for a while yet, and why."""

    scope: str
    left: timedelta
    trouble: Trouble


class Scope(NamedTuple):
    """What rests after a 429 or 503: all that is fetched under this name, and the host that said so unless it is spared."""

    name: str
    spares_host: bool = False


def name_scope(outlet: Outlet, feed_id: str | None = None) -> Scope | None:
    """Name what rests when a server says 'later' to a feed or, without `feed_id`, to a page; None is its host alone.

    With `Backoff.FEED` a feed stops for itself. A page is no feed's: its host rests then, with all its feeds.
    """
    match outlet.backoff:
        case Backoff.FEED:
            return Scope(f"feed {feed_id}", spares_host=True) if feed_id else None
        case Backoff.FAMILY:
            return Scope(f"family {outlet.family}")
        case Backoff.HOST:
            return None


class Wish(NamedTuple):
    """A fetch that wants to start: so many seconds after the one before, within its patience, among so many at once.

    It `lasts` so many seconds at most; `scopes` are those of which none may rest.
    """

    host: str
    interval: float
    patience: float
    at_once: int
    lasts: float
    scopes: tuple[str, ...] = ()


class Turn(NamedTuple):
    """A fetch may start after so many seconds; its place at the host is held under the name of the lease."""

    wait: float
    lease: str


class Full(NamedTuple):
    """Others hold all places at the host; ask again after so many seconds."""

    ask_after: float
