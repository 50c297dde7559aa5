"""Fetching one article that a person names, to draft a topic from it."""

from datetime import datetime

from extractors.article import read_article
from fetching.client import Client
from news.articles import Article, ReadingHints
from news.sources import Fetched


async def fetch_article(client: Client, url: str, now: datetime) -> Article:
    """Fetch and read a page.

    Raises:
        FetchError: when it cannot be had.
        ReadError: when it holds no article.
    """
    fetched = await client.fetch(url, kind="page")
    assert isinstance(fetched, Fetched)  # noqa: S101 (no validators were sent, so nothing can be 'not modified')
    hints = ReadingHints(first_seen_at=now)
    return read_article(fetched.body, url=fetched.final_url, content_type=fetched.content_type, hints=hints)
