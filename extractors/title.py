"""The title of an article, without the name of the site."""

import re
from collections.abc import Iterable

from extractors.head import Head
from extractors.plain_text import read_line

_SEPARATOR = re.compile(r"\s*(?:\s[-–—|·•:»«<>/~]\s|[|｜_：]|::)\s*")


def choose_title(head: Head, headings: Iterable[str], *, announced: str | None = None, site: str | None = None) -> str:
    """Choose the title: of the linked data, the page's social card, its heading or its title element.

    `headings` are the page's first-level headings; `announced` is the feed's title; `site` the outlet's name.
    """
    candidates = (head.first("og:title", "twitter:title"), *head.find_all("headline"), *headings, head.title, announced)
    names = {name.casefold() for name in (site, head.first("og:site_name", "application-name")) if name}
    return next((title for one in candidates if one and (title := strip_site(read_line(one), names))), "")


def strip_site(title: str, names: Iterable[str]) -> str:
    """Take the site's name off the end of a title."""
    parts = _SEPARATOR.split(title)
    if len(parts) > 1 and parts[-1].casefold() in names:
        return title[: title.rindex(parts[-1])].rstrip(" -–—|·•:»«<>/~｜_：")
    return title
