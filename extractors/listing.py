"""Listing pages of sites without a feed: declared selectors find the links, and the date beside each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice
from typing import NamedTuple, cast

from cssselect import SelectorError
from lxml import html
from lxml.cssselect import CSSSelector

from extractors.announced import Announcement, FeedDocument, finish_feed
from extractors.moments import tells_time
from extractors.not_a_feed import name_page
from extractors.page_tree import find_title, join_url, parse_page, read_parts
from news.errors import ParseError
from news.plain_text import read_line
from news.sources import ParsedFeed

# A date as lists write it: 2024-03-01, 2024.3.1, 2024年3月1日, 令和6年3月1日, 113-03-01 (Taiwan's years), March 1, 2024,
# Mar 01 2024, 1 Mar 2024, 01-Mar-2024; a day of the week in brackets and a time of day may follow.
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]{0,6}"
_DAY = (
    r"(?:(?:(?:令和|平成|中?華?民國|民国)\s?(?:元|\d{1,3})年|(?<!\d)\d{3,4}\s?[-/.年년])\s?\d{1,2}\s?[-/.月월]\s?\d{1,2}(?!\d)(?:[日일]|\.(?!\d))?"
    rf"|\b{_MONTH}\.?\s\d{{1,2}}(?:,\s?|\s)\d{{4}}|(?<!\d)\d{{1,2}}[\s-]{_MONTH}\.?,?[\s-]\d{{4}})"
)
_HALF = r"(?i:午前|午後|上午|下午|오전|오후|[ap]\.?m\.?)"
# An offset; with a minus only behind seconds, as 09:00-10:00 lasts an hour.
_OFFSET = r"\d\d:?\d\d(?!\d)"
_CLOCK = (
    rf"{_HALF}?\s?\d{{1,2}}(?::\d\d(?::\d\d(?:\.\d+)?(?:-{_OFFSET})?)?|[時时点시]\s?\d{{1,2}}[分분])"
    rf"(?:Z\b|\s?\+{_OFFSET}|\s?(?i:[ap]\.?m\b\.?))?"
)
_DATE = re.compile(rf"{_DAY}(?:\s*[（(]\w{{1,3}}[)）])?(?:(?:T|,?\s*(?:at\s)?){_CLOCK})?")

# A date that stands apart from a title, with the brackets around it; one written without a space is part of the title.
_OPEN, _CLOSE = r"[\[(（【〔]", r"[\])）】〕]"
_DATE_BEFORE = re.compile(rf"^{_OPEN}?\s*{_DATE.pattern}(?:\s*{_CLOSE}\s+|\s+{_CLOSE}|\s+)\s*")
_DATE_BEHIND = re.compile(rf"(?:\s+{_OPEN}?|{_OPEN}\s+)\s*{_DATE.pattern}\s*{_CLOSE}?$")
_DATE_FIRST = re.compile(rf"{_OPEN}?\s*({_DATE.pattern})")
_DATE_LAST = re.compile(rf"(?:\s|{_OPEN})({_DATE.pattern})\s*{_CLOSE}?$")

# Where the markup sets apart what would be one word as text: between two elements, and around one that is a date.
_SEAM = re.compile(rf"(</\w+>)(?=<[a-z])|(?<=>)(?=\s*{_OPEN}?\s*{_DATE.pattern}\s*{_CLOSE}?\s*</)")
_SEAM_BEHIND = re.compile(rf"({_DATE.pattern}\s*{_CLOSE}?\s*)(?=</)")

# What holds one item of a list; the search for a date goes no further up.
_ROWS = frozenset({"li", "tr", "article", "dd", "dl"})
_HIGHEST = 5  # levels above a link, where rows are made of anonymous boxes

# Elements that say themselves that they are a date.
_MARKED = "time[datetime]"

# What stands above a group of items that share its date.
_GROUP_HEADS = frozenset({"dt", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class _Link(NamedTuple):
    element: html.HtmlElement
    address: str


def parse_listing(
    body: bytes,
    *,
    url: str,
    link_selector: str,
    date_selector: str | None = None,
    content_type: str = "",
    zone: str | None = None,
) -> ParsedFeed:
    """Read a listing page as a feed: one entry for every address that `link_selector` (CSS) finds, in the page's order.

    A title is the link's heading, else its longest text. A date is what `date_selector` finds in the link's row; without
    one, the first `<time datetime>` in the row, else the first date in it or at the head of its group. Dates that name no
    zone are read in the outlet's `zone`.

    Raises:
        ParseError: when the selector finds nothing any more, or cannot be understood.
    """
    page, base = parse_page(body, url=url, content_type=content_type)
    links = [
        _Link(element, address) for element in _select(page, link_selector) if (address := _address(element, base))
    ]
    if not links:
        title = find_title(page)
        kind = name_page(html.tostring(page, encoding="unicode"), title)
        raise ParseError(
            f"the link selector {link_selector!r} finds nothing on {kind} (title {title!r}); has the site changed?"
        )
    rows = _find_rows(links)
    announcements = [
        Announcement(link=address, title=_find_title(group), published=_find_date(group[0], rows, date_selector))
        for address, group in _group(links).items()
    ]
    problems = []
    if date_selector and not any(announcement.published for announcement in announcements):
        problems.append(f"the date selector {date_selector!r} finds no date in any of {len(announcements)} rows")
    document = FeedDocument(title=find_title(page), announcements=announcements, problems=problems)
    return finish_feed(document, url=url, zone=zone)


def _select(page: html.HtmlElement, selector: str) -> Iterable[html.HtmlElement]:
    try:
        find = CSSSelector(selector, translator="html")
    except SelectorError as error:
        raise ParseError(f"{selector!r} is no CSS selector: {error}") from error
    return cast("list[html.HtmlElement]", find(page))  # XPath may find numbers and texts, CSS only elements


def _address(element: html.HtmlElement, base: str) -> str | None:
    """Where an element leads: a link, or what holds or stands inside one."""
    inside = next(element.iter("a"), None)
    link = inside if inside is not None else next(element.iterancestors("a"), None)
    href = link.get("href") if link is not None else None
    return join_url(base, href) if href else None


def _group(links: Iterable[_Link]) -> dict[str, list[_Link]]:
    """Links by address: a picture and a headline often lead to the same page."""
    groups: dict[str, list[_Link]] = defaultdict(list)
    for link in links:
        groups[link.address].append(link)
    return groups


def _find_title(group: list[_Link]) -> str:
    """The heading inside a link, else the longest text of the links; the `title` attribute where the text is cut off."""
    longest = max((_read_title(link.element) for link in group), key=len)
    shown = longest.rstrip(".… ")
    if shown != longest or not shown:
        attribute = max((link.element.get("title") or "" for link in group), key=len)
        longest = attribute if len(attribute) >= len(shown) else longest
    return escape(longest, quote=False)


def _read_title(element: html.HtmlElement) -> str:
    heading = next(element.iter(*_HEADINGS), element)
    # Blanks as one: before long runs of them the search for a date takes quadratic time.
    markup = " ".join(html.tostring(heading, encoding="unicode", with_tail=False).split())
    text = read_line(_SEAM_BEHIND.sub(r"\1 ", _SEAM.sub(r"\1 ", markup)))
    return _DATE_BEHIND.sub("", _DATE_BEFORE.sub("", text, count=1))


def _find_rows(links: Iterable[_Link]) -> dict[html.HtmlElement, html.HtmlElement]:
    """The row of each link: the highest element above it, within limits, that leads to no other listed page."""
    within: dict[html.HtmlElement, set[str]] = defaultdict(set)
    for element, address in links:
        for ancestor in _ancestors(element):
            within[ancestor].add(address)
    rows = {}
    for element, _ in links:
        rows[element] = element
        for ancestor in _ancestors(element):
            if len(within[ancestor]) > 1:
                break
            rows[element] = ancestor
    return rows


def _ancestors(element: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """What stands around an element, up to and with the row that surely ends there."""
    for ancestor in islice(element.iterancestors(), _HIGHEST):
        if ancestor.tag in {"body", "html"}:
            return
        yield ancestor
        if ancestor.tag in _ROWS:
            return


def _find_date(link: _Link, rows: dict[html.HtmlElement, html.HtmlElement], selector: str | None) -> str:
    row = rows[link.element]
    marked = next((date for found in _select(row, selector or _MARKED) if (date := _read_marked_date(found))), "")
    if selector or marked:
        return marked
    inside = read_parts(link.element)
    outside = read_parts(row).replace(inside, " ", 1) if inside else read_parts(row)
    return _read_date(outside) or _read_edge_date(inside) or _find_group_date(row)


def _read_marked_date(element: html.HtmlElement) -> str:
    """The date that an element was made for; its `datetime` is exact where people read `3 hours ago` or a day."""
    text = _read_date(read_parts(element))
    stamp = next((stamp.strip() for inside in element.iter() if (stamp := inside.get("datetime"))), "")
    return stamp if _read_date(stamp) and (tells_time(stamp) or not text) else text


def _find_group_date(row: html.HtmlElement) -> str:
    """The date in the nearest heading above a row, beside it or beside what holds it."""
    for element in (row, *islice(row.iterancestors(), _HIGHEST)):
        for sibling in element.itersiblings(preceding=True):
            if sibling.tag in _GROUP_HEADS:
                return _read_date(read_parts(sibling))
    return ""


def _read_edge_date(text: str) -> str:
    """The date with which a link's text begins or ends; one in the middle is what the title speaks of."""
    edge = _DATE_FIRST.match(text) or _DATE_LAST.search(text)
    return edge[1] if edge else ""


def _read_date(text: str) -> str:
    found = _DATE.search(text)
    return found[0] if found else ""
