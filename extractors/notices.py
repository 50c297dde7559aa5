"""What a site shows in place of an article at the article's own address: a check of the browser, a wall, "not found".

It comes with 200 and has some text. Phrases of `notices.toml` tell it, and else what it does not say. To refuse an article is
worse than to take a notice for one: a page that is not known for a notice passes with any sign of an article.
"""

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from unicodedata import name

from extractors.boilerplate import fold_line, is_paragraph, weigh_line
from extractors.markup import parse_tree
from extractors.metadata import is_teaser
from extractors.page import Page
from extractors.plain_text import read_paragraphs
from extractors.title import find_titles, split_title
from extractors.words import count_words, measure_share
from news.normal import fold_text

_SHORT = 300  # letters; a notice has fewer, and 75 characters of Chinese, Japanese or Korean are as many
_SHORT_KNOWN = 800  # letters; a wall that lists its offers is longer, and known by its phrase
_SEVERAL = 3  # times the text of a page that its feed gives, if the page has not the article
_TOLD = 0.3
"""Share of the words of its title that an article repeats at least, in its own title or text. Of ten notices in four languages
and 2,000 titles of other reports, 98 to 100 in a hundred pairs stay below; a short article has its title somewhere."""

_TOLD_PLAINLY = 0.5  # the same in a text that begins as a notice: more than "in", "the" and "to" that both may have
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
    """Whether a page of which this text was read is a notice in place of the article that is known by `title`, or by none."""
    weight = _weigh(text)
    return (weight < _SHORT_KNOWN and _is_known(title, page, text)) or (
        weight < _SHORT and _is_other(title, page, text)
    )


def falls_short(text: str, announced: str) -> bool:
    """Whether a page has too little text to be the article that its feed gives in full, in the markup `announced`."""
    weight = _weigh(text)
    if weight >= _SHORT:
        return False
    said = read_paragraphs(announced)
    return weigh_line(said) >= _SEVERAL * weight and not is_teaser(said)


def _weigh(text: str) -> int:
    """The length of a short text in Latin letters; of a longer one, no less than what is short."""
    return weigh_line(text[:_SHORT_KNOWN])


def _is_known(title: str, page: Page, text: str) -> bool:
    """Whether a page bears a notice's title, or begins as one does and then tells nothing.

    A heading of a notice counts where no other title is the article's: walls stand below the first lines of articles too.
    """
    names, phrases = _read_phrases()
    if any(map(names.fullmatch, split_title(title))) or phrases.search(title):
        return False
    titles = find_titles(page)
    named = [page.head.title] if _tells("\n".join(titles), title) else titles
    if any(names.fullmatch(part) for each in named if not _tells(each, title) for part in split_title(each.strip())):
        return True
    if _tells(text, title, share=_TOLD_PLAINLY):  # a report on robots, or on sites that want scripts
        return False
    lines = text.splitlines()
    rest = [line for line in lines if not phrases.search(line)]
    return lines[0] not in rest and not any(map(is_paragraph, rest)) and not _tells("\n".join(rest), title)


def _is_other(title: str, page: Page, text: str) -> bool:
    """Whether a page has too little of its announced title, in the same script, and no sign of an article."""
    if count_words(title).total() < _FEWEST or _POINTER.fullmatch(title):
        return False
    said = "\n".join((*find_titles(page), text))
    return not _tells(said, title) and _find_script(said) == _find_script(title) and not _shows_article(page)


def _tells(said: str, title: str, share: float = _TOLD) -> bool:
    """Whether a text has this share of the words of a title, if it has any."""
    wanted = fold_text(title).text
    return bool(wanted) and measure_share(fold_text(said).text, wanted) >= share


def _find_script(text: str) -> str | None:
    """The script of most letters: a title and a page in two scripts have no word in common, and may be one article."""
    named = Counter(name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())
    return next((_SCRIPTS.get(script, script) for script, _ in named.most_common(1)), None)


def _shows_article(page: Page) -> bool:
    """Whether a page presents an article: it says so in linked data or its markup, or its title names its heading."""
    if page.head.articles or parse_tree(page.markup).xpath("//article//p[normalize-space()]"):
        return True
    named = [fold_line(title) for title in (page.head.title, page.head.first("og:title") or "")]
    headings = (heading for heading in page.headings if count_words(heading).total() >= _FEWEST)
    return any(fold_line(heading) in title for heading in headings for title in named)


@cache
def _read_phrases() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What notices are titled, to be matched in full, and what stands in their first line."""
    tables = tomllib.loads((Path(__file__).parent / "notices.toml").read_text(encoding="utf-8"))
    titles, lines = (re.compile("|".join(tables[key]), re.IGNORECASE) for key in ("titles", "lines"))
    return titles, lines
