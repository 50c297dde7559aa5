"""Times as pages write them, in any of the languages we read: found in a text, read strictly.

A date must name year, month and day: what a lenient reader makes of the rest is a wrong date. `1/2/2026` is read as the
outlet's country writes it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from zoneinfo import ZoneInfo

from extractors.clocks import find_clock
from extractors.eras import write_plainly
from extractors.feed_times import parse_feed_time

# Names of months by their beginnings: English and German, Romance, Nordic and Dutch, Polish and Czech, Russian and Ukrainian,
# Turkish, Hungarian, Finnish, Greek, Indonesian. The longest beginning that fits decides, so that `juil` is not `juin`.
_MONTH_NAMES = (
    "jan ene gen jän led sty янв січ oca tammi ιαν",
    "feb fev fév úno lut фев лют şub subat helmi φεβ",
    "mar mär mrz maa maar már bře бер март маар μαρ μάρ",
    "apr avr abr ápr dub kwi апр квіт nis huhti απρ",
    "may mai mag maj máj mei kvě май мая трав toukok μαϊ μαΐ μάι",
    "jun jui giu jún juin červen cze июн черв haz kesäk ιουν ιούν",
    "jul lug júl juil července červenec lip июл лип tem heinä ιουλ ιούλ",
    "aug aoû aou ago srp sie авг серп ağu agu elok agust αυγ αύγ",
    "sep set sze zář wrz сен верес eyl syysk σεπ",
    "oct okt out ott říj paź окт жовт eki loka οκτ",
    "nov lis ноя листоп kas marras νοε νοέ",
    "dec déc dez dic des pro gru дек груд ara joulu δεκ",
)
_MONTHS = {name: month for month, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_LONGEST_NAME = max(map(len, _MONTHS))

_NAME = r"(?P<{}>[^\W\d_]{{3,12}})"
_DAY = re.compile(
    r"(?<![\d.,])(?P<year>(?:19|20)\d\d)\s?(?:[-/.]\s?|[年년]\s?)(?P<month>[01]?\d)\s?(?:[-/.]\s?|[月월]\s?)(?P<day>[0-3]?\d)(?!\d|[.,]\d)"
    r"|(?<![\d.,])(?P<one>[0-3]?\d)(?P<mark>[./-])\s?(?P<two>[0-3]?\d)(?P=mark)\s?(?P<year2>(?:19|20)\d\d|(?<=\.)\d\d)(?!\d|[.,]\d)"
    rf"|(?<![\d.,])(?P<day3>[0-3]?\d)(?:st|nd|rd|th|er)?[.\s-]\s?(?:de\s|of\s)?{_NAME.format('name3')}[.,]?[\s-](?:de\s|del\s)?(?P<year3>(?:19|20)\d\d)(?!\d)"
    rf"|(?<![^\W\d_]){_NAME.format('name4')}\.?\s(?P<day4>[0-3]?\d)(?:st|nd|rd|th)?,?\s(?P<year4>(?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_CLOCK_WITHIN = 30  # characters behind a date in which its time of day stands, after a weekday, a dash or an "at"

_YEAR_FIRST = frozenset(
    f"Asia/{place}" for place in ("Seoul", "Pyongyang", "Tokyo", "Shanghai", "Urumqi", "Taipei", "Hong_Kong", "Macau")
)
"""Zones of places where 26.03.01 is the first of March."""

_ISO_HOUR = re.compile(r"\d{4}-?\d\d-?\d\dT(?!0+\D|0+$)\d{2,6}(?![\d:]).*")  # without colons
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?![\d:])")  # what systems write that keep days alone
_STAMP = re.compile(  # seconds, milliseconds, ISO 8601, 20260304102030, and what C and Java print
    r"\d{10}|\d{13}|\d{4}-\d\d-\d\dT.*|\d{8}(?:T.*|\d{4}(?:\d\d)?)?"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d (?:[A-Z]\S+ )?\d{4}"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as written: aware UTC; `date_only` where it names a day without a time of day."""

    at: datetime
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class TimeReader:
    """Reads times as one outlet writes them. `zone`: IANA, of times that name none; `month_first`: 1/2 is in January."""

    zone: str
    month_first: bool = False

    def read(self, text: str) -> Iterator[Moment]:
        """Yield the times that a text names, in its order."""
        text = write_plainly(text.strip(), self.zone)
        for mark in [text] if _STAMP.fullmatch(text) else self._find_day_marks(text):
            if at := parse_feed_time(mark, zone=self.zone):
                yield Moment(at, date_only=not tells_time(mark))

    def _find_day_marks(self, text: str) -> Iterator[str]:
        return find_day_marks(text, month_first=self.month_first, year_first=self.zone in _YEAR_FIRST)

    def names_day(self, text: str) -> bool:
        """Whether a text names a day, be it one that no calendar has."""
        return bool(_DAY.search(write_plainly(text, self.zone)))

    def local_day(self, at: datetime) -> str:
        """The day of a time where the outlet is, as `2026-03-01`."""
        return f"{at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d}"


def tells_time(mark: str) -> bool:
    """Whether a date tells a time of day too; a midnight is what systems write that keep days alone."""
    if mark.isdecimal():  # 20260301 is a day, and with zeros behind it, too
        return len(mark) in {10, 13} or bool(mark[8:].strip("0"))
    return bool(_ISO_HOUR.fullmatch(mark)) or bool(find_clock(mark) and not _MIDNIGHT.search(mark))


def find_day_marks(line: str, *, month_first: bool = False, year_first: bool = False) -> Iterator[str]:
    """Yield the dates of a line as `2026-03-01`, each with what follows it, where its time of day may stand.

    `month_first`: 1/2/2026 is the second of January. `year_first`: 26.03.01 is the first of March 2026.
    """
    found = list(_DAY.finditer(line))
    for one, after in zip_longest(found, found[1:]):
        if day := _write_day(one, month_first=month_first, year_first=year_first):
            end = min(one.end() + _CLOCK_WITHIN, after.start() if after else len(line))
            yield day + line[one.end() : end].rstrip()


def _write_day(found: re.Match[str], *, month_first: bool, year_first: bool) -> str | None:
    if found["year"]:
        return _write(found["year"], int(found["month"]), found["day"])
    if found["year2"]:
        one, two, three = found["one"], found["two"], found["year2"]
        if year_first and len(one) == len(three) and (day := _write(one, int(two), three)):
            return day
        days = [_write(three, int(two), one), _write(three, int(one), two)]
        return (days[1] or days[0]) if month_first and found["mark"] == "/" else (days[0] or days[1])
    if found["year3"]:
        return _write(found["year3"], _read_month(found["name3"]), found["day3"])
    return _write(found["year4"], _read_month(found["name4"]), found["day4"])


def _read_month(name: str) -> int:
    """The number of a month, 0 for a word that is none."""
    word = name.lower()
    return next((_MONTHS[word[:end]] for end in range(_LONGEST_NAME, 2, -1) if word[:end] in _MONTHS), 0)


def _write(year: str, month: int, day: str) -> str | None:
    try:
        return date(int(year if len(year) > 2 else f"20{year}"), month, int(day)).isoformat()  # noqa: PLR2004
    except ValueError:
        return None
