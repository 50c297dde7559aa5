"""An index of sitemaps, polled as one feed: what is read are the sitemaps in it that changed last."""

from extractors.sitemap import list_sitemaps
from fetching.client import Client
from fetching.guard import redact_url
from flows.steps.parsing import Listed
from news.errors import FetchError, FetchFailure
from news.manners import Scope
from news.sources import Fetched

# News goes into the newest: one, at the turn of a day or month two, and one more for a site that keeps sections apart.
_FOLLOWED = 3


async def fetch_listed(client: Client, index: Fetched, *, scope: Scope | None = None) -> Listed:
    """Fetch the sitemaps that an index lists; there are no parts where `index` is none.

    One that cannot be had is left to the next poll.

    Raises:
        FetchError: when none of them can be had.
    """
    parts: list[Fetched] = []
    missing: dict[str, FetchError] = {}
    for url in list_sitemaps(index.body, url=index.final_url, content_type=index.content_type)[:_FOLLOWED]:
        try:
            part = await client.fetch(url, kind="feed", scope=scope)
        except FetchError as error:
            missing[url] = error
            continue
        if isinstance(part, Fetched):
            parts.append(part)
    if missing and not parts:
        raise _say_listed(*next(iter(missing.items())))
    return Listed(tuple(parts), {url: str(error) for url, error in missing.items()})


def _say_listed(url: str, error: FetchError) -> FetchError:
    """Say what was met behind an index, which itself answers: though its sitemaps are gone for good, it is not."""
    kind = FetchFailure.STATUS if error.kind is FetchFailure.GONE else error.kind
    return error.retell(f"no sitemap that it lists can be had, such as {redact_url(url)}: {error}", kind)
