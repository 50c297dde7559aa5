"""What every feed format has in common: an announcement as its document writes it, and the `Entry` it becomes.

The readers of the formats (XML, JSON, feedparser, listing pages, sitemaps) only find the pieces; markup, addresses, times
and identity are handled here, once, so that a feed means the same whichever reader got it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from extractors.feed_times import parse_feed_time
from extractors.page_tree import join_url
from news.plain_text import read_line, read_paragraphs
from news.sources import Entry, ParsedFeed


@dataclass(slots=True)
class Announcement:
    """One item as written: markup not yet stripped, addresses not yet absolute, times as text."""

    id: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: list[str] = field(default_factory=list)
    published: str = ""
    updated: str = ""
    language: str = ""
    base: str = ""
    """What the link is relative to (`xml:base`); empty, or no web address, means the document's own address."""


@dataclass(slots=True)
class FeedDocument:
    """A feed as written. `ttl` is in minutes; `period` and `frequency` are those of the syndication module."""

    title: str = ""
    link: str = ""
    language: str = ""
    ttl: str = ""
    period: str = ""
    frequency: str = ""
    announcements: list[Announcement] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


# In characters. A key must fit into the indexes of a database; an id of a megabyte is an attack, a title of a page no title.
_LONGEST_KEY, _LONGEST_TITLE = 1_000, 1_000

_PERIOD_MINUTES = {"hourly": 60.0, "daily": 1440.0, "weekly": 10_080.0, "monthly": 43_200.0, "yearly": 525_600.0}


def finish_feed(document: FeedDocument, *, url: str, zone: str | None) -> ParsedFeed:
    """Make the vocabulary's feed of a document read from `url`; `zone` is for times that bear none."""
    entries = [_finish_entry(announcement, url, zone) for announcement in document.announcements]
    return ParsedFeed(
        title=read_line(document.title),
        entries=_tell_apart(entries),
        link=resolve_link(url, document.link),
        language=document.language.strip() or None,
        ttl_minutes=_read_ttl(document),
        problems=(*document.problems, *_find_problems(document.announcements, entries)),
    )


def resolve_link(base: str, link: str) -> str | None:
    """Make a link absolute; None where there is none. One that cannot be resolved stays as announced."""
    link = "".join(link.split()) if "\n" in link else link.strip()
    if not link or link.startswith(("https://", "http://")):
        return link or None
    try:
        return urljoin(base, link)
    except ValueError:  # an unclosed `[` in the host
        return link


def _finish_entry(announced: Announcement, url: str, zone: str | None) -> Entry:
    base = join_url(url, announced.base) if announced.base else None
    link = resolve_link(base or url, announced.link)
    title, identifier = read_line(announced.title)[:_LONGEST_TITLE], announced.id.strip() or None
    summary, content, authors = announced.summary, announced.content, announced.authors
    return Entry(
        _bound_key(identifier or link or "") or _hash_text(title, read_paragraphs(summary) or read_paragraphs(content)),
        link,
        title,
        identifier,
        summary,
        content,
        tuple(dict.fromkeys(name for author in authors if (name := read_line(author)))) if authors else (),
        parse_feed_time(announced.published, zone=zone),
        parse_feed_time(announced.updated, zone=zone),
        announced.language.strip() or None,
    )


def _bound_key(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else _hash_text(key)


def _hash_text(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _tell_apart(entries: list[Entry]) -> tuple[Entry, ...]:
    """Give entries that share an id but not a link their links as keys: some feeds write one id for all."""
    if len({entry.key for entry in entries}) == len(entries):
        return tuple(entries)
    links_of = Counter(key for key, _ in {(entry.key, entry.link) for entry in entries})
    return tuple(
        entry._replace(key=_bound_key(f"{entry.key} {entry.link}")) if links_of[entry.key] > 1 else entry
        for entry in entries
    )


def _read_ttl(document: FeedDocument) -> float | None:
    """Minutes between updates that the feed itself states; the longer of `<ttl>` and the syndication module's."""
    stated = [_read_number(document.ttl)]
    if period := _PERIOD_MINUTES.get(document.period.strip().lower()):
        stated.append(period / (_read_number(document.frequency) or 1.0))
    return max((minutes for minutes in stated if minutes), default=None)


def _read_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < _PERIOD_MINUTES["yearly"] else None


def _find_problems(announced: Iterable[Announcement], entries: Iterable[Entry]) -> list[str]:
    """What people should know of the entries: links and times that are missing or cannot be read."""
    without_link, unread_times = 0, list[str]()
    for written, entry in zip(announced, entries, strict=True):
        if not entry.link:
            without_link += 1
        if not entry.published_at and written.published.strip():
            unread_times.append(written.published.strip()[:40])
    problems = [f"{_count_entries(without_link)} without a link"] if without_link else []
    if unread_times:
        problems.append(f"{_count_entries(len(unread_times))} with a time that cannot be read ({unread_times[0]!r})")
    return problems


def _count_entries(number: int) -> str:
    return f"{number:,} {'entry' if number == 1 else 'entries'}"
