"""A page to an article: text, title, time, language and the rest, each with what is uncertain about it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from extractors.body import read_body
from extractors.dates import date_article
from extractors.head import Head
from extractors.language import detect_language, normalise_code
from extractors.markup import decode_page
from extractors.page import Page
from extractors.plain_text import read_line, read_paragraphs
from extractors.quick import read_quick_body
from extractors.title import choose_title
from news.articles import Article, Quality, ReadingHints
from news.errors import AddressError, ReadError
from news.urls import canonical_url

_HEADING = re.compile(r"<h1\b[^<>]*>(.{0,2000}?)</h1", re.IGNORECASE | re.DOTALL)
_TIME = re.compile(r"""<time\b[^<>]*?datetime\s*=\s*["']([^"'<>]{8,40})["']""", re.IGNORECASE)


def read_article(
    body: bytes,
    *,
    url: str,
    hints: ReadingHints,
    content_type: str = "",
    quality: Quality = Quality.CAREFUL,
) -> Article:
    """Read a page as fetched from `url`. `Quality.QUICK` takes a tenth of the time and leaves more boilerplate in.

    Raises:
        ReadError: where the page breaks a bound, or holds no text.
    """
    markup = decode_page(body, content_type=content_type)
    page = Page(markup)
    head = page.head
    text = (
        read_quick_body(markup)
        if quality is Quality.QUICK
        else read_body(
            page,
            titles=[
                head.title,
                *head.find_all("headline"),
                head.first("og:title") or "",
                *(read_line(f[1]) for f in _HEADING.finditer(markup)),
            ],
            authors=[*head.find_all("author"), head.first("author") or ""],
        )
    )
    if not text:
        raise ReadError("no article text was found on this page")
    title = choose_title(
        head,
        (read_line(found[1]) for found in _HEADING.finditer(markup)),
        announced=hints.entry_title,
        site=hints.outlet_name,
    )
    language = detect_language(f"{title}\n{text}", claimed=head.language or hints.language)
    dated = date_article(head, url, _TIME.findall(markup), hints, language=language)
    return Article(
        url=_find_address(head, url),
        title=title,
        text=text,
        language=language,
        published_at=dated.at,
        published_from=dated.source,
        quality=quality,
        authors=tuple(dict.fromkeys(head.find_all("author"))),
        section=next(head.find_all("articleSection"), head.first("article:section")),
        site_name=head.first("og:site_name"),
        image=_find_image(head, url),
        updated_at=dated.updated_at,
        partial=_is_partial(head),
        date_only=dated.date_only,
        date_confidence=dated.confidence,
        notes=(*dated.notes, *_note_language(language, hints)),
    )


def read_entry(url: str, *, hints: ReadingHints, authors: tuple[str, ...] = ()) -> Article:
    """Make an article of what the feed itself says (`hints.entry_*`), for a page that cannot be had.

    Raises:
        ReadError: where the entry has neither title nor text.
    """
    title, text = read_line(hints.entry_title or ""), read_paragraphs(hints.entry_text)
    if not (title or text):
        raise ReadError("the feed gives neither a title nor a text for this entry")
    language = detect_language(f"{title}\n{text}", claimed=hints.language)
    dated = date_article(Head(), url, (), hints, language=language)
    return Article(
        url=_canonical(url) or url,
        title=title,
        text=text,
        language=language,
        published_at=dated.at,
        published_from=dated.source,
        quality=Quality.FEED,
        authors=authors,
        site_name=hints.outlet_name,
        partial=True,
        date_only=dated.date_only,
        date_confidence=dated.confidence,
        notes=(*dated.notes, *_note_language(language, hints)),
    )


def article_record(article: Article) -> dict[str, Any]:
    """An article as the fields of a JSON line; times are ISO 8601 in UTC."""
    return {
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "authors": list(article.authors),
        "published_at": article.published_at.isoformat(),
        "published_from": article.published_from.value,
        "date_only": article.date_only,
        "date_confidence": article.date_confidence,
        "updated_at": article.updated_at.isoformat() if article.updated_at else None,
        "language": article.language,
        "quality": article.quality.value,
        "partial": article.partial,
        "section": article.section,
        "site_name": article.site_name,
        "image": article.image,
        "notes": list(article.notes),
    }


def _find_address(head: Head, url: str) -> str:
    """The page's own canonical link where it stays on the site, else the address it was fetched from."""
    own = _canonical(urljoin(url, head.canonical)) if head.canonical else None
    fetched = _canonical(url) or url
    return own if own and _is_same_site(own, fetched) else fetched


def _is_same_site(own: str, fetched: str) -> bool:
    """A canonical link counts for another page of the same site only: not for the front page, nor for a stranger's."""
    mine, theirs = (urlsplit(one).netloc.split(":")[0].removeprefix("www.") for one in (own, fetched))
    is_related = mine == theirs or mine.endswith("." + theirs) or theirs.endswith("." + mine)
    return is_related and urlsplit(own).path.strip("/") != ""


def _canonical(url: str) -> str | None:
    try:
        return canonical_url(url)
    except AddressError:
        return None


def _find_image(head: Head, url: str) -> str | None:
    image = head.first("og:image", "og:image:url", "twitter:image") or next(head.find_all("image"), None)
    return _canonical(urljoin(url, image)) if image else None


def _is_partial(head: Head) -> bool:
    free = [article.get("isAccessibleForFree") for article in head.articles]
    return any(str(value).lower() == "false" for value in free) or head.first("article:content_tier") in {
        "locked",
        "metered",
    }


def _note_language(language: str | None, hints: ReadingHints) -> Iterator[str]:
    expected = normalise_code(hints.language)
    if expected and language and expected.split("-")[0] != language.split("-")[0]:
        yield f"this page is in {language}, its feed in {expected}"
