"""Where each field of an article that was read from a page comes from, for those who look at a single page.

Found afterwards, by looking where the value stands: the reading itself has no time to keep it, and the store no use for it.
"""

from collections.abc import Iterator

from extractors.language import detect_language
from extractors.metadata import IMAGE_NAMES, find_address
from extractors.page import Page
from extractors.title import find_title_source
from news.articles import Article, Quality, ReadingHints

_READERS = {Quality.FEED: "feed", Quality.QUICK: "quick reader", Quality.CAREFUL: "careful reader"}


def find_sources(page: Page, article: Article, url: str, hints: ReadingHints) -> dict[str, str]:
    """Name the surest place that gives each field the article has: json-ld, meta, heading, title element, page, feed, ...

    `url` is where the page was fetched or saved from, empty where only its own canonical link is known.
    """
    return {name: source for name, source in _list_sources(page, article, url, hints) if source}


def _list_sources(page: Page, article: Article, url: str, hints: ReadingHints) -> Iterator[tuple[str, str | None]]:
    head = page.head
    is_own = bool(head.canonical) and (not url or find_address(head, url) != find_address(Page("").head, url))
    yield "url", "canonical link" if is_own else "address given" if url else None
    yield "title", find_title_source(page, url or head.canonical or "", hints, article.title)
    yield "text", _READERS[article.quality]
    yield "published_at", article.published_from.value
    yield "language", _find_language_source(page, article)
    if article.authors:
        yield "authors", "json-ld" if any(head.find_all("author")) else "meta"
    if article.section:
        yield "section", "json-ld" if article.section in head.find_all("articleSection") else "meta"
    if article.site_name:
        yield "site_name", "outlet" if hints.outlet_name else "meta"
    if article.image:
        yield "image", "meta" if head.first(*IMAGE_NAMES) else "json-ld"


def _find_language_source(page: Page, article: Article) -> str | None:
    if article.language is None:
        return None
    is_told_by_text = detect_language(f"{article.title}\n{article.text}") == article.language
    return "text" if is_told_by_text else "page" if page.head.language else "feed"
