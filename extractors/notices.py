"""What a site shows in place of an article at the article's own address: a check of the browser, a wall, "not found".

It comes with 200 and has some text, so all that tells is what it does not say.
"""

from extractors.page import Page
from extractors.title import find_titles
from extractors.words import count_words, measure_share
from news.normal import fold_text

_SHORT = 300  # characters; a notice has fewer
_TOLD = 0.3
"""Share of the words of its title that an article repeats at least, in its own title or text. Of ten notices in four languages
and 2,000 titles of other reports, 98 to 100 in a hundred pairs stay below; a short article has its title somewhere."""

_FEWEST = 3  # words of a title by which a page can be told to be another one: "Photo" and 속보 stand for anything


def stands_in_for(title: str, page: Page, text: str) -> bool:
    """Whether a page of which this text was read is a notice in place of the article that is known by `title`."""
    wanted = fold_text(title).text
    if len(text) >= _SHORT or count_words(wanted).total() < _FEWEST:
        return False
    return measure_share(fold_text("\n".join((*find_titles(page), text))).text, wanted) < _TOLD
