"""News sitemaps, read as feeds, and indexes of sitemaps."""

from collections.abc import Sequence
from dataclasses import replace

from extractors.announced import finish_feed
from extractors.feed_mending import clean_xml, decode_feed
from extractors.feed_xml import read_broken_sitemap, read_sitemap_index, read_strictly
from extractors.not_a_feed import explain_non_feed
from extractors.page_tree import join_url
from news.errors import ParseError
from news.sources import ParsedFeed


def parse_sitemap(body: bytes, *, url: str, content_type: str = "", zone: str | None = None) -> ParsedFeed:
    """Read a sitemap, best a news sitemap: others name no titles, and days of change only.

    Raises:
        ParseError: for an index (`list_sitemaps` says what is in it) and for what is no sitemap.
    """
    if listed := list_sitemaps(body, url=url, content_type=content_type):
        raise ParseError(
            f"this is an index of {len(listed)} more sitemaps, not a sitemap; declare one of them, such as {listed[0]}"
        )
    text = decode_feed(body, content_type)
    cleaned = clean_xml(text)
    document = read_strictly(cleaned) or read_broken_sitemap(cleaned)
    if document is None:
        raise ParseError(explain_non_feed(text).replace("a feed", "a sitemap"))
    return finish_feed(document, url=url, zone=zone)


def list_sitemaps(body: bytes, *, url: str, content_type: str = "") -> tuple[str, ...]:
    """List the addresses in an index of sitemaps, last changed first; empty where this is no index, or names none."""
    listed = read_sitemap_index(clean_xml(decode_feed(body, content_type)))
    listed.sort(key=lambda pair: pair[1], reverse=True)  # ISO 8601 sorts as text; those without a time come last
    return tuple(address for written, _ in listed if (address := join_url(url, written)))


def join_sitemaps(parts: Sequence[ParsedFeed]) -> ParsedFeed:
    """Join what the sitemaps of an index hold; a page that stands in several is one entry, as in the first of them."""
    entries = {entry.key: entry for part in reversed(parts) for entry in part.entries}
    problems = tuple(problem for part in parts for problem in part.problems)
    return replace(parts[0], entries=tuple(entries.values()), problems=problems)
