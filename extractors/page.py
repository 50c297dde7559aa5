"""A page under reading: what several readers need of it, each made once, when first asked for."""

from functools import cached_property

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from extractors.head import Head, read_head


class Page:
    """The markup of one page, and what was made of it so far."""

    def __init__(self, markup: str) -> None:
        self.markup = markup

    @cached_property
    def head(self) -> Head:
        """What the page says of itself."""
        return read_head(self.markup)

    @cached_property
    def main_lines(self) -> tuple[str, ...]:
        """The lines of what a fast extractor takes for the main content: nearly all of it, and more."""
        return _lines(
            extract_plain_text(
                self._rendered, main_content=True, alt_texts=False, links=False, comments=False, list_bullets=False
            )
        )

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Every line that a reader sees, with menus and all."""
        return _lines(extract_plain_text(self._rendered, alt_texts=False, links=False, list_bullets=False))

    @cached_property
    def _rendered(self) -> HTMLTree:
        return HTMLTree.parse(self.markup)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for each in text.splitlines() if (line := " ".join(each.split())))
