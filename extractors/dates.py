"""When an article was published: the surest believable time, where it comes from, and what was not believed.

Every source is tried in the order of `DateSource`. A time that is impossible, unreadable or in the future is never used, only
noted; an article without any has the time at which it was first seen, and says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from extractors.date_places import DateTexts, find_url_day
from extractors.head import Head
from extractors.moments import Moment, TimeReader
from extractors.page import Page
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
# Names that stand for publication on one site and for the last change on another: what the page shows is surer.
_META_VAGUE = ("dcterms.created", "dcterms.date", "dc.date.created", "dc.date", "date", "datecreated")
_META_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")

_CONFIDENCE = {
    DateSource.FEED: 0.95,
    DateSource.JSON_LD: 0.98,
    DateSource.META: 0.93,
    DateSource.URL: 0.95,
    DateSource.PAGE: 0.94,
    DateSource.FIRST_SEEN: 0.2,
}
"""How likely the day is right. Of 546 saved pages with a known day, that of the linked data was right on 239 of 245, of meta
on 115 of 124 (several of them labelled wrongly), of the address on 13 of 13, of the page's text on 152 of 161. Feeds and
first sight are estimates."""

_ZONE_OF_LANGUAGE = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo", "zh-Hans": "Asia/Shanghai", "zh-Hant": "Asia/Taipei"}
"""Where nothing is known of the outlet, the language of its page tells the zone well enough for the day."""

_EARLIEST = datetime(1993, 1, 1, tzinfo=UTC)  # no news page is older than the web
_SKEW = timedelta(minutes=30)  # clocks of publishers run ahead of ours by minutes
_DAY = timedelta(days=1)  # a day alone is today's somewhere
_STALE = timedelta(days=60)  # an article that old when first seen is from an archive, or its date from a template
_DISAGREES = timedelta(days=2)  # less is a zone, or an edition of the night
_SAME = timedelta(minutes=2)  # feed and page write one event's time with and without its seconds
_QUOTED = 40  # characters of an unreadable date that a note repeats
_DOUBTED = 0.7  # what is left of the confidence in a time that something speaks against


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
class Candidate:
    """A time that may be that of publication. `is_claimed`: its place says that it is."""

    source: DateSource
    moment: Moment
    is_claimed: bool = True


def date_article(page: Page, url: str, hints: ReadingHints, *, language: str | None) -> Dated:
    """Choose the publication time of an article; `language` stands in for an unknown zone."""
    zone = hints.zone or _ZONE_OF_LANGUAGE.get(language or "", "UTC")
    reader = TimeReader(zone, month_first=_writes_month_first(page, hints, language))
    notes: list[str] = []
    texts = DateTexts(page)
    candidates = find_candidates(page, url, texts, hints, reader)
    found = next((one for one in candidates if _is_possible(one, hints, notes)), None)
    if found is None:
        notes.append("no date was found; this is when the article was first seen")
        found = Candidate(DateSource.FIRST_SEEN, Moment(hints.first_seen_at))
    notes += _note_unreadable(page, url, texts, reader, found)
    claim = next(_find_claims(page, reader), None) if found.source is DateSource.FEED else None
    notes += _doubt(found, claim, hints)
    at = found.moment.at
    return Dated(
        at=at,
        source=found.source,
        confidence=round(_CONFIDENCE[found.source] * (_DOUBTED if notes else 1.0), 2),
        date_only=found.moment.date_only,
        updated_at=_find_update(page.head, at, hints, reader),
        notes=tuple(dict.fromkeys(notes)),
    )


def _writes_month_first(page: Page, hints: ReadingHints, language: str | None) -> bool:
    """Whether 1/2 is the second of January here: in the United States, and where an English page does not say."""
    if hints.zone:
        return language == "en" and hints.zone.startswith("America/")
    return (page.head.language or language or "").lower() in {"en", "en-us", "en_us"}


def find_candidates(
    page: Page, url: str, texts: DateTexts, hints: ReadingHints, reader: TimeReader
) -> Iterator[Candidate]:
    """The candidates, surest first; what stands on the page itself (`texts`) is looked at last, since it costs most."""
    announced_at = hints.entry_published_at
    if announced_at and not _is_update(announced_at, page, reader):
        yield from _read_announced(announced_at, page, reader)
    yield from _find_sure_claims(page, reader)
    yield from _read_url(find_url_day(url), texts, reader)
    yield from _read_texts(texts.find_labelled(), reader, is_claimed=True)
    yield from _read_texts(texts.find_stamped(), reader)
    yield from _read_meta(page, reader, _META_VAGUE)
    yield from _read_texts(texts.find_others(), reader)


def _read_announced(announced_at: datetime, page: Page, reader: TimeReader) -> Iterator[Candidate]:
    """A feed's midnight, by the outlet's clocks or in UTC, may be a day alone: the time that the page claims on it comes first.

    That of the outlet's clocks is taken for one, as on pages; that in UTC may be a time of day where the outlet is.
    """
    local = announced_at.astimezone(ZoneInfo(reader.zone))
    midnight = next((at for at in (local, announced_at.astimezone(UTC)) if at.time() == time.min), None)
    claim = next(_find_claims(page, reader), None)
    if (
        midnight
        and claim
        and not claim.moment.date_only
        and reader.local_day(claim.moment.at) == f"{midnight:%Y-%m-%d}"
    ):
        yield claim
    yield Candidate(DateSource.FEED, Moment(announced_at, date_only=midnight is local))


def _is_update(announced_at: datetime, page: Page, reader: TimeReader) -> bool:
    """Whether a feed announces that an older article was changed: its time is the one of the page's last change."""
    claim = next(_find_claims(page, reader), None)
    if claim is None or claim.moment.at >= announced_at:
        return False
    return any(abs(at - announced_at) < _SAME for at in _find_changes(page.head, reader))


def _find_claims(page: Page, reader: TimeReader) -> Iterator[Candidate]:
    """What the page claims for programs to read."""
    yield from _find_sure_claims(page, reader)
    yield from _read_meta(page, reader, _META_VAGUE)


def _find_sure_claims(page: Page, reader: TimeReader) -> Iterator[Candidate]:
    for source, text in _find_claimed_texts(page.head):
        yield from (Candidate(source, moment) for moment in reader.read(text))


def _find_claimed_texts(head: Head, names: Iterable[str] = _META_PUBLISHED) -> Iterator[tuple[DateSource, str]]:
    """What the page says to be the time of publication, surest first, as written."""
    yield from ((DateSource.JSON_LD, text) for key in ("datePublished", "dateCreated") for text in head.find_all(key))
    yield from ((DateSource.META, head.meta[name]) for name in names if name in head.meta)


def _read_meta(page: Page, reader: TimeReader, names: Iterable[str]) -> Iterator[Candidate]:
    texts = (page.head.meta[name] for name in names if name in page.head.meta)
    yield from (Candidate(DateSource.META, moment) for text in texts for moment in reader.read(text))


def _read_url(day: str | None, texts: DateTexts, reader: TimeReader) -> Iterator[Candidate]:
    """The address tells the day surely and the page the time of day: a page's time on the address's day comes first."""
    if day:
        shown = _read_texts(chain(texts.find_labelled(), texts.find_stamped(), texts.find_others()), reader)
        yield from (one for one in shown if not one.moment.date_only and reader.local_day(one.moment.at) == day)
        yield from (Candidate(DateSource.URL, moment) for moment in reader.read(day))


def _read_texts(texts: Iterable[str], reader: TimeReader, *, is_claimed: bool = False) -> Iterator[Candidate]:
    return (Candidate(DateSource.PAGE, moment, is_claimed) for text in texts for moment in reader.read(text))


def _is_possible(one: Candidate, hints: ReadingHints, notes: list[str]) -> bool:
    """Whether a candidate can be true; why not is noted."""
    at = one.moment.at
    latest = hints.first_seen_at + (_DAY if one.moment.date_only else _SKEW)
    if _EARLIEST <= at <= latest:
        return True
    if one.is_claimed:  # a page tells of many times; what it says of itself is meant to be true
        why = "in the future" if at > latest else "older than the web"
        notes.append(f"the date {at:%Y-%m-%d %H:%M} UTC ({one.source}) is {why} and was not used")
    return False


def _note_unreadable(page: Page, url: str, texts: DateTexts, reader: TimeReader, found: Candidate) -> Iterator[str]:
    """Note what the page says to be its time, stands before the one that is used, and is none: a 31 February, a zero date."""
    if found.source is DateSource.FEED:
        return
    names = _META_PUBLISHED + (_META_VAGUE if found.source is DateSource.FIRST_SEEN else ())
    shown = found.source in {DateSource.PAGE, DateSource.FIRST_SEEN}
    labelled = _find_labelled_texts(url, texts, reader) if shown else ()
    for source, text in chain(_find_claimed_texts(page.head, names), labelled):
        moments = list(reader.read(text))
        if source is found.source and found.moment in moments:
            return
        if not moments:
            yield f"the date {_shorten(text)!r} ({source}) is impossible or cannot be read, and was not used"


def _find_labelled_texts(url: str, texts: DateTexts, reader: TimeReader) -> Iterator[tuple[DateSource, str]]:
    """What the address and the page's own lines say to be the day of publication."""
    if day := find_url_day(url):
        yield DateSource.URL, day
    yield from ((DateSource.PAGE, text) for text in texts.find_labelled() if reader.names_day(text))


def _shorten(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"


def _doubt(found: Candidate, claim: Candidate | None, hints: ReadingHints) -> Iterator[str]:
    """What speaks against a time that is used: the page's own claim where the feed tells it, and its age."""
    at = found.moment.at
    if claim and abs(at - claim.moment.at) > _DISAGREES:
        yield f"the feed says {at:%Y-%m-%d}, the page {claim.moment.at:%Y-%m-%d} ({claim.source})"
    if (age := hints.first_seen_at - at) > _STALE:
        yield f"its date, {at:%Y-%m-%d}, is {age.days:,} days before it was first seen"


def _find_update(head: Head, published_at: datetime, hints: ReadingHints, reader: TimeReader) -> datetime | None:
    """When the page says that it was changed, if that is after it was published and not in the future."""
    changes = _find_changes(head, reader)
    return next((at for at in changes if published_at < at <= hints.first_seen_at + _SKEW), None)


def _find_changes(head: Head, reader: TimeReader) -> Iterator[datetime]:
    texts = [*head.find_all("dateModified"), *(head.meta[name] for name in _META_UPDATED if name in head.meta)]
    return (moment.at for text in texts for moment in reader.read(text))
