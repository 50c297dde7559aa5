"""The sentences of a digest: times, figures, shortened quotes, language names. Plain English, no locale."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_LANGUAGES = {
    "en": "English", "zh": "Chinese", "zh-hans": "Chinese", "zh-hant": "Chinese (trad.)", "ko": "Korean",
    "ja": "Japanese", "ar": "Arabic", "he": "Hebrew", "fa": "Persian", "ru": "Russian", "de": "German",
    "fr": "French", "es": "Spanish", "vi": "Vietnamese", "mn": "Mongolian", "th": "Thai",
}  # fmt: skip


_MARKS_OF_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They could turn the text behind a headline around; renderings set the direction of each headline themselves."""


def clean_text(text: str) -> str:
    """Join text to one line without control characters, which XML and headers cannot hold, and marks of direction."""
    return " ".join("".join(" " if _is_control(character) else character for character in text).split())


def _is_control(character: str) -> bool:
    return character in _MARKS_OF_DIRECTION or unicodedata.category(character) in {"Cc", "Cs", "Cn"}


def name_language(code: str | None) -> str:
    """Name a language for people: `ko` is Korean; an unknown code is shown as it is, none at all as `?`."""
    if not code:
        return "?"
    lower = code.lower()
    return _LANGUAGES.get(lower) or _LANGUAGES.get(lower.partition("-")[0]) or code


def is_read(language: str | None, languages: Iterable[str]) -> bool:
    """Whether a reader of `languages` reads `language`; `zh` reads both scripts, an unknown language is taken as read."""
    if not language:
        return True
    lower = language.lower()
    return any(lower == known.lower() or lower.partition("-")[0] == known.lower() for known in languages)


def say_date(at: datetime, zone: str) -> str:
    """Say the day in a zone: `Monday, 5 January 2026`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year}"


def say_both_times(at: datetime, zone: str, reader_zone: str, now: datetime) -> str:
    """Say a moment where it happened and where the reader is: `21:40 Seoul, 13:40 Berlin`; once where clocks agree.

    The weekday is named where the moment is not today on both clocks, the date where it is a week or more ago.
    """
    there, here = at.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(reader_zone))
    today = now.astimezone(ZoneInfo(reader_zone)).date()
    age = (today - here.date()).days
    day_there = "" if there.date() == here.date() == today else f"{_say_day(there, age)} "
    said = f"{day_there}{there:%H:%M} {_name_place(zone)}"
    if there.utcoffset() == here.utcoffset():
        return said
    day_here = "" if there.date() == here.date() else f"{_say_day(here, age)} "
    return f"{said}, {day_here}{here:%H:%M} {_name_place(reader_zone)}"


def _say_day(local: datetime, age: int) -> str:
    return DAYS[local.weekday()][:3] if age < len(DAYS) else f"{local.day} {MONTHS[local.month - 1][:3]}"


def _name_place(zone: str) -> str:
    return "UTC" if zone in {"UTC", "Etc/UTC"} else zone.rpartition("/")[2].replace("_", " ")


def count(number: int, noun: str) -> str:
    """Say a number with its noun: `1 story`, `2 stories`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def join_words(words: Iterable[str], conjunction: str = "and") -> str:
    """Join words as a sentence does: `a`, `a and b`, `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def measure(text: str) -> int:
    """Measure text in columns: a wide character, as CJK has, takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def shorten(text: str, columns: int) -> str:
    """Shorten text to at most `columns`, at a space where there is one near, with an ellipsis."""
    if measure(text) <= columns:
        return text
    kept, used = 0, 1  # one column for the ellipsis
    for character in text:
        used += measure(character)
        if used > columns:
            break
        kept += 1
    cut = text[:kept]
    space = cut.rfind(" ")
    if not text[kept : kept + 1].isspace() and space > kept * 2 // 3:
        cut = cut[:space]
    return f"{cut.rstrip()}…"
