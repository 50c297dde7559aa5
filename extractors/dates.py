"""When an article was published: the surest believable time, where it comes from, and what was not believed.

Every source is tried in the order of `DateSource`. A time that is impossible or in the future is never used, only noted; an
article without any has the time at which it was first seen, and says so.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from extractors.feed_times import parse_feed_time
from extractors.head import Head
from news.articles import DateSource, ReadingHints

# Names under which pages give the time of publication, surest first.
_META_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "article.published",
    "cxenseparse:recs:publishtime",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "publisheddate",
    "published_time",
    "article:published",
    "article:create_at",
    "article_date_original",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date.created",
    "dc.date",
    "date",
    "datecreated",
    "originalpublicationdate",
    "displaydate",
    "article:post_date",
    "bt:pubdate",
    "ptime",
    "weibo:article:create_at",
    "firstcreate",
    "citation_date",
    "citation_publication_date",
    "shareaholic:article_published_time",
    "rnews:datepublished",
    "dateissued",
    "uploaddate",
)
_META_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")

_CONFIDENCE = {
    DateSource.FEED: 0.95,
    DateSource.JSON_LD: 0.97,
    DateSource.META: 0.93,
    DateSource.URL: 0.9,
    DateSource.PAGE: 0.8,
    DateSource.FIRST_SEEN: 0.2,
}
"""How often the day is right: for the sources on a page, by the saved pages that have a known day."""

_ZONE_OF_LANGUAGE = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo", "zh-Hans": "Asia/Shanghai", "zh-Hant": "Asia/Taipei"}
"""Where nothing is known of the outlet, the language of its page tells the zone well enough for the day."""

_EARLIEST = datetime(1993, 1, 1, tzinfo=UTC)  # no news page is older than the web
_SKEW = timedelta(minutes=30)  # clocks of publishers run ahead of ours by minutes
_SHIFTED = timedelta(hours=14)  # a local time labelled as UTC is ahead by at most the widest offset
_STALE = timedelta(days=60)  # an article that old when first seen is from an archive, or its date from a template
_DISAGREES = timedelta(days=2)

_CLOCK = re.compile(r"\d(?:T|[시時时点]|:)\s?\d")
_MIDNIGHT = re.compile(r"T00:00(?::00(?:\.0+)?)?(?![\d:])")  # what systems write that keep days alone
_URL_DAY = re.compile(
    r"(?<![\d.])((?:19|20)\d\d)"
    r"(?:[-/_.]?(0[1-9]|1[0-2])[-/_.]?(0[1-9]|[12]\d|3[01])(?=\D|$|\d{2,10}(?!\d))|[-/](1?\d)[-/]([1-3]?\d)(?!\d))"
)


@dataclass(frozen=True, slots=True)
class Dated:
    """When an article was published (aware UTC), and how we know. `date_only`: a day without a time of day."""

    at: datetime
    source: DateSource
    confidence: float
    date_only: bool = False
    updated_at: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    source: DateSource
    at: datetime
    date_only: bool = False


def date_article(head: Head, url: str, seen: Iterable[str], hints: ReadingHints, *, language: str | None) -> Dated:
    """Choose the publication time of an article.

    `seen` are texts of the page that may be its date line, likeliest first; `language` stands in for an unknown zone.
    """
    zone = hints.zone or _ZONE_OF_LANGUAGE.get(language or "", "UTC")
    notes: list[str] = []
    believed = (one for one in _find_candidates(head, url, seen, hints, zone) if _is_possible(one, hints, notes))
    found = next(believed, None)
    if found is None:
        notes.append("no date was found; this is when the article was first seen")
        found = _Candidate(DateSource.FIRST_SEEN, hints.first_seen_at)
    elif found.source is DateSource.FEED and (page := next(believed, None)):
        notes += _compare(found, page)
    elif hints.first_seen_at - found.at > _STALE:
        notes.append(
            f"its date, {found.at:%Y-%m-%d}, is {(hints.first_seen_at - found.at).days} days before it was first seen"
        )
    return Dated(
        at=found.at,
        source=found.source,
        confidence=round(_CONFIDENCE[found.source] * (0.7 if notes else 1.0), 2),
        date_only=found.date_only,
        updated_at=_find_update(head, found.at, hints, zone),
        notes=tuple(dict.fromkeys(notes)),
    )


def _find_candidates(head: Head, url: str, seen: Iterable[str], hints: ReadingHints, zone: str) -> Iterator[_Candidate]:
    if hints.entry_published_at:
        yield _Candidate(DateSource.FEED, hints.entry_published_at)
    texts = [
        *((DateSource.JSON_LD, text) for key in ("datePublished", "dateCreated") for text in head.find_all(key)),
        *((DateSource.META, head.meta[name]) for name in _META_PUBLISHED if name in head.meta),
    ]
    for source, text in texts:
        yield from _read(source, text, zone)
    yield from _merge_url_and_page(
        find_url_day(url), [one for text in seen for one in _read(DateSource.PAGE, text, zone)], zone
    )


def _read(source: DateSource, text: str, zone: str) -> Iterator[_Candidate]:
    """A text as a candidate, where it is a time; one without a clock, or with midnight to the second, gives a day only."""
    if at := parse_feed_time(text, zone=zone):
        yield _Candidate(source, at, not _CLOCK.search(text) or bool(_MIDNIGHT.search(text)))


def find_url_day(url: str) -> str | None:
    """The day in an article's address as `2024-03-01`, where it holds one."""
    parts = urlsplit(url)
    found = _URL_DAY.search(f"{parts.path}?{parts.query}")
    return f"{found[1]}-{int(found[2] or found[4]):02}-{int(found[3] or found[5]):02}" if found else None


def _merge_url_and_page(day: str | None, page: list[_Candidate], zone: str) -> Iterator[_Candidate]:
    """The address tells the day surely and the page the time of day: a page's time on the address's day comes first."""
    local = ZoneInfo(zone)
    if day:
        yield from (one for one in page if not one.date_only and f"{one.at.astimezone(local):%Y-%m-%d}" == day)
        yield from _read(DateSource.URL, day, zone)
    yield from page


def _is_possible(one: _Candidate, hints: ReadingHints, notes: list[str]) -> bool:
    """Whether a candidate can be true; why not is noted."""
    latest = hints.first_seen_at + (_SKEW if not one.date_only else timedelta(days=1))
    if _EARLIEST <= one.at <= latest:
        return True
    why = "in the future" if one.at > latest else "before the web"
    notes.append(f"the date {one.at:%Y-%m-%d %H:%M} UTC ({one.source}) is {why} and was not used")
    return False


def _compare(feed: _Candidate, page: _Candidate) -> Iterator[str]:
    if abs(feed.at - page.at) > _DISAGREES:
        yield f"the feed says {feed.at:%Y-%m-%d}, the page {page.at:%Y-%m-%d} ({page.source})"


def _find_update(head: Head, published_at: datetime, hints: ReadingHints, zone: str) -> datetime | None:
    """When the page says that it was changed, if that is after it was published and not in the future."""
    texts = [*head.find_all("dateModified"), *(head.meta[name] for name in _META_UPDATED if name in head.meta)]
    times = (at for text in texts if (at := parse_feed_time(text, zone=zone)))
    return next((at for at in times if published_at < at <= hints.first_seen_at + _SKEW), None)
