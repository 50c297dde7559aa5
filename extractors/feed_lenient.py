"""The careful way to read a feed: feedparser, at arm's length, for every document that is not strictly well-formed.

feedparser reads whatever was ever sent as a feed. It gets text that is already decoded, as a stream (a string it might
take for a file name or an address to open), no address (it would make ids absolute, and so other ids than the fast way
gives), and nothing to sanitise: all markup becomes plain text here.
"""

import io
import re
from typing import Any

import feedparser

from extractors.announced import Announcement, FeedDocument
from extractors.plain_text import drop_controls

# What feedparser's parts raise on documents that nobody tried on them, such as a namespace with a space in it.
_CRASHES = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError)

# Addresses that links cannot be resolved against: at the first one feedparser would lose every link of the feed.
_BAD_BASE = re.compile(
    rb"""\sxml:base\s*=\s*(?:"[^"<>\[\]]*[\[\]][^"<>]*"|'[^'<>\[\]]*[\[\]][^'<>]*')""", re.IGNORECASE
)

# What makes a document no XML at once, so that feedparser's strict half gives way to its loose one.
_NO_XML = b"<>"


def read_leniently(document: bytes) -> FeedDocument | None:
    """Read a UTF-8 document as a feed; None when feedparser finds neither a feed's root nor an entry."""
    document = _BAD_BASE.sub(b"", document)
    for attempt in (document, _NO_XML + document):
        try:
            return _read(attempt)
        except _CRASHES:
            continue
    return None


def _read(document: bytes) -> FeedDocument | None:
    parsed = feedparser.parse(
        io.BytesIO(document),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not _text(parsed, "version") and not parsed.entries:
        return None
    return FeedDocument(
        title=_text(parsed.feed, "title"),
        link=_text(parsed.feed, "link"),
        language=_text(parsed.feed, "language"),
        ttl=_text(parsed.feed, "ttl"),
        period=_text(parsed.feed, "sy_updateperiod"),
        frequency=_text(parsed.feed, "sy_updatefrequency"),
        announcements=[_read_entry(entry) for entry in parsed.entries],
        problems=[f"not strictly well-formed: {drop_controls(str(parsed.bozo_exception))}"] if parsed.bozo else [],
    )


def _read_entry(entry: dict[str, Any]) -> Announcement:
    return Announcement(
        id=_text(entry, "id"),
        link=_text(entry, "feedburner_origlink") or _text(entry, "link"),
        title=_text(entry, "title"),
        summary=_text(entry, "summary"),
        content=max((_text(part, "value") for part in dict.get(entry, "content", ())), key=len, default=""),
        authors=[_text(author, "name") for author in dict.get(entry, "authors", ())],
        published=_text(entry, "published") or _text(entry, "created") or _text(entry, "updated"),
        updated=_text(entry, "updated"),
        language=_text(entry, "language"),
    )


def _text(holder: dict[str, Any], key: str) -> str:
    """A field as text. `dict.get`, because feedparser's own answers for a missing `updated` with `published`, and warns."""
    value = dict.get(holder, key)
    return drop_controls(value) if isinstance(value, str) else ""
