"""Feed times: the formats that feeds really use, to aware UTC.

A time without a zone is the outlet's local time where the outlet's zone is known (Korean feeds write
`2024-03-01 09:30:00` and mean Seoul), else UTC. An abbreviation that is the outlet's own (`CST` in Shanghai, in Chicago)
is the outlet's zone, and `CST` is China's wherever the clocks show China's time; otherwise it is read as RFC 822 has it, with
the names of East Asia and Europe added.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import product
from zoneinfo import ZoneInfo

from extractors.clocks import find_clock
from extractors.eras import write_plainly

# First three letters; French, German, Spanish, Italian, Portuguese, Greek and Hungarian where they differ from English.
_MONTH_NAMES = (
    "jan ene gen ιαν",
    "feb fev fév feb φεβ",
    "mar mär mrz már μαρ μάρ",
    "apr avr abr ápr απρ",
    "may mai mag maj máj μαϊ μάι μαι",
    "jun jui giu jún ιουν ιούν",
    "jul lug júl ιουλ ιούλ",
    "aug aoû ago αυγ αύγ",
    "sep set sze σεπ",
    "oct okt out ott οκτ",
    "nov νοε νοέ",
    "dec déc dez dic δεκ",
)
_MONTHS = {name: month for month, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_LONGER = {"juil": 7, "ιουν": 6, "ιούν": 6, "ιουλ": 7, "ιούλ": 7}  # three letters do not tell these apart

_ZONES_BY_HOUR = {
    -8: "pst pt",
    -7: "pdt mst mt",
    -6: "mdt cst ct",
    -5: "cdt est et",
    -4: "edt ast",
    -3: "adt",
    0: "ut utc gmt z wet",
    1: "bst west cet met",
    2: "cest mest eet",
    3: "eest msk",
    5: "pkt",
    5.5: "ist",
    7: "ict wib",
    8: "hkt sgt pht awst",
    9: "jst kst",
    10: "aest",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
}
_HOURS_AHEAD = {name: hours for hours, names in _ZONES_BY_HOUR.items() for name in names.split()}

_CHINAS_HOURS = timedelta(hours=8)
_BY_CHINAS_CLOCK = {"Asia/Urumqi", "Asia/Kashgar"}  # two hours behind, but who writes CST there means Beijing's

_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})\s?[-/.年년 ]\s?(?P<month>\d{1,2}(?![\d:])|[^\W\d_]{3,12})(?:\s?[-/.月월 ]\s?(?P<day>\d{1,2})(?![\d:]))?"
)
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?[ -]+(?P<month>[^\W\d_]{3,12})\.?,?[ -]+(?P<year>\d{4}|\d\d)(?!\d|:)"
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[^\W\d_]{3,12})\.? (?P<day>\d{1,2})(?:, ?| )(?:\d[\d:]+ (?:[a-zA-Z]+ )?)?(?P<year>\d{4})(?!\d|:)"
)
_OFFSET = re.compile(r"\s*(?:GMT|UTC)?\s*(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?", re.IGNORECASE)
_ABBREVIATION = re.compile(r"\s*\(?(?:etc/)?(?P<name>[a-z]{1,5})\b", re.IGNORECASE)

# What nine feeds in ten write: `Fri, 01 Mar 2024 09:30:00 +0900`. Put into the order of ISO 8601, Python reads it in C.
_USUAL_MONTHS = {f" {name.title()} ": f"-{number:02}-" for name, number in _MONTHS.items() if name.isascii()}
_NO_OFFSET = dict.fromkeys((" GMT", " UTC", " Z"), "+00:00")

# Two-digit years: 90 to 99 are the 1990s, as feeds are no older.
_FIRST_FEED_YEAR = 90

# What programs write for "no date": the Unix epoch and earlier zero dates.
_NO_DATE_BEFORE = datetime(1970, 1, 2, tzinfo=UTC)

_LONGEST = 80  # characters; a longer text is prose, not a time


def parse_feed_time(text: str, *, zone: str | None = None) -> datetime | None:
    """Read a feed's time as aware UTC; None when it is none, or the zero date of the program that wrote it.

    `zone` is the outlet's IANA zone, for times that name none.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        at = _read_usual(text, zone) or _read_time(" ".join(text.split()), zone)
    except (ValueError, OverflowError, KeyError):  # a 31 February, an hour 25, the year 0, a month Foo
        return None
    return at if at and at >= _NO_DATE_BEFORE else None


def _read_usual(text: str, zone: str | None) -> datetime | None:
    """Read the usual forms that name their zone; None for another, also for their own oddities such as an hour 24."""
    ordered = text if text[10:11] == "T" else _order_usual(text, zone)
    try:
        at = datetime.fromisoformat(ordered)
    except ValueError:
        return None
    if at.tzinfo is UTC:
        return at
    return at.astimezone(UTC) if at.tzinfo else None


def _order_usual(text: str, zone: str | None) -> str:
    """Put `Fri, 1 Mar 2024 09:30:00 +0900` into the order of ISO 8601; empty for what is not of this form."""
    if text[6:7] == " ":  # a day of one digit
        text = f"{text[:5]}0{text[5:]}"
    month, ahead = _USUAL_MONTHS.get(text[7:12]), text[25:]
    if month is None or text[3:5] != ", ":
        return ""
    offset = _NO_OFFSET.get(ahead) or _name_offsets(zone).get(ahead, ahead[1:])
    return f"{text[12:16]}{month}{text[5:7]}{text[16:25]}{offset}"


@lru_cache(maxsize=64)
def _name_offsets(zone: str | None) -> dict[str, str]:
    """The abbreviations that mean the same whatever the date for an outlet in this zone, by their offsets in ISO 8601."""
    own = _list_own_names(zone) if zone else {}
    return {
        f" {name.upper()}": f"{hours:+03.0f}:00"
        for name, hours in _list_hours_ahead(zone).items()
        if hours == int(hours) and own.get(name, {hours}) == {hours}
    }


@lru_cache(maxsize=64)
def _list_hours_ahead(zone: str | None) -> Mapping[str, float]:
    """Abbreviations as an outlet in this zone means them: CST is China's wherever the clocks show China's time."""
    noon = datetime(2020, 1, 1, 12, tzinfo=_find_local(zone))  # of any day: none of these clocks has a summer
    is_chinas = zone in _BY_CHINAS_CLOCK or noon.utcoffset() == _CHINAS_HOURS
    return {**_HOURS_AHEAD, "cst": 8} if is_chinas else _HOURS_AHEAD


def _list_own_names(zone: str) -> dict[str, set[float]]:
    """What a zone calls its winters and summers since there are feeds, with the hours that they are ahead of UTC."""
    own = dict[str, set[float]]()
    for year, month in product(range(1990, 2050), (1, 7)):
        at = datetime(year, month, 1, tzinfo=ZoneInfo(zone))
        own.setdefault((at.tzname() or "").lower(), set()).add((at.utcoffset() or timedelta()) / timedelta(hours=1))
    return own


def _read_time(text: str, zone: str | None) -> datetime | None:
    if text.isdecimal() and len(text) in {10, 13}:  # seconds or milliseconds since 1970
        return datetime.fromtimestamp(int(text[:10]), UTC)
    if text.isdecimal() and len(text) in {12, 14}:  # 20260304102030
        text = f"{text[:8]}T{text[8:]}"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        found = _read_loosely(write_plainly(text, zone), zone)
        return found and found.astimezone(UTC)
    return (at if at.tzinfo else at.replace(tzinfo=_find_local(zone))).astimezone(UTC)


def _find_local(zone: str | None) -> tzinfo:
    return ZoneInfo(zone) if zone else UTC


def _read_loosely(text: str, zone: str | None) -> datetime | None:
    day = _find_day(text)
    if day is None:
        return None
    clock = find_clock(text)
    if clock is None:
        return day.replace(tzinfo=_find_local(zone))
    at = day + clock.since_midnight
    return at.replace(tzinfo=_find_zone(clock.rest, at, zone))


def _find_day(text: str) -> datetime | None:
    for pattern in (_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST):
        if (found := pattern.search(text)) and (month := _read_month(found["month"])):
            year = int(found["year"])
            if year < 100:  # noqa: PLR2004 - a two-digit year
                year += 1900 if year >= _FIRST_FEED_YEAR else 2000
            return datetime(year, month, int(found["day"] or 1))  # noqa: DTZ001 - its zone stands behind the clock
    return None


def _read_month(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    name = text.lower()
    return _LONGER.get(name[:4]) or _MONTHS.get(name[:3])


def _find_zone(rest: str, at: datetime, zone: str | None) -> tzinfo:
    """The zone named after a clock time; the outlet's own where none is named or the name is unknown."""
    if offset := _OFFSET.match(rest):
        ahead = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(-ahead if offset["sign"] == "-" else ahead)
    named = _ABBREVIATION.match(rest)
    name, local = named["name"].lower() if named else "", _find_local(zone)
    hours = _list_hours_ahead(zone).get(name)
    if hours is None or name == (local.tzname(at) or "").lower():
        return local
    return timezone(timedelta(hours=hours))
