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
from extractors.workers import WorkerPool
from fetching.client import Client
from flows.steps.parsing import Listed, parse_sitemaps, parse_within_limits
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


@dataclass(frozen=True, slots=True)
class _Answered:
    """What a candidate's server answered, and what that lists where it is an index of sitemaps."""

    candidate: Candidate
    fetched: Fetched
    listed: Listed = _NOTHING_LISTED


# A host that cannot be reached at all has nothing else to offer; one that refuses a page may well give feeds to programs.
_NOBODY_THERE = {
    *(FetchFailure.DNS, FetchFailure.CONNECT, FetchFailure.TLS, FetchFailure.TIMEOUT),
    *(FetchFailure.REFUSED_ADDRESS, FetchFailure.NO_NETWORK, FetchFailure.RATE_LIMITED),
}


async def discover_feeds(client: Client, workers: WorkerPool, site: str) -> Discovery:
    """Find the feeds of a site: the address itself, what its page and robots.txt name, and the paths most sites use.

    Those paths are tried unless the page leads to a feed that answers. Only what answers with a feed that can be read is
    found; the rest is told with the reason.

    Raises:
        FetchError: when nobody answers there.
    """
    discovery = Discovery()
    page = await _open_page(client, site, discovery)
    base = page.final_url if page else site
    if page:
        itself = await _look_into(_Answered(Candidate(base, "", FeedKind.FEED, "the address itself"), page), workers)
        if isinstance(itself, FoundFeed):
            return Discovery([itself])
    on_page = await _read_page(page, workers, discovery) if page else ()
    named = [*on_page, *await _read_robots(client, base, discovery)]
    discovery.note(await _look_into_each(client, workers, named))
    if all(one.kind is FeedKind.SITEMAP for one in discovery.found):
        known = {candidate.url for candidate in named}
        guessed = [candidate for candidate in guess_feeds(base) if candidate.url not in known]
        discovery.note(await _look_into_each(client, workers, guessed))
    return discovery


async def _open_page(client: Client, site: str, discovery: Discovery) -> Fetched | None:
    try:
        return await _fetch(client, site, "page")
    except FetchError as error:
        if error.kind in _NOBODY_THERE:
            raise
        discovery.note([Attempt(site, "the address itself", str(error))])
        return None


async def _read_page(page: Fetched, workers: WorkerPool, discovery: Discovery) -> tuple[Candidate, ...]:
    try:
        named = await parse_within_limits(_find_feeds, page, (page,), workers)
    except ParseError as error:
        discovery.note([Attempt(page.final_url, "the address itself", str(error))])
        return ()
    if not named:
        discovery.note([Attempt(page.final_url, "the address itself", "the page names no feed")])
    return named


def _find_feeds(page: Fetched) -> tuple[Candidate, ...]:
    return find_feeds(page.body, url=page.final_url, content_type=page.content_type)


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


async def _look_into_each(
    client: Client, workers: WorkerPool, candidates: Iterable[Candidate]
) -> list[FoundFeed | Attempt]:
    chosen = list(candidates)[:_MOST_LOOKED_INTO]
    return await asyncio.gather(*(_try(client, workers, candidate) for candidate in chosen))


async def _try(client: Client, workers: WorkerPool, candidate: Candidate) -> FoundFeed | Attempt:
    try:
        fetched = await _fetch(client, candidate.url)
        listed = await fetch_listed(client, fetched) if candidate.kind is FeedKind.SITEMAP else _NOTHING_LISTED
    except FetchError as error:
        return Attempt(candidate.url, candidate.found_in, str(error))
    return await _look_into(_Answered(candidate, fetched, listed), workers)


async def _look_into(answered: _Answered, workers: WorkerPool) -> FoundFeed | Attempt:
    """Describe what a candidate holds: the sitemaps listed in it, where it is an index."""
    documents = answered.listed.parts or (answered.fetched,)
    try:
        return await parse_within_limits(_describe, answered, documents, workers)
    except ParseError as error:
        return Attempt(answered.candidate.url, answered.candidate.found_in, str(error))


def _parse(answered: _Answered) -> ParsedFeed:
    read = parse_sitemap if answered.candidate.kind is FeedKind.SITEMAP else parse_feed

    def parse(one: Fetched) -> ParsedFeed:
        return read(one.body, url=one.final_url, content_type=one.content_type)

    return parse_sitemaps(answered.listed, parse) if answered.listed.parts else parse(answered.fetched)


def _describe(answered: _Answered) -> FoundFeed:
    candidate, parsed = answered.candidate, _parse(answered)
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
