"""How far a better choice could get: the share of saved pages on which any title, or any date, that they give is the known one.

What is left above these shares is not on the page as the label has it: other wording, another page, a typing error.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from benchmarks.saved_pages import HINTS, Row, read_body
from extractors.date_places import DateTexts
from extractors.dates import find_candidates
from extractors.markup import decode_page
from extractors.moments import TimeReader
from extractors.page import Page
from extractors.title import find_site_names, find_titles, strip_site
from news.errors import ReadError


def find_ceilings(
    rows: Iterable[Row], *, fold: Callable[[str | None], str], near: Callable[[str, str], bool]
) -> dict[str, float]:
    """The best possible `title` and `day` of a perfect choice, over all pages and by set; `fold` and `near` are the scorer's."""
    reached, labelled = Counter[str](), Counter[str]()
    for row in rows:
        try:
            page = Page(decode_page(read_body(row)))
        except ReadError:
            page = Page("")
        for name, is_reached in _judge(row, page, fold, near):
            for key in (name, f"{name} {row['set']}"):
                labelled[key] += 1
                reached[key] += is_reached
    return {name: reached[name] / count for name, count in sorted(labelled.items())}


def _judge(
    row: Row, page: Page, fold: Callable[[str | None], str], near: Callable[[str, str], bool]
) -> Iterator[tuple[str, bool]]:
    url, title, day = row["url"] or "", row.get("title"), str(row.get("date") or "")
    if title:
        sites = set(find_site_names(page, url, HINTS))
        forms = [form for one in find_titles(page) for form in (one, strip_site(one, sites))]
        yield "title", fold(title) in map(fold, forms)
    if re.match(r"\d{4}-\d\d-\d\d", day):
        candidates = find_candidates(page, url, DateTexts(page), HINTS, TimeReader("UTC", month_first=False))
        yield "day", any(near(one.moment.at.isoformat(), day) for one in candidates)
