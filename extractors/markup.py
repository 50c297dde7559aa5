"""A page's bytes as markup and as a tree, within bounds.

Bounds come before parsing: every parser has input on which its time grows with the square of the depth or of the number of
attributes, inside C, where nothing can interrupt it.
"""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from extractors.encoding import decode_document
from news.errors import ReadError

MAX_BYTES = 10_000_000
"""Longest page that is read; the longest of 840 saved news pages has 2.2 million characters, most of them scripts."""

MAX_TAGS = 100_000
"""Most `<` that a page may hold: five times the most of those pages. 200,000 siblings cost trafilatura 10 s."""

MAX_DEPTH = 5_000
"""Most open elements, counted without knowing which tags HTML closes by itself: 1,500 at most on those pages, whose
trees are 51 deep. 5,000 nested `div` cost resiliparse 0.4 s, 20,000 cost it 10 s; lxml stops at 256 by itself."""

MAX_TAG_LENGTH = 20_000
"""A longer tag loses its attributes, which are a script's state, never text: 50,000 of them cost 3 s in any parser."""

# Elements that never hold others, or whose end tag HTML lets authors leave out: left open, they do not nest.
_UNNESTED = "area|base|br|circle|col|dd|dt|embed|hr|img|input|li|link|meta|option|p|param|path|rect|source|td|th|tr|track|use|wbr"
_NESTED_TAG = re.compile(rf"<(?!/?(?:{_UNNESTED})\b)(?:(/)|(?=[a-z]))", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<([a-z][a-z0-9]*)\s[^<>]{{{MAX_TAG_LENGTH},}}", re.IGNORECASE)

# What XML cannot hold: control characters, lone surrogates and the two non-characters.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decode_page(body: bytes, *, content_type: str = "") -> str:
    """Decode a page, or refuse one that is empty or breaks a bound of this module.

    Raises:
        ReadError: saying which bound.
    """
    if len(body) > MAX_BYTES:
        raise ReadError(f"this page has {len(body):,} bytes; pages up to {MAX_BYTES:,} are read")
    markup = decode_document(body, content_type=content_type)
    if b"\0" in body and "\0" in markup:  # the bytes are looked through in a twentieth of the time
        markup = markup.replace("\0", "")
    if not markup or markup.isspace():
        raise ReadError("this page is empty")
    if (tags := markup.count("<")) > MAX_TAGS:
        raise ReadError(f"this page has {tags:,} tags; pages up to {MAX_TAGS:,} are read")
    # Cheapest first: hardly a page has so many tags, and fewer have so many more that open than that close.
    if tags > MAX_DEPTH and tags - markup.count("</") > MAX_DEPTH and _count_open(markup) > MAX_DEPTH:
        raise ReadError(f"this page nests more than {MAX_DEPTH:,} elements")
    return _shorten_tags(markup)


def find_enclosed(markup: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> Iterator[str]:
    """Yield what stands between each opening and the next closing; an opening in between is text.

    A pattern of both would look for an end from each of 20,000 openings that have none, each time through all of the page.
    """
    end = 0
    for found in opening.finditer(markup):
        if found.start() < end:
            continue
        closed = closing.search(markup, found.end())
        if closed is None:
            return
        end = closed.start()
        yield markup[found.end() : end]


def parse_tree(markup: str) -> HtmlElement:
    """Parse markup into a tree of elements without comments; it is at most 256 deep.

    Raises:
        ReadError: for what holds no element at all.
    """
    # A new parser for each page: one that is kept remembers every name it has ever seen.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        return document_fromstring(_UNFIT.sub("", markup).encode("utf-8"), parser=parser)
    except etree.LxmlError as error:
        raise ReadError("this page holds no text") from error


def _count_open(markup: str) -> int:
    """The most elements that are open at once."""
    deepest = depth = 0
    for closes in _NESTED_TAG.findall(markup):
        depth = max(depth - 1, 0) if closes else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _shorten_tags(markup: str) -> str:
    return _LONG_TAG.sub(r"<\1 ", markup) if _holds_long_tag(markup) else markup


def _holds_long_tag(markup: str) -> bool:
    """Whether a tag is too long. One that is covers a window of half its length, of which few hold no `<`.

    It begins in the window before the first that it covers, so no more than that is looked through for its beginning.
    """
    window = MAX_TAG_LENGTH // 2
    starts = range(window, len(markup) - window, window)
    bare = (start for start in starts if markup.find("<", start, start + window) < 0)
    begins = (markup.rfind("<", start - window, start) for start in bare)
    return any(begin >= 0 and _LONG_TAG.match(markup, begin) for begin in begins)
