"""The title of an article, without the name of the site."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from extractors.boilerplate import fold_line
from extractors.page import Page
from extractors.plain_text import read_line
from news.articles import ReadingHints

_HEADING = re.compile(r"<h1\b[^<>]*>(.{0,2000}?)</h1", re.IGNORECASE | re.DOTALL)
_SEPARATOR = re.compile(r"\s+[-–—|·•:»«<>/~]+\s+|\s*[|｜丨ㅣ]\s*|\s*(?:--|::|//)\s*")
_CONFIRMED = 6  # letters from which a heading that stands in the page's other titles is its headline


def find_titles(page: Page) -> list[str]:
    """Every form in which the page gives its title, with the site's name in some."""
    head = page.head
    cards = (head.first("og:title"), head.first("twitter:title"), head.first("title", "dc.title", "headline"))
    found = (*head.find_all("headline"), *(card for card in cards if card), *_find_headings(page), head.title)
    return [title for each in found if (title := read_line(each))]


def choose_title(page: Page, url: str, hints: ReadingHints) -> str:
    """Choose the title: the linked data's, a heading that another title confirms, the social card's, the title element.

    Gives the feed's title for a page without any, and an empty text where there is none either.
    """
    sites = set(_find_site_names(page, url, hints))
    claimed = [strip_site(title, sites) for title in (*page.head.find_all("headline"), *_find_cards(page))]
    headings = [heading for heading in _find_headings(page) if fold_line(heading) not in sites]
    confirmed = [heading for heading in headings if _is_confirmed(heading, [page.head.title, *claimed])]
    linked = [strip_site(title, sites) for title in page.head.find_all("headline")]
    element = strip_site(page.head.title, sites)
    only = headings if len(headings) == 1 else []
    candidates = (*linked, *confirmed, *claimed, *only, element, hints.entry_title or "")
    return next((title for each in candidates if (title := read_line(each)) and fold_line(title) not in sites), "")


def strip_site(title: str, sites: Iterable[str]) -> str:
    """Take the site's name, one of `sites` (folded), off the end or the beginning of a title."""
    marks = list(_SEPARATOR.finditer(title))
    names = set(sites)
    end = next((mark.start() for mark in marks if fold_line(title[mark.end() :]) in names), None)
    if end is not None:
        return title[:end]
    start = next((mark.end() for mark in reversed(marks) if fold_line(title[: mark.start()]) in names), 0)
    return title[start:]


def _find_cards(page: Page) -> Iterator[str]:
    return (title for name in ("og:title", "twitter:title") if (title := page.head.meta.get(name)))


def _find_headings(page: Page) -> list[str]:
    return [heading for found in _HEADING.finditer(page.markup) if (heading := read_line(found[1]))]


def _is_confirmed(heading: str, titles: Iterable[str]) -> bool:
    folded = fold_line(heading)
    return len(folded) >= _CONFIRMED and any(folded in fold_line(title) for title in titles)


def _find_site_names(page: Page, url: str, hints: ReadingHints) -> Iterator[str]:
    """Names of the site, folded: the outlet's, what the page calls it, and the parts of its host."""
    head = page.head
    host = urlsplit(url).hostname or ""
    bare = host.removeprefix("www.")
    named = (
        head.meta.get(name)
        for name in ("og:site_name", "application-name", "al:ios:app_name", "publisher", "twitter:site")
    )
    for name in (
        hints.outlet_name,
        *named,
        *head.find_all("publisher"),
        host,
        bare,
        bare.rpartition(".")[0],
        bare.partition(".")[0],
    ):
        if folded := fold_line(name or ""):
            yield folded
