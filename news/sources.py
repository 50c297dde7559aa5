"""Outlets, feeds, what a fetch gave, and how a refresh ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from news.plain_text import read_paragraphs


class PressSystem(StrEnum):
    """Under whose press law and pressure an outlet works; a digest says which systems report a story."""

    PRC_STATE = "prc-state"
    PRC_MARKET = "prc-market"
    HONG_KONG = "hong-kong"
    TAIWAN = "taiwan"
    SOUTH_KOREA = "south-korea"
    NORTH_KOREA = "north-korea"
    JAPAN = "japan"
    UNITED_STATES = "united-states"
    WIRE = "wire"
    GOVERNMENT = "government"
    DIASPORA = "diaspora"
    INTERNATIONAL = "international"
    UNKNOWN = "unknown"
    """Of an outlet that came with an imported feed and that nobody has described yet."""

    @property
    def label(self) -> str:
        """The name that a digest shows."""
        return _PRESS_LABELS.get(self, self.value.replace("-", " ").title())


_PRESS_LABELS = {
    PressSystem.PRC_STATE: "PRC state",
    PressSystem.PRC_MARKET: "PRC market",
    PressSystem.WIRE: "Wires",
    PressSystem.GOVERNMENT: "Governments",
    PressSystem.UNKNOWN: "Unclassified",
}


class Backoff(StrEnum):
    """What rests when a server says 'later' (429, 503): that feed, its host, or the host and all that the family publishes.

    `news.manners.name_scope` says what that is for a feed and for a page.
    """

    FEED = "feed"
    HOST = "host"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Outlet:
    """The publication behind feeds and articles. `zone` is an IANA zone, `family` the owner's id, `country` ISO 3166-1."""

    id: str
    name: str
    country: str
    language: str
    press_system: PressSystem
    family: str
    zone: str
    backoff: Backoff = Backoff.HOST


class FeedKind(StrEnum):
    """What is polled: a feed document, a news sitemap, or a listing page read with a link selector."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


@dataclass(frozen=True, slots=True)
class Feed:
    """A declared source. Its polling state (`FeedState`) is kept apart: an adopted redirect is state, never a new feed."""

    id: str
    url: str
    title: str
    outlet: str
    language: str
    kind: FeedKind = FeedKind.FEED
    country: str = ""
    link_selector: str | None = None
    date_selector: str | None = None
    verified: bool = True
    active: bool = True
    """An inactive feed is declared, but left out of what is polled."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What polling a feed has taught us. `url` is where it is fetched from now; times are aware UTC."""

    feed_id: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    checked_at: datetime | None = None
    next_check_at: datetime | None = None
    failures: float = 0.0
    moved_to: str | None = None
    moved_count: int = 0
    moved_at: datetime | None = None
    """When the last permanent redirect was adopted."""
    gone_at: datetime | None = None
    wish_seconds: float | None = None
    """How long its publisher asks to wait between two looks, by `<ttl>` or freshness, when it last had something new."""

    @property
    def has_answered(self) -> bool:
        """Whether it was ever seen to answer with what it is declared to be: so an unverified feed is verified."""
        return self.body_hash is not None


@dataclass(frozen=True, slots=True)
class Fetched:
    """Response bytes with their final URL; `NotModified` may stand in its place."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    permanent_url: str | None = None
    """Where only 301 and 308 answers led, when at least one did: a candidate for adoption."""
    packing: str = ""
    """The `Content-Encoding` that the body still has; none unless it was asked for as it came."""

    @property
    def content_type(self) -> str:
        """The media type with its parameters, or an empty string."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class NotModified:
    """The answer that nothing changed, with its headers; `permanent_url` as in `Fetched`: a redirect may stand before it too."""

    permanent_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


class Outcome(StrEnum):
    """How one poll of one feed ended."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not-modified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Refresh:
    """One poll of one feed, stored so that history can be asked.

    `reason` says in plain words how it failed; of a good poll the store writes there what is to be remarked.
    """

    feed_id: str
    started_at: datetime
    outcome: Outcome
    reason: str = ""
    failure: str | None = None
    status: int | None = None
    entries: int = 0
    new_entries: int = 0
    size: int = 0
    """Bytes of the decoded body."""
    seconds: float = 0.0


class Entry(NamedTuple):
    """One item exactly as a feed announced it. `key` identifies it inside its feed: its id, else its link, else a hash.

    `title` is plain text. So are `summary` and `content`, worked out of their markup when asked for: most entries of a
    poll are known ones that nobody will read again. For the same reason this is a tuple: it takes a quarter of the time
    of a frozen dataclass to make.
    """

    key: str
    link: str | None
    title: str
    id: str | None = None
    summary_markup: str = ""
    content_markup: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None

    @property
    def summary(self) -> str:
        """The announced summary in plain text, one paragraph a line."""
        return read_paragraphs(self.summary_markup)

    @property
    def content(self) -> str:
        """The announced whole text in plain, one paragraph a line."""
        return read_paragraphs(self.content_markup)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed document holds. `ttl_minutes` joins `<ttl>` and `sy:updatePeriod`; `problems` are defects survived."""

    title: str
    entries: tuple[Entry, ...]
    link: str | None = None
    language: str | None = None
    ttl_minutes: float | None = None
    problems: tuple[str, ...] = field(default=())


RHYTHM_ENTRIES = 30
"""So many of its latest entries show a feed's rhythm: two days of a wire, months of a quiet ministry."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the first and the last of a feed's latest entries came, and how many they are. Times are aware UTC."""

    first_at: datetime
    last_at: datetime
    entries: int

    @property
    def interval(self) -> timedelta | None:
        """The mean time between two of them; None of a single one."""
        return (self.last_at - self.first_at) / (self.entries - 1) if self.entries > 1 else None


@dataclass(frozen=True, slots=True)
class Habit:
    """What the polls of a feed brought before: `usual` is the mean number of new entries of those that brought any.

    `seen_at` is when entries were last read in it; None where there were none yet, or that is forgotten.
    """

    usual: float
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed claimed for polling: its declaration, its outlet and what polling it has taught us.

    `rhythm` is that of its latest entries; None before the first.
    """

    feed: Feed
    outlet: Outlet
    state: FeedState
    rhythm: Rhythm | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll of one feed leaves behind: the record of it, the feed's new state, and the entries it announced."""

    refresh: Refresh
    state: FeedState
    entries: tuple[Entry, ...] = ()
    asked_url: str | None = None
    """The address that was polled; where the feed has another by now, its operator edited it, and `state` is of no use."""
    problems: tuple[str, ...] = ()
    """Defects of the feed that were survived: what an operator should know of it, although the poll was good."""
