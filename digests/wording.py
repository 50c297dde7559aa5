"""The sentences of a digest: times, figures, shortened quotes, language names. Plain English, no locale."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from news.digests import BlindSource

_REASON_COLUMNS = 60
"""The first clause says what happened; remedies are the operator's, and the doctor's."""

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


# A comma before a digit belongs to a number; CJK marks need no space.
_CLAUSE_END = re.compile(r"[,;:](?=\s)|\s[-–—]\s|[，、；：。]")

_HANGING = {
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "her", "his", "in", "into", "its", "of", "on", "or", "over",
    "than", "that", "the", "their", "to", "which", "who", "with",
}  # fmt: skip
"""Words that promise another: a piece of a sentence does not end in one."""


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


def say_day_alone(at: datetime, zone: str, now: datetime) -> str:
    """Say the day of a report whose paper gives no time of day: `Tue, time not given`."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{_say_day(there, (now.astimezone(ZoneInfo(zone)).date() - there.date()).days)}, time not given"


def say_blind(source: BlindSource, reader_zone: str, now: datetime) -> str:
    """Say what may be missing, since when and why: `Harbour Post (since Mon 21:40: the server answered 503)`."""
    reason = shorten(clean_text(source.reason).partition(": ")[0], _REASON_COLUMNS)
    since = ""
    if source.since_at:
        here = source.since_at.astimezone(ZoneInfo(reader_zone))
        age = (now.astimezone(ZoneInfo(reader_zone)).date() - here.date()).days
        since = f"since {f'{_say_day(here, age)} ' if age else ''}{here:%H:%M}"
    said = ": ".join(part for part in (since, reason) if part)
    return f"{clean_text(source.name)} ({said})" if said else clean_text(source.name)


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
    cut = _cut(text, columns)
    space = cut.rfind(" ")
    if not text[len(cut) : len(cut) + 1].isspace() and space > len(cut) * 2 // 3:
        cut = cut[:space]
    return f"{cut.rstrip()}…"


def shorten_at_clause(text: str, columns: int) -> str:
    """Shorten a sentence to at most `columns` where a clause ends in its second half, else before a word that hangs."""
    if measure(text) <= columns:
        return text
    ends = [found.start() for found in _CLAUSE_END.finditer(_cut(text, columns))]
    if ends and ends[-1] >= len(_cut(text, columns)) // 2:
        return f"{text[: ends[-1]].rstrip()}…"
    words = shorten(text, columns).removesuffix("…").split(" ")
    while len(words) > 1 and words[-1].casefold() in _HANGING:
        words.pop()
    return f"{' '.join(words)}…"


def _cut(text: str, columns: int) -> str:
    """Cut text to at most `columns`, one of them kept for an ellipsis."""
    used = 1
    for at, character in enumerate(text):
        used += measure(character)
        if used > columns:
            return text[:at]
    return text
