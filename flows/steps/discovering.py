"""Finding a site's feeds, and looking into each before anyone declares it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urljoin

from extractors.feed import parse_feed
from extractors.links import Candidate, find_feeds, find_sitemaps, guess_feeds
from extractors.sitemap import join_sitemaps, parse_sitemap
from fetching.client import Client
from flows.steps.sitemaps import fetch_listed
from news.errors import FetchError, ParseError
from news.sources import FeedKind, Fetched, ParsedFeed

# Enough for every section of a paper; a portal that lists hundreds is asked for these alone.
_MOST_LOOKED_INTO = 24


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that answered: where it is, what it calls itself, and what it holds now."""

    url: str
    title: str
    kind: FeedKind
    found_in: str
    language: str | None
    entries: int
    latest_at: datetime | None
    latest_title: str


async def discover_feeds(client: Client, site: str) -> list[FoundFeed]:
    """Find the feeds of a site: the address itself, what its page and robots.txt name, else the paths most sites use.

    Only what answers with a feed that can be read is returned, surest first.

    Raises:
        FetchError: when the site's page cannot be had.
    """
    page = await _fetch(client, site, "page")
    itself = _look_into(Candidate(page.final_url, "", FeedKind.FEED, "the address itself"), page)
    if itself:
        return [itself]
    named = [
        *find_feeds(page.body, url=page.final_url, content_type=page.content_type),
        *await _read_robots(client, page),
    ]
    found = await _look_into_each(client, named)
    return found or await _look_into_each(client, guess_feeds(page.final_url))


async def _read_robots(client: Client, page: Fetched) -> tuple[Candidate, ...]:
    address = urljoin(page.final_url, "/robots.txt")
    try:
        robots = await _fetch(client, address)
    except FetchError:  # most often there is none
        return ()
    return find_sitemaps(robots.body.decode("utf-8", "replace"), url=address)


async def _look_into_each(client: Client, candidates: Iterable[Candidate]) -> list[FoundFeed]:
    chosen = list(candidates)[:_MOST_LOOKED_INTO]
    looked = await asyncio.gather(*(_try(client, candidate) for candidate in chosen))
    return [found for found in looked if found]


async def _try(client: Client, candidate: Candidate) -> FoundFeed | None:
    try:
        fetched = await _fetch(client, candidate.url)
        listed = await fetch_listed(client, fetched) if candidate.kind is FeedKind.SITEMAP else ()
    except FetchError:
        return None
    return _look_into(candidate, fetched, *listed)


def _look_into(candidate: Candidate, fetched: Fetched, *listed: Fetched) -> FoundFeed | None:
    """Describe what a candidate holds: the sitemaps listed in it, where it is an index; None where it is no feed."""
    parse = parse_sitemap if candidate.kind is FeedKind.SITEMAP else parse_feed
    try:
        parts = [
            parse(each.body, url=each.final_url, content_type=each.content_type) for each in (listed or (fetched,))
        ]
    except ParseError:
        return None
    return _describe(candidate, join_sitemaps(parts) if listed else parts[0])


def _describe(candidate: Candidate, parsed: ParsedFeed) -> FoundFeed:
    latest = max(
        parsed.entries, key=lambda entry: entry.published_at.timestamp() if entry.published_at else 0, default=None
    )
    return FoundFeed(
        candidate.url,
        parsed.title or candidate.title,
        candidate.kind,
        candidate.found_in,
        parsed.language,
        len(parsed.entries),
        latest.published_at if latest else None,
        latest.title if latest else "",
    )


async def _fetch(client: Client, url: str, kind: Literal["feed", "page"] = "feed") -> Fetched:
    fetched = await client.fetch(url, kind=kind)
    assert fetched is not None  # noqa: S101 (no validators were sent, so nothing can be 'not modified')
    return fetched
