"""What a site shows in place of an article at the article's own address: a check of the browser, a wall, "not found".

It comes with 200 and has some text, so all that tells is what it does not say. To refuse an article is worse than to take a
notice for one: a page with any sign of an article passes.
"""

import re
from collections import Counter
from unicodedata import name

from extractors.boilerplate import fold_line, weigh_line
from extractors.markup import parse_tree
from extractors.page import Page
from extractors.title import find_headings, find_titles
from extractors.words import count_words, measure_share
from news.normal import fold_text

_SHORT = 300  # letters; a notice has fewer, and 75 characters of Chinese, Japanese or Korean are as many
_TOLD = 0.3
"""Share of the words of its title that an article repeats at least, in its own title or text. Of ten notices in four languages
and 2,000 titles of other reports, 98 to 100 in a hundred pairs stay below; a short article has its title somewhere."""

_FEWEST = 3  # words of a title by which a page can be told to be another one: "Photo" and 속보 stand for anything

_POINTER = re.compile(
    r"(?:(?:read|see|view|get) (?:the |this )?(?:full|whole|entire|more|rest|complete)\b.{0,30}|continue reading"
    r"|(?:전문|기사|자세히|더) ?(?:보기|읽기)|(?:続き|全文|記事|もっと|詳細)を?(?:読む|見る)"
    r"|[阅閱查][读讀看](?:全文|更多|原文))\W*",
    re.IGNORECASE,
)
"""What a link to an article says where it does not say its title."""

_SCRIPTS = {"HIRAGANA": "CJK", "KATAKANA": "CJK"}  # as Unicode names characters; Japanese is written in all three


def stands_in_for(title: str, page: Page, text: str) -> bool:
    """Whether a page of which this text was read is a notice in place of the article that is known by `title`."""
    wanted = fold_text(title).text
    if weigh_line(text) >= _SHORT or count_words(wanted).total() < _FEWEST or _POINTER.fullmatch(title):
        return False
    said = fold_text("\n".join((*find_titles(page), text))).text
    if measure_share(said, wanted) >= _TOLD:
        return False
    return _find_script(said) == _find_script(wanted) and not _shows_article(page)


def _find_script(text: str) -> str | None:
    """The script of most letters: a title and a page in two scripts have no word in common, and may be one article."""
    named = Counter(name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())
    return next((_SCRIPTS.get(script, script) for script, _ in named.most_common(1)), None)


def _shows_article(page: Page) -> bool:
    """Whether a page presents an article: it says so in linked data or its markup, or its title names its heading."""
    if page.head.articles or parse_tree(page.markup).xpath("//article//p[normalize-space()]"):
        return True
    named = [fold_line(title) for title in (page.head.title, page.head.first("og:title") or "")]
    headings = (heading for heading in find_headings(page) if count_words(heading).total() >= _FEWEST)
    return any(fold_line(heading) in title for heading in headings for title in named)
