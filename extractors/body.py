"""The careful text of a page: a cascade of extractors, judged on pages whose text is known.

trafilatura reads first, in its fast mode that favours precision. Where it finds less than half of what another, much faster
extractor takes for the main content, one of the two is wrong: then slower extractors are asked, and the first that agrees
with the main content and holds what trafilatura found is believed. Text that stands in scripts alone comes last.
"""

import logging
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement
from readability import Document as ReadabilityDocument
from readability.readability import Unparseable
from resiliparse.extract.html2text import extract_plain_text
from trafilatura import bare_extraction
from trafilatura.settings import Document

from extractors.boilerplate import drop_boilerplate
from extractors.markup import parse_tree
from extractors.page import Page
from extractors.plain_text import split_lines
from extractors.standfirst import find_standfirst
from extractors.words import measure_agreement, measure_share

# What these libraries log about a page, our own answer says.
for _name in ("trafilatura", "readability"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_SUSPECT = 0.5
"""A text is suspected below this share of the main content: on saved pages, 50 of 705 are, and half of them wrongly cut."""

_AGREES = 0.85
"""Two texts that share so many of their words are the same text; extractors that are both right share more than 0.9."""

_HOLDS = 0.7
"""A longer text replaces one that it holds; what trafilatura found is rarely wrong, only sometimes not all."""

_SHORT = 250  # characters below which an article is looked for in the page's scripts too

_POINTER = 0.7  # share of a paragraph that is links, from which on it points elsewhere and tells nothing
_POINTER_LENGTH = 15  # characters; shorter ones are names and numbers that happen to be linked
_INLINE = frozenset({"span", "strong", "b", "em", "i", "u", "font", "small"})
_PARAGRAPHS = frozenset({"p", "li", "blockquote", "h2", "h3", "h4", "h5", "h6"})


def read_body(page: Page, *, titles: Iterable[str], authors: Iterable[str]) -> str:
    """Read the text of an article, one paragraph a line; empty where the page has none.

    `titles` and `authors` are known from elsewhere on the page; lines that only repeat them are dropped.
    """
    lines = drop_boilerplate(_read_lines(page), titles=titles, authors=authors)
    standfirst = find_standfirst(page, lines)
    return "\n".join([standfirst, *lines] if standfirst else lines)


def _read_lines(page: Page) -> list[str]:
    lines = _choose(page)
    if _measure(lines) < _SHORT and page.scripted:
        return max(lines, _choose(page.scripted), key=_measure)
    return lines


def _choose(page: Page) -> list[str]:
    """The text that most likely is the article, by the rule that this module's docstring states."""
    tree = parse_tree(page.markup)
    _drop_pointers(tree)
    first = _extract(tree, fast=True, favor_precision=True)
    found = _measure(first) / _SUSPECT
    # The whole page holds the main content, which takes as long to find as all of a quick reading.
    if first and (found >= _measure(page.lines) or found >= _measure(page.main_lines)):
        return first
    others, main = [], "\n".join(page.main_lines)
    for lines in _extract_slowly(page, tree):
        text = "\n".join(lines)
        if measure_agreement(text, main) >= _AGREES and measure_share(text, "\n".join(first)) >= _HOLDS:
            return lines
        others.append(lines)
    return next((lines for lines in (*others, first) if lines), list(page.main_lines))


def _extract_slowly(page: Page, tree: HtmlElement) -> Iterator[list[str]]:
    yield _extract(tree, fast=False, favor_precision=True)
    yield _extract_with_readability(page.markup)
    yield _extract(tree, fast=False, favor_precision=False)


def _extract(tree: HtmlElement, *, fast: bool, favor_precision: bool) -> list[str]:
    """What trafilatura finds; it works on a copy of the tree."""
    found = bare_extraction(
        tree, fast=fast, favor_precision=favor_precision, include_comments=False, with_metadata=False, deduplicate=False
    )
    return split_lines((found.text or "") if isinstance(found, Document) else "")


def _extract_with_readability(markup: str) -> list[str]:
    try:
        summary = ReadabilityDocument(markup).summary(html_partial=True)
    except Unparseable:
        return []
    return split_lines(extract_plain_text(f"<body>{summary}</body>", alt_texts=False, list_bullets=False))


def _drop_pointers(tree: HtmlElement) -> None:
    """Drop paragraphs that are little but a link: "Read more", headlines of other articles, tags."""
    linked = dict.fromkeys(_find_paragraph(link) for link in tree.xpath("//body//a"))
    for paragraph in linked:
        if paragraph is not None and paragraph.tag in _PARAGRAPHS and _is_pointer(paragraph):
            paragraph.drop_tree()


def _find_paragraph(link: HtmlElement) -> HtmlElement | None:
    """The element around a link that is more than a run of type."""
    element = link.getparent()
    while element is not None and element.tag in _INLINE:
        element = element.getparent()
    return element


def _is_pointer(paragraph: HtmlElement) -> bool:
    length = _text_length(paragraph)
    return length >= _POINTER_LENGTH and sum(map(_text_length, paragraph.iter("a"))) >= _POINTER * length


def _text_length(element: HtmlElement) -> int:
    return len(" ".join("".join(element.itertext()).split()))


def _measure(lines: Iterable[str]) -> int:
    """Characters of a text without its spaces."""
    return sum(len(line) - line.count(" ") for line in lines)
