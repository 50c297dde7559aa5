"""What a feed's server answered, parsed as what the feed is declared to be; a worker needs to import no more than this."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from extractors.feed import parse_feed
from extractors.listing import parse_listing
from extractors.sitemap import join_sitemaps, parse_sitemap
from extractors.workers import WorkerPool
from news.errors import ParseError, ReadError
from news.sources import DueFeed, FeedKind, Fetched, ParsedFeed
from news.urls import hide_credentials

Item = TypeVar("Item")
Parsed = TypeVar("Parsed")

_LONG = 100_000
"""Bytes from which on a document is parsed in a worker that can be killed: a broken one takes 4 s for each megabyte."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The sitemaps that an index lists: those that were had, last changed first, and why the others, by address, were not."""

    parts: tuple[Fetched, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a feed's server answered, and what that lists where it is an index of sitemaps."""

    due: DueFeed
    fetched: Fetched
    listed: Listed


async def parse_within_limits(
    parse: Callable[[Item], Parsed], item: Item, documents: Sequence[Fetched], workers: WorkerPool
) -> Parsed:
    """Parse an item, in a worker where the documents in it are long; `parse` is as in `WorkerPool.run`.

    Raises:
        ParseError: what `parse` raises, or when it is too much for a worker.
    """
    size = sum(len(document.body) for document in documents)
    if size <= _LONG:
        return parse(item)
    parsed = await workers.run(parse, item)
    if isinstance(parsed, ReadError):
        raise ParseError(f"this document of {size:,} bytes could not be parsed: {parsed}")
    return parsed


def parse_answer(answer: Answer) -> ParsedFeed:
    """Parse an answer: the sitemaps that it lists, or itself.

    Raises:
        ParseError: when it is not what the feed is declared to be.
    """
    parse_one = partial(parse, answer.due)
    return parse_sitemaps(answer.listed, parse_one) if answer.listed.parts else parse_one(answer.fetched)


def parse_sitemaps(listed: Listed, parse: Callable[[Fetched], ParsedFeed]) -> ParsedFeed:
    """Parse and join the sitemaps of an index; one that is none, or could not be had, is a problem of the whole.

    Raises:
        ParseError: when none of them can be parsed.
    """
    parts: list[ParsedFeed] = []
    problems = [f"{hide_credentials(url)} could not be had: {reason}" for url, reason in listed.missing.items()]
    for number, fetched in enumerate(listed.parts, start=1):
        try:
            parts.append(parse(fetched))
        except ParseError as error:
            if number == len(listed.parts) and not parts:
                raise
            problems.append(f"{hide_credentials(fetched.url)} was left out: {error}")
    joined = join_sitemaps(parts)
    return replace(joined, problems=(*problems, *joined.problems))


def parse(due: DueFeed, fetched: Fetched) -> ParsedFeed:
    """Parse an answer as what the feed is declared to be."""
    feed, zone = due.feed, due.outlet.zone
    if feed.kind is FeedKind.LISTING:
        return parse_listing(
            fetched.body,
            url=fetched.final_url,
            link_selector=feed.link_selector or "",
            date_selector=feed.date_selector,
            zone=zone,
            content_type=fetched.content_type,
        )
    if feed.kind is FeedKind.SITEMAP:
        return parse_sitemap(fetched.body, url=fetched.final_url, zone=zone, content_type=fetched.content_type)
    return parse_feed(fetched.body, url=fetched.final_url, content_type=fetched.content_type, zone=zone)
