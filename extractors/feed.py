"""Feed documents to entries: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed, news sitemaps.

One rule: a strictly well-formed document with a known root is read directly (fast), anything else by feedparser (lenient).
"""

from datetime import datetime

from extractors.announced import finish_feed
from extractors.encoding import decode_document
from extractors.feed_lenient import read_leniently
from extractors.not_a_feed import explain_non_feed
from news.errors import ParseError
from news.sources import Entry, ParsedFeed


def parse_feed(body: bytes, *, url: str, content_type: str = "", zone: str | None = None) -> ParsedFeed:
    """Read a feed document.

    `url` is where it was fetched from, for relative links; `content_type` the HTTP header, for its charset; `zone` the
    outlet's IANA zone, for times that bear none (UTC when None).

    Raises:
        ParseError: when this is no feed; its text says what it is instead (a web page, a login page, nothing at all).
    """
    text = decode_document(body, content_type=content_type)
    document = read_leniently(text)
    if document is None:
        raise ParseError(explain_non_feed(text))
    return finish_feed(document, url=url, zone=zone)


def entry_record(file: str, entry: Entry) -> dict[str, str | list[str] | None]:
    """An entry as a flat record for programs, its times as ISO 8601 in UTC."""
    return {
        "file": file,
        "id": entry.id,
        "link": entry.link,
        "title": entry.title,
        "published_at": _write_time(entry.published_at),
        "summary": entry.summary,
        "updated_at": _write_time(entry.updated_at),
        "content": entry.content,
        "authors": list(entry.authors),
        "language": entry.language,
        "key": entry.key,
    }


def _write_time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
