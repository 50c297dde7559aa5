"""Where a page and its address say when it was published."""

import re
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import urlsplit

from extractors.boilerplate import fold_line, is_paragraph, tells_when
from extractors.eras import may_name_year
from extractors.page import Page

_URL_DAY = re.compile(
    r"(?<![\d.])(199\d|20\d\d)(?:([-/_.])?(0[1-9]|1[0-2])[-/_.]?(0[1-9]|[12]\d|3[01])(?:(?!\d)|(?(2)(?!)|(?=\d{2,10}(?!\d))))"
    r"|[-/](1?\d)[-/]([1-3]?\d)(?!\d))"
)

_URL_SHORT_DAY = re.compile(r"/20(\d\d)/(0[1-9]|1[0-2])/\1\2(0[1-9]|[12]\d|3[01])(?!\d)")  # /2026/03/260301-title

# Where pages print the date: attributes that say so, values that scripts keep, and lines near the headline.
# Expressions that begin with letters of one case are found ten times faster; what they pass over has a bound, as else a
# page that begins the same attribute 100,000 times costs the square of that.
_MICRODATA = re.compile(
    r"""itemprop\s*=\s*["']?(?:datePublished|dateCreated)["']?[^<>]{0,500}?(?:content|datetime)\s*=\s*["']([^"'<>]{8,40})"""
)
_TIME_ELEMENT = re.compile(r"""<time\b[^<>]*?\b[dD]ate[tT]ime\s*=\s*["']?([^"'<>]{8,40})""")
_SCRIPTED = re.compile(r""":\s*\\?["']?(\d[^"'<>\\,}]{7,40})""")
_SCRIPTED_NAME = re.compile(
    r"""["'](?:date_?published|published?(?:_?(?:at|date|time|on))?|publi(?:sh|cation)_?(?:date|time)|pub_?date|date_?created|created_?at"""
    r"""|first_?published?(?:_?(?:at|date))?|display_?date|(?:deploy|service|first_?reg|reg)_?(?:dt|date)|release_?date"""
    r"""|article_?date)\\?["']\s*\Z""",
    re.IGNORECASE,
)
_NAMED_WITHIN = 40  # characters in front of a scripted value in which its name stands
_CLASSED = re.compile(r"""class\s*=\s*["'][^"'<>]{0,500}\b[dD]ate\b[^<>]{0,500}>\s*([^<>]{6,40}?)\s*<""")
_LABELLED = re.compile(
    r"publi(?:sh|é|cad|kace|kováno|kowan)|posted|veröffentlicht|erstellt|stand:|^date\b|^datum\b|fecha|yayın|opublik|опублик"
    r"|입력|등록|송고|게재|公開|配信|掲載|投稿|発表|发布|發布|发表|發表|時間|时间|日期",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"updat|modif|aktualisiert|geändert|güncelle|수정|最終更新|更新", re.IGNORECASE)
_DATED = re.compile(r"[\d年]")  # digits, or years in Chinese numerals
_DATE_LINE = 120  # characters; a date in a longer line is told by the article
_DATELINE = 60  # characters of a paragraph in which its dateline stands
_ABOVE, _BELOW = 14, 3  # lines above and below the beginning of the text in which the date stands
_TITLE_LENGTH = 8  # letters from which a line can repeat a title; shorter ones are menus
_SPREAD = 2  # by which spaces and punctuation may lengthen a title at most
_YEAR = re.compile(r"(?:19|20)\d\d|\d\.\d\d\b")


def find_url_day(url: str) -> str | None:
    """The day in an article's address as `2026-03-01`, where it holds one."""
    parts = urlsplit(url)
    place = f"{parts.path}?{parts.query}"
    archived_at = max(place.rfind("http://"), place.rfind("https://"), 0)  # in front stands the archive's own day
    found = _URL_DAY.search(place[archived_at:])
    if found:
        return f"{found[1]}-{int(found[3] or found[5]):02}-{int(found[4] or found[6]):02}"
    short = _URL_SHORT_DAY.search(place, archived_at)
    return f"20{short[1]}-{short[2]}-{short[3]}" if short else None


class DateTexts:
    """The texts of a page that may hold its date, each made when first asked for."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def find_labelled(self) -> Iterator[str]:
        """Yield texts that say of themselves that they hold the date of the article, likeliest first."""
        yield from self._microdata
        yield from filter(_is_labelled, self._near)

    def find_stamped(self) -> Iterator[str]:
        """Yield the times that the page marks as times, of whatever."""
        yield from _TIME_ELEMENT.findall(self._page.markup)

    def find_others(self) -> Iterator[str]:
        """Yield further texts that may hold the date, likeliest first."""
        yield from _find_scripted(self._page.markup)
        every = [line for line in self._page.lines if len(line) <= _DATE_LINE and _names_year(line)]
        yield from filter(_is_labelled, every)
        yield from (line for line in self._near if not _UPDATED.search(line))
        yield from self._near
        yield from filter(tells_when, every)
        yield from (line for line in every if not _UPDATED.search(line))
        yield from every
        yield from _CLASSED.findall(self._page.markup)

    @cached_property
    def _microdata(self) -> list[str]:
        return _MICRODATA.findall(self._page.markup)

    @cached_property
    def _near(self) -> list[str]:
        """Each line once, although it may stand near several headlines, and none without what every date has."""
        lines = dict.fromkeys(_find_lines_near(self._page))
        return [shown for line in lines if _DATED.search(shown := _shorten(line))]


def _find_scripted(markup: str) -> Iterator[str]:
    """Find values that scripts keep under a name of the date: by colon and digit, and their names behind them.

    Colons before a digit are few, and quotation marks, with which names begin, are thousands.
    """
    for found in _SCRIPTED.finditer(markup):
        if _SCRIPTED_NAME.search(markup, max(0, found.start() - _NAMED_WITHIN), found.start()):
            yield found[1]


def _names_year(line: str) -> bool:
    return bool(_YEAR.search(line)) or may_name_year(line)


def _is_labelled(line: str) -> bool:
    return bool(_LABELLED.search(line)) and not _UPDATED.search(line)


def _shorten(line: str) -> str:
    """A line that is only a date, or the beginning of a paragraph, where a dateline stands."""
    return line if len(line) <= _DATE_LINE else line[:_DATELINE]


def _find_lines_near(page: Page) -> Iterator[str]:
    """Lines around the headline, above the first paragraph, and around whatever else repeats the title."""
    opening, headlines = _find_opening(page), _find_headlines(page)
    for headline in reversed([number for number in headlines if number < opening]):
        yield from page.lines[max(0, headline - _BELOW) : headline + _BELOW + 1]
    yield from reversed(page.lines[max(0, opening - _ABOVE) : opening])
    yield from page.lines[opening : opening + _BELOW]
    for headline in headlines:
        yield from page.lines[max(0, headline - _BELOW) : headline + _ABOVE]


def _find_opening(page: Page) -> int:
    """The number of the first line that is a paragraph; 0 where none is."""
    return next((number for number, line in enumerate(page.lines) if is_paragraph(line)), 0)


def _find_headlines(page: Page) -> list[int]:
    """The numbers of the lines that repeat the page's title."""
    titles = {fold_line(title) for title in (page.head.title, page.head.first("og:title") or "")}
    longest = _SPREAD * max(map(len, titles))
    alike = [(n, fold_line(line)) for n, line in enumerate(page.lines) if _TITLE_LENGTH <= len(line) <= longest]
    return [number for number, line in alike if len(line) >= _TITLE_LENGTH and any(line in title for title in titles)]
