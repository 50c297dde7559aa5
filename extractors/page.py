"""A page under reading: what several readers need of it, each made once, when first asked for."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from extractors.head import Head, read_head
from extractors.plain_text import read_line, split_lines
from extractors.scripted import find_scripted_markup

_NEAR = 500  # lines ahead in which a damaged line is looked for: more than the menus of a news page have

_NO_SCRIPT = re.compile("<noscript\\b[^<>]*>.{0,1000}?</noscript", re.DOTALL)
"""What only a browser without scripts shows: a request to enable them, an image. What is longer may be the article."""

_HEADING = re.compile(r"<[hH]1\b[^<>]*>(.{0,2000}?)</[hH]1", re.DOTALL)

LONGEST_TITLE = 1_000
"""Characters of a title; ten times the longest headline, and each separator in it is looked at."""


class Page:
    """The markup of one page, and what was made of it so far."""

    def __init__(self, markup: str) -> None:
        self.markup = _NO_SCRIPT.sub("<noscript></noscript", markup) if "<noscript" in markup else markup

    @cached_property
    def head(self) -> Head:
        """What the page says of itself."""
        return read_head(self.markup)

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """Its headings of the first level, in its order."""
        return tuple(heading for found in _HEADING.finditer(self.markup) if (heading := read_title(found[1])))

    @cached_property
    def main_lines(self) -> tuple[str, ...]:
        """The lines of what a fast extractor takes for the main content: nearly all of it, and more."""
        found = extract_plain_text(
            self._rendered, main_content=True, alt_texts=False, links=False, comments=False, list_bullets=False
        )
        return tuple(_mend_lines(split_lines(found), self.lines))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Every line that a reader sees, with menus and all."""
        return tuple(split_lines(extract_plain_text(self._rendered, alt_texts=False, links=False, list_bullets=False)))

    @cached_property
    def scripted(self) -> "Page | None":
        """The article that stands in the page's scripts, as a page of its own."""
        markup = find_scripted_markup(self.markup)
        return Page(markup) if markup else None

    @property
    def opened(self) -> "Page":
        """The page with its templates opened: as browsers show those of a shadow root, and the careful reading takes all."""
        return self._opened or self

    @cached_property
    def _opened(self) -> "Page | None":
        # None and not the page: one that held itself would stay, tree and all, until the garbage collector comes by.
        return Page(self.markup.replace("<template", "<div")) if "<template" in self.markup else None

    @cached_property
    def _rendered(self) -> HTMLTree:
        return HTMLTree.parse(self.markup)


def read_title(markup: str) -> str:
    """Read a title in markup, up to `LONGEST_TITLE`."""
    return read_line(markup)[:LONGEST_TITLE].rstrip()


def _mend_lines(damaged: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
    """Yield lines as they stand among all `lines`, in whose order they are.

    resiliparse 2.0.1 drops texts of a single character beyond ASCII where it looks for the main content: of a linked
    `中`日`关系` it keeps 关系.
    """
    first = {line: number for number, line in reversed(list(enumerate(lines)))}
    at = 0
    for line in damaged:
        if line in first or line.isascii():
            at = max(at, first.get(line, at))
            yield line
            continue
        near = range(at, min(at + _NEAR, len(lines)))
        found = next((number for number in near if _is_damaged(line, lines[number])), None)
        at = at if found is None else found
        yield line if found is None else lines[found]


def _is_damaged(line: str, whole: str) -> bool:
    """Whether a line is another without some of its characters, at most half of them."""
    if not len(line) < len(whole) <= 2 * len(line):
        return False
    rest = iter(whole)
    return all(character in rest for character in line)
