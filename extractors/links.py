"""Discovery: where a site's feeds are, from its page, from its robots.txt, and from the paths where most sites have them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import html

from extractors.page_tree import join_url, parse_page, read_text
from news.sources import FeedKind

# Media types of feeds in `<link rel="alternate" type="...">`. Sites also say plain XML and JSON there.
_FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
    }
)

# Addresses on a page that look like feeds: a path part or parameter that says so.
_FEED_ADDRESS = re.compile(r"[/._=?&-](?:rss|feed|feeds|atom|rdf)(?:[\d/._?&=-]|xml|$)", re.IGNORECASE)

# Where feeds are when nothing says so, by how often: WordPress, the common names, Korean papers' `allArticle.xml`.
_COMMON_PATHS = (
    *("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json"),
    *("/rss/allArticle.xml", "/rss/index.xml", "/feeds/posts/default", "/index.rdf"),
)
_COMMON_SITEMAPS = ("/sitemap-news.xml", "/news-sitemap.xml", "/sitemap_news.xml")

_SITEMAP_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed. `found_in` says where it was seen; a preview tells whether it is one."""

    url: str
    title: str
    kind: FeedKind
    found_in: str


def find_feeds(body: bytes, *, url: str, content_type: str = "") -> tuple[Candidate, ...]:
    """Find the feeds that a page names: its link tags, then its links that look like feeds; surest first.

    Raises:
        ParseError: for an empty document.
    """
    page, base = parse_page(body, url=url, content_type=content_type)
    return _keep_first((*_read_link_tags(page, base), *_read_links(page, base)))


def guess_feeds(url: str) -> tuple[Candidate, ...]:
    """List the addresses at which most sites have their feeds and news sitemaps, for a page that names none."""
    feeds = (Candidate(urljoin(url, path), "", FeedKind.FEED, "common path") for path in _COMMON_PATHS)
    sitemaps = (Candidate(urljoin(url, path), "", FeedKind.SITEMAP, "common path") for path in _COMMON_SITEMAPS)
    return (*feeds, *sitemaps)


def find_sitemaps(robots: str, *, url: str) -> tuple[Candidate, ...]:
    """Find the sitemaps that a robots.txt names, those of news first."""
    addresses = [address for line in _SITEMAP_LINE.findall(robots) if (address := join_url(url, line))]
    addresses.sort(key=lambda address: "news" not in address.lower())
    return _keep_first(Candidate(address, "", FeedKind.SITEMAP, "robots.txt") for address in addresses)


def _read_link_tags(page: html.HtmlElement, base: str) -> Iterator[Candidate]:
    for link in page.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        media_type = (link.get("type") or "").partition(";")[0].strip().lower()
        is_feed = "feed" in relations or ("alternate" in relations and media_type in _FEED_TYPES)
        href = link.get("href")
        if is_feed and href and (address := join_url(base, href)):
            yield Candidate(address, " ".join((link.get("title") or "").split()), FeedKind.FEED, "link tag")


def _read_links(page: html.HtmlElement, base: str) -> Iterator[Candidate]:
    for link in page.iter("a"):
        href = link.get("href")
        address = join_url(base, href) if href else None
        if address and _FEED_ADDRESS.search(_after_host(address)):
            yield Candidate(address, read_text(link), FeedKind.FEED, "link on the page")


def _after_host(address: str) -> str:
    return "/" + address.partition("://")[2].partition("/")[2]


def _keep_first(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """One candidate for each address, the first."""
    kept: dict[str, Candidate] = {}
    for candidate in candidates:
        kept.setdefault(candidate.url, candidate)
    return tuple(kept.values())
