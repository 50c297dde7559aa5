"""Finding a site's feeds, and looking into each before anyone declares it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urljoin

from extractors.feed import parse_feed
from extractors.links import Candidate, find_feeds, find_sitemaps, guess_feeds
from extractors.sitemap import parse_sitemap
from fetching.client import Client
from flows.steps.parsing import Listed, parse_sitemaps
from flows.steps.sitemaps import fetch_listed
from news.errors import FetchError, FetchFailure, ParseError
from news.sources import FeedKind, Fetched, ParsedFeed

# Enough for every section of a paper; a portal that lists hundreds is asked for these alone.
_MOST_LOOKED_INTO = 24
_NOTHING_LISTED = Listed()


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


@dataclass(frozen=True, slots=True)
class Attempt:
    """An address that was tried in vain: where it was seen, and why it gave no feed."""

    url: str
    found_in: str
    reason: str


@dataclass(slots=True)
class Discovery:
    """The feeds that a site has, surest first, and what else was tried."""

    found: list[FoundFeed] = field(default_factory=list)
    failed: list[Attempt] = field(default_factory=list)

    def note(self, results: Iterable[FoundFeed | Attempt]) -> None:
        """Sort what came of candidates into what was found and what failed."""
        for result in results:
            if isinstance(result, FoundFeed):
                self.found.append(result)
            else:
                self.failed.append(result)


# A host that cannot be reached at all has nothing else to offer; one that refuses a page may well give feeds to programs.
_NOBODY_THERE = {
    *(FetchFailure.DNS, FetchFailure.CONNECT, FetchFailure.TLS, FetchFailure.TIMEOUT),
    *(FetchFailure.REFUSED_ADDRESS, FetchFailure.NO_NETWORK, FetchFailure.RATE_LIMITED),
}


async def discover_feeds(client: Client, site: str) -> Discovery:
    """Find the feeds of a site: the address itself, what its page and robots.txt name, and the paths most sites use.

    Those paths are tried unless the page leads to a feed that answers. Only what answers with a feed that can be read is
    found; the rest is told with the reason.

    Raises:
        FetchError: when nobody answers there.
    """
    discovery = Discovery()
    page = await _open_page(client, site, discovery)
    base = page.final_url if page else site
    if page and isinstance(
        itself := _look_into(Candidate(base, "", FeedKind.FEED, "the address itself"), page), FoundFeed
    ):
        return Discovery([itself])
    named = [*(_read_page(page, discovery) if page else ()), *await _read_robots(client, base, discovery)]
    discovery.note(await _look_into_each(client, named))
    if all(one.kind is FeedKind.SITEMAP for one in discovery.found):
        known = {candidate.url for candidate in named}
        guessed = [candidate for candidate in guess_feeds(base) if candidate.url not in known]
        discovery.note(await _look_into_each(client, guessed))
    return discovery


async def _open_page(client: Client, site: str, discovery: Discovery) -> Fetched | None:
    try:
        return await _fetch(client, site, "page")
    except FetchError as error:
        if error.kind in _NOBODY_THERE:
            raise
        discovery.note([Attempt(site, "the address itself", str(error))])
        return None


def _read_page(page: Fetched, discovery: Discovery) -> tuple[Candidate, ...]:
    try:
        named = find_feeds(page.body, url=page.final_url, content_type=page.content_type)
    except ParseError as error:
        discovery.note([Attempt(page.final_url, "the address itself", str(error))])
        return ()
    if not named:
        discovery.note([Attempt(page.final_url, "the address itself", "the page names no feed")])
    return named


async def _read_robots(client: Client, base: str, discovery: Discovery) -> tuple[Candidate, ...]:
    address = urljoin(base, "/robots.txt")
    try:
        robots = await _fetch(client, address)
    except FetchError as error:  # most often there is none
        discovery.note([Attempt(address, "robots.txt", str(error))])
        return ()
    named = find_sitemaps(robots.body.decode("utf-8-sig", "replace"), url=address)
    if not named:
        discovery.note([Attempt(address, "robots.txt", "it names no sitemap")])
    return named


async def _look_into_each(client: Client, candidates: Iterable[Candidate]) -> list[FoundFeed | Attempt]:
    chosen = list(candidates)[:_MOST_LOOKED_INTO]
    return await asyncio.gather(*(_try(client, candidate) for candidate in chosen))


async def _try(client: Client, candidate: Candidate) -> FoundFeed | Attempt:
    try:
        fetched = await _fetch(client, candidate.url)
        listed = await fetch_listed(client, fetched) if candidate.kind is FeedKind.SITEMAP else _NOTHING_LISTED
    except FetchError as error:
        return Attempt(candidate.url, candidate.found_in, str(error))
    return _look_into(candidate, fetched, listed)


def _look_into(candidate: Candidate, fetched: Fetched, listed: Listed = _NOTHING_LISTED) -> FoundFeed | Attempt:
    """Describe what a candidate holds: the sitemaps listed in it, where it is an index."""

    def parse(one: Fetched) -> ParsedFeed:
        read = parse_sitemap if candidate.kind is FeedKind.SITEMAP else parse_feed
        return read(one.body, url=one.final_url, content_type=one.content_type)

    try:
        return _describe(candidate, parse_sitemaps(listed, parse) if listed.parts else parse(fetched))
    except ParseError as error:
        return Attempt(candidate.url, candidate.found_in, str(error))


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
    assert isinstance(fetched, Fetched)  # noqa: S101 (no validators were sent, so nothing can be 'not modified')
    return fetched
