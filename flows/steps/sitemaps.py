"""An index of sitemaps, polled as one feed: what is read are the sitemaps in it that changed last."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from extractors.sitemap import join_sitemaps, list_sitemaps
from fetching.client import Client
from fetching.guard import redact_url
from news.errors import FetchError, ParseError
from news.sources import Fetched, ParsedFeed

# News goes into the newest: one, at the turn of a day or month two, and one more for a site that keeps sections apart.
_FOLLOWED = 3


async def fetch_listed(client: Client, index: Fetched, *, scope: str | None = None) -> tuple[Fetched, ...]:
    """Fetch the sitemaps that an index lists, last changed first; empty where `index` is none.

    One that cannot be had is left to the next poll.

    Raises:
        FetchError: when none of them can be had.
    """
    parts: list[Fetched] = []
    failure: FetchError | None = None
    for url in list_sitemaps(index.body, url=index.final_url, content_type=index.content_type)[:_FOLLOWED]:
        try:
            part = await client.fetch(url, kind="feed", scope=scope)
        except FetchError as error:
            failure = error
            continue
        if isinstance(part, Fetched):
            parts.append(part)
    if failure and not parts:
        raise failure
    return tuple(parts)


def parse_sitemaps(listed: Sequence[Fetched], parse: Callable[[Fetched], ParsedFeed]) -> ParsedFeed:
    """Parse and join the sitemaps of an index; one that is none is a problem of the whole.

    Raises:
        ParseError: when none of them can be parsed.
    """
    parts: list[ParsedFeed] = []
    problems: list[str] = []
    for number, fetched in enumerate(listed, start=1):
        try:
            parts.append(parse(fetched))
        except ParseError as error:
            if number == len(listed) and not parts:
                raise
            problems.append(f"{redact_url(fetched.url)} was left out: {error}")
    joined = join_sitemaps(parts)
    return replace(joined, problems=(*problems, *joined.problems))
