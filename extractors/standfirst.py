"""The standfirst: the sentence or two between headline and text, which extractors take for something else.

It is found by the description that the page gives to search engines and social networks, which repeats it; it is taken only
where a reader sees it on the page and where it says what the text does not.
"""

import re
from collections.abc import Sequence

from extractors.boilerplate import fold_line
from extractors.head import Head
from extractors.page import Page

_KEY = 40  # letters by which description and line are compared: descriptions are cut off after a hundred or two
_NEW = 0.3  # share of its words that the text lacks; below it, a standfirst sums up what follows

_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\\W\\d_]{4,}")  # short words are grammar


def find_standfirst(page: Page, lines: Sequence[str]) -> str | None:
    """Find the page's standfirst, unless the text has it or has all that it says."""
    key = fold_line(_describe(page.head))[:_KEY]
    text = "\n".join(lines)
    if len(key) < _KEY or key in fold_line(text):
        return None
    standfirst = next((line for line in page.lines if fold_line(line).startswith(key)), None)
    return standfirst if standfirst and _share_new(standfirst, text) > _NEW else None


def _describe(head: Head) -> str:
    found = head.first("og:description", "description", "twitter:description")
    return found or next(head.find_all("description"), "")


def _share_new(standfirst: str, text: str) -> float:
    words, known = _WORD.findall(standfirst.lower()), set(_WORD.findall(text.lower()))
    return sum(word not in known for word in words) / max(1, len(words))
