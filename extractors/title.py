"""The title of an article, without the name of the site."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from extractors.boilerplate import fold_line
from extractors.page import LONGEST_TITLE, Page, read_title
from extractors.plain_text import read_line
from extractors.words import count_words, measure_agreement
from news.articles import ReadingHints

_SEPARATOR = re.compile(r"\s+[-–—|·•:»«<>/~]+\s+|\s*[|｜丨ㅣ]\s*|\s*(?:--|::|//)\s*|(?<=[^\x00-\x7f])_(?=[^\x00-\x7f])")
_SITE_TAIL = re.compile(r"[-_–—]+[^-_–—]{0,12}(?:网|網|[报報]|新[闻聞]|ニュース|일보|신문|뉴스)$")
"""A paper's name at the end of a title in Chinese, Japanese or Korean, which sets no spaces around the dash."""

_SECTION_TAIL = re.compile("(?<=[^-_\\s])[-_][\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,4}$")
"""The section between headline and site's name, as papers in these languages write them: 제목-정치ㅣ신문, 标题_国际_网站."""

_CONFIRMED = 6  # letters from which a heading that stands in the page's other titles is its headline
_CONFIRMED_SHARE = 0.3  # share of the other title that it must be: less is the name of a section

_AGREES = 0.2  # share of its words that one of several headings has in common with another title, if it is the headline
_AGREES_ALONE = 0.1  # the same for the only heading, which is hardly anything else


def find_titles(page: Page) -> list[str]:
    """Every form in which the page gives its title, with the site's name in some."""
    head = page.head
    cards = (head.first("og:title"), head.first("twitter:title"), head.first("title", "dc.title", "headline"))
    found = (*head.find_all("headline"), *(card for card in cards if card), *page.headings, head.title)
    return [title for each in found if (title := read_title(each))]


def split_title(title: str) -> list[str]:
    """The parts of a title between its separators: the headline, the section, the site's name."""
    return _SEPARATOR.split(title)


def choose_title(page: Page, url: str, hints: ReadingHints) -> str:
    """Choose the title: the linked data's, a heading that another title confirms, the social card's, the title element.

    Gives the feed's title for a page without any, and an empty text where there is none either.
    """
    sites = set(find_site_names(page, url, hints))
    candidates = _find_candidates(page, sites, hints)
    titles = (title for each in candidates if (title := read_line(each)) and fold_line(title) not in {"", *sites})
    return next(titles, "") or hints.entry_title or read_title(page.head.title)


def _find_candidates(page: Page, sites: set[str], hints: ReadingHints) -> Iterator[str]:
    """What may be the title, surest first; most pages need no more than the first, and the others cost most."""
    linked = [strip_site(title[:LONGEST_TITLE], sites) for title in page.head.find_all("headline")]
    yield from (title for title in linked if _is_told_elsewhere(title, _find_others(page, sites)))
    named = read_title(page.head.title)
    cards = [strip_site(title, sites) for title in _find_cards(page)]
    headings = _find_own_headings(page, sites)
    known = [named, *linked, *cards, hints.entry_title or ""]
    yield from (heading for heading in headings if _is_confirmed(heading, known))
    element = strip_site(named, sites)
    yield from _find_likeliest(headings, [*known[1:], element], [*cards, element])
    yield from (*cards, element, *headings)


def _find_others(page: Page, sites: set[str]) -> Iterator[str]:
    """What the page calls itself beside its linked data; headings come last, since they are looked for in all of it."""
    yield read_title(page.head.title)
    yield from (strip_site(title, sites) for title in _find_cards(page))
    yield from _find_own_headings(page, sites)


def _find_own_headings(page: Page, sites: set[str]) -> list[str]:
    """The page's headings but those that are the site's name."""
    headings = [heading for heading in page.headings if fold_line(heading) not in sites]
    return _drop_site_heading(headings, read_title(page.head.title))


def find_title_source(page: Page, url: str, hints: ReadingHints, title: str) -> str | None:
    """Name the surest place that gives this title, with the site's name or without; None for an empty title."""
    sites = set(find_site_names(page, url, hints))
    places = {
        "json-ld": page.head.find_all("headline"),
        "heading": page.headings,
        "meta": _find_cards(page),
        "title element": [page.head.title],
        "feed": [hints.entry_title or ""],
    }
    for place, forms in places.items():
        for form in map(read_title, forms):
            if title and title in {form, read_title(strip_site(form, sites))}:
                return place
    return None


def _drop_site_heading(headings: list[str], element: str) -> list[str]:
    """Of headings that are both ends of the title element, the last one's is the site's name."""
    first, *_, last = (fold_line(part) for part in (_SEPARATOR.split(element) * 2))
    folded = {fold_line(heading) for heading in headings}
    return (
        [one for one in headings if fold_line(one) != last] if first != last and {first, last} <= folded else headings
    )


def _find_likeliest(headings: Iterable[str], known: Iterable[str], shorter: Iterable[str]) -> list[str]:
    """The heading that has most words in common with other forms of the title, if any has enough.

    Where one of the `shorter` forms is a good part of it, that stands for it: the rest is a kicker or a button.
    """
    measured = [(max(measure_agreement(one, other) for other in known), one) for one in headings]
    agreement, heading = max(measured, key=lambda pair: pair[0], default=(0.0, ""))
    if agreement < (_AGREES_ALONE if len(measured) == 1 else _AGREES):
        return []
    return [*(one for one in shorter if _is_confirmed(one, [heading])), heading]


def _is_told_elsewhere(title: str, others: Iterable[str]) -> bool:
    """Whether any of a page's other titles has a word of the linked data's; some keep a description there."""
    words, is_alone = count_words(title), True
    for other in filter(None, others):
        if words & count_words(other):
            return True
        is_alone = False
    return is_alone


def strip_site(title: str, sites: Iterable[str]) -> str:
    """Take the site's name, one of `sites` (folded), off the end or the beginning of a title."""
    marks = list(_SEPARATOR.finditer(title))
    names = set(sites)
    end = next((mark.start() for mark in marks if fold_line(title[mark.end() :]) in names), None)
    if end:
        return _SECTION_TAIL.sub("", title[:end])
    start = next((mark.end() for mark in reversed(marks) if fold_line(title[: mark.start()]) in names), 0)
    return _SITE_TAIL.sub("", title[start:])


def _find_cards(page: Page) -> Iterator[str]:
    return (title[:LONGEST_TITLE] for name in ("og:title", "twitter:title") if (title := page.head.meta.get(name)))


def _is_confirmed(heading: str, titles: Iterable[str]) -> bool:
    """Whether a heading is a good part of another title of the page."""
    folded = fold_line(heading)
    known = (fold_line(title) for title in titles)
    return len(folded) >= _CONFIRMED and any(
        folded in title and len(folded) >= _CONFIRMED_SHARE * len(title) for title in known
    )


def find_site_names(page: Page, url: str, hints: ReadingHints) -> Iterator[str]:
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
