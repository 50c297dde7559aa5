"""Real saved pages as skins: menus, sidebars and all, with the article taken out and another set in its place."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from json import dumps
from typing import Any

from lxml.html import HtmlElement, tostring
from lxml.html.builder import H1, P

from benchmarks.saved_pages import read_body, read_rows
from extractors.boilerplate import fold_line
from extractors.markup import decode_page, parse_tree

_TITLE, _BODY = "DATELINE-TITLE", "DATELINE-BODY"
_BLOCKS = ["p", "div", "section", "article", "li", "blockquote", "h2", "h3", "h4", "td", "ul", "ol", "table", "figure"]
_SHORTEST = 12  # letters of a block that can be told to be the article's
_COVERED = 0.8  # share of the known text that must be found on a page: the rest would stand beside the new one


@dataclass(frozen=True, slots=True)
class Skin:
    """A page without its article."""

    id: str
    url: str
    markup: str

    def dress(self, title: str, text: str) -> bytes:
        """Set an article into the page; `text` has one paragraph a line."""
        return self._set(title, f"<p>{_BODY}</p>", _write_paragraphs(text))

    def _set(self, title: str, place: str, body: str) -> bytes:
        return self.markup.replace(_TITLE, escape(title)).replace(place, body).encode()


class ScriptedSkin(Skin):
    """A page whose article stands in a script, for a browser to put in place."""

    __slots__ = ()

    def dress(self, title: str, text: str) -> bytes:
        """Set an article into the script."""
        return self._set(title, f'"{_BODY}"', dumps(_write_paragraphs(text)).replace("</", "<\\/"))


def _write_paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


_HIDING = (
    f"<html><head><title>{_TITLE}</title></head><body><nav><a href='/'>Home</a></nav>{{}}<footer><p>We use cookies to measure"
    " how our pages are read, and to remember which of them you have read.</p></footer></body></html>"
)
_HIDING_URL = "https://news.example/2026/article"
HIDING_SKINS = (
    ScriptedSkin("script", _HIDING_URL, _HIDING.format(f'<script>window.state = {{"body": "{_BODY}"}}</script>')),
    Skin("template", _HIDING_URL, _HIDING.format(f'<template shadowrootmode="open"><p>{_BODY}</p></template>')),
)
"""Pages of our own that show a footer alone until a browser has worked on them."""


def make_skins() -> list[Skin]:
    """Make a skin of every saved page whose known text is found in its markup."""
    skins = (_make_skin(row) for row in read_rows() if row["kind"] == "full")
    return [skin for skin in skins if skin]


def _make_skin(row: Mapping[str, Any]) -> Skin | None:
    tree = parse_tree(decode_page(read_body(row)))
    known = fold_line(row["text"])
    blocks = [block for block in _find_leaves(tree) if _is_part(block, known)]
    covered = sum(len(fold_line(block.text_content())) for block in blocks)
    if not blocks or not _COVERED * len(known) <= covered:
        return None
    _find_first(blocks).addprevious(P(_BODY))
    for block in blocks:
        block.drop_tree()
    _retitle(tree)
    return Skin(row["id"], row["url"] or "https://news.example/article", tostring(tree, encoding="unicode"))


def _find_leaves(tree: HtmlElement) -> Iterable[HtmlElement]:
    """Blocks that hold no other block."""
    blocks = tree.xpath("//body//*[{}]".format(" or ".join(f"self::{tag}" for tag in _BLOCKS)))
    return [block for block in blocks if next(block.iterdescendants(*_BLOCKS), None) is None]


def _find_first(blocks: Iterable[HtmlElement]) -> HtmlElement:
    """The first of the blocks that stand together with most of the text: a lead may be shown elsewhere too."""
    lengths = Counter[HtmlElement]()
    for block in blocks:
        lengths[block.getparent()] += len(block.text_content())
    frame = lengths.most_common(1)[0][0]
    return next(block for block in blocks if block.getparent() is frame)


def _is_part(block: HtmlElement, known: str) -> bool:
    folded = fold_line(block.text_content())
    return len(folded) >= _SHORTEST and folded in known


def _retitle(tree: HtmlElement) -> None:
    """Leave the page one title of each kind, all to be replaced, and no linked data about another article."""
    for element in tree.xpath("//meta[contains(@property, 'title') or contains(@name, 'title')] | //script"):
        element.drop_tree()
    for title in tree.iter("title"):
        title.text = _TITLE
    headings = list(tree.iter("h1"))
    for heading in headings[:1]:
        heading.addnext(H1(_TITLE))
    for heading in headings:
        heading.drop_tree()
