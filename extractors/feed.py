"""Feed documents to entries: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed, news sitemaps.

One rule: a strictly well-formed document with a known root is read directly (fast), a sitemap that is none as far as it goes, and
anything else by feedparser (lenient), which knows no sitemaps.
Most documents are UTF-8 and well-formed as they come, so that is tried before anything is decoded.
"""

from datetime import datetime

from extractors.announced import FeedDocument, finish_feed
from extractors.encoding import hides_in_ascii
from extractors.feed_json import read_json
from extractors.feed_lenient import read_leniently
from extractors.feed_mending import clean_xml, decode_feed
from extractors.feed_xml import read_broken_sitemap, read_strictly
from extractors.not_a_feed import explain_non_feed, is_web_page
from news.errors import ParseError
from news.sources import Entry, ParsedFeed


def parse_feed(body: bytes, *, url: str, content_type: str = "", zone: str | None = None) -> ParsedFeed:
    """Read a feed document.

    `url` is where it was fetched from, for relative links; `content_type` the HTTP header, for its charset; `zone` the
    outlet's IANA zone, for times that bear none (UTC when None).

    Raises:
        ParseError: when this is no feed; its text says what it is instead (a web page, a login page, nothing at all).
    """
    document = None if hides_in_ascii(body, content_type) else read_strictly(body.lstrip())
    if document is None:
        text = decode_feed(body, content_type)
        document = None if is_web_page(text) else _read_decoded(text)
        if document is None:
            raise ParseError(explain_non_feed(text))
    return finish_feed(document, url=url, zone=zone)


def _read_decoded(text: str) -> FeedDocument | None:
    """Read what is not well-formed as it came: not UTF-8, not quite XML, or JSON."""
    if text.startswith(("{", "[")):
        return read_json(text)
    document = clean_xml(text)
    return read_strictly(document) or read_broken_sitemap(document) or read_leniently(document)


def entry_record(file: str, entry: Entry) -> dict[str, str | list[str] | None]:
    """An entry as a flat record for programs, its times as ISO 8601 in UTC."""
    content = entry.content
    return {
        "file": file,
        "id": entry.id,
        "link": entry.link,
        "title": entry.title,
        "published_at": _write_time(entry.published_at),
        "summary": entry.summary or content,
        "updated_at": _write_time(entry.updated_at),
        "content": content,
        "authors": list(entry.authors),
        "language": entry.language,
        "key": entry.key,
    }


def _write_time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
