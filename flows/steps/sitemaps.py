"""An index of sitemaps, polled as one feed: what is read are the sitemaps in it that changed last."""

from extractors.sitemap import list_sitemaps
from fetching.client import Client
from news.errors import FetchError
from news.sources import Fetched

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
        if part is not None:
            parts.append(part)
    if failure and not parts:
        raise failure
    return tuple(parts)
