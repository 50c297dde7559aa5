"""What reading a page gives: one frozen article with the provenance of what is uncertain in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Quality(StrEnum):
    """How a text was read: from the feed alone, by the quick extractor, or carefully."""

    FEED = "feed"
    QUICK = "quick"
    CAREFUL = "careful"


class DateSource(StrEnum):
    """Where a publication time comes from, surest first."""

    FEED = "feed"
    JSON_LD = "json-ld"
    META = "meta"
    URL = "url"
    PAGE = "page"
    FIRST_SEEN = "first-seen"


@dataclass(frozen=True, slots=True)
class ReadingHints:
    """What is known about a page before it is read.

    `zone` is the outlet's IANA zone for times that bear none; `entry_*` come from the feed that announced the page; of a
    known article the title is its own.
    """

    first_seen_at: datetime
    language: str | None = None
    zone: str | None = None
    outlet_name: str | None = None
    entry_title: str | None = None
    entry_published_at: datetime | None = None
    entry_text: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """A page as read once. `text` has one paragraph a line; times are aware UTC; `language` is en, zh-Hans, zh-Hant, ko, ja, ...

    `partial` marks a text that the publisher cut off (paywall), or of which a feed gave a teaser alone; `notes` are remarks for
    people, such as a date that was found and not believed.
    """

    url: str
    title: str
    text: str
    language: str | None
    published_at: datetime
    published_from: DateSource
    quality: Quality
    authors: tuple[str, ...] = ()
    section: str | None = None
    site_name: str | None = None
    image: str | None = None
    updated_at: datetime | None = None
    partial: bool = False
    date_only: bool = False
    """The source gave a day without a time of day."""
    date_confidence: float = 1.0
    notes: tuple[str, ...] = ()
