"""A page to an article: text, title, time, language and the rest, each with what is uncertain about it."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from extractors.body import read_body
from extractors.dates import date_article
from extractors.language import CHINESE, detect_language, normalise_code
from extractors.markup import decode_page
from extractors.metadata import find_address, find_authors, find_image, find_section, is_cut_off, is_teaser
from extractors.notices import falls_short, stands_in_for
from extractors.page import Page
from extractors.plain_text import drop_controls, read_line, read_paragraphs
from extractors.quick import read_quick_body
from extractors.title import choose_title, find_titles
from news.articles import Article, Quality, ReadingHints
from news.errors import ReadError
from news.redirectors import is_unresolved
from news.urls import join_address

Sifted = TypeVar("Sifted")


def read_article(
    body: bytes,
    *,
    url: str,
    hints: ReadingHints,
    content_type: str = "",
    quality: Quality = Quality.CAREFUL,
) -> Article:
    """Read a page as fetched from `url`. `Quality.QUICK` takes a fraction of the time and leaves more boilerplate in.

    A `url` that cannot be an address is left out, as if nobody knew it.

    Raises:
        ReadError: where the page breaks a bound, holds no text, a notice in place of what the feed announced, or little of it.
    """
    return _read(Page(decode_page(body, content_type=content_type)), url, hints, quality)


def read_wide(
    body: bytes,
    *,
    url: str,
    hints: ReadingHints,
    sift: Callable[[Article], Sifted | None],
    content_type: str = "",
) -> tuple[Article, Sifted | None]:
    """Read a page quickly, and then carefully where it may matter, for which `sift` gives None, or has no text.

    Returns the article, with what `sift` gave of a quick one.

    Raises:
        ReadError: where the page breaks a bound, holds no text, a notice in place of what the feed announced, or little of it.
    """
    page = Page(decode_page(body, content_type=content_type))
    try:
        quick = _read(page, url, hints, Quality.QUICK)
    except ReadError:
        return _read(page, url, hints, Quality.CAREFUL), None
    sifted = sift(quick)
    return (_read(page, url, hints, Quality.CAREFUL) if sifted is None else quick), sifted


def _read(page: Page, url: str, hints: ReadingHints, quality: Quality) -> Article:
    url = "" if join_address(url, ".") is None else url
    authors = find_authors(page.head)
    text = (
        read_quick_body(page)
        if quality is Quality.QUICK
        else read_body(page, titles=find_titles(page), authors=authors)
    )
    text = drop_controls(text)
    if not text.strip():
        raise ReadError("no article text was found on this page")
    if stands_in_for(read_line(hints.entry_title or ""), page, text):
        raise ReadError(
            "this page says nothing of the article that it was announced as; it may be a notice or a sign-in"
        )
    if falls_short(text, hints.entry_text):
        raise ReadError("this page shows a fraction of the text that the feed gives of this article")
    title = choose_title(page, url, hints)
    return _compose(page, url, hints, title, text, quality, authors=authors, partial=is_cut_off(page, text))


def read_entry(url: str, *, hints: ReadingHints, authors: tuple[str, ...] = ()) -> Article:
    """Make an article of what the feed itself says (`hints.entry_*`), for a page that cannot be had.

    Raises:
        ReadError: where the entry has neither title nor text.
    """
    title, text = read_line(hints.entry_title or ""), drop_controls(read_paragraphs(hints.entry_text))
    if not (title or text):
        raise ReadError("the feed gives neither a title nor a text for this entry")
    return _compose(Page(""), url, hints, title, text, Quality.FEED, authors=authors, partial=is_teaser(text))


def _compose(
    page: Page,
    url: str,
    hints: ReadingHints,
    title: str,
    text: str,
    quality: Quality,
    *,
    authors: tuple[str, ...],
    partial: bool,
) -> Article:
    """Put title and text together with what page and feed say of them."""
    language = detect_language(f"{title}\n{text}", claimed=page.head.language or hints.language)
    dated = date_article(page, url, hints, language=language)
    address = find_address(page.head, url)
    return Article(
        url=address,
        title=title,
        text=text,
        language=language,
        published_at=dated.at,
        published_from=dated.source,
        quality=quality,
        authors=authors,
        section=find_section(page.head),
        site_name=hints.outlet_name or page.head.first("og:site_name"),
        image=find_image(page.head, url),
        updated_at=dated.updated_at,
        partial=partial,
        date_only=dated.date_only,
        date_confidence=dated.confidence,
        notes=(*dated.notes, *_note_language(language, hints), *_note_address(address)),
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


def _note_language(language: str | None, hints: ReadingHints) -> Iterator[str]:
    expected = normalise_code(hints.language)
    if hints.language in CHINESE and language == "zh-Hant":  # names no script, so that both are right
        return
    if expected and language and expected != language:
        yield f"this page is in {language}, its feed in {expected}"


def _note_address(address: str) -> Iterator[str]:
    if is_unresolved(address):
        yield "its link is a redirector's, which does not tell where it leads; another link may lead to the same article"
