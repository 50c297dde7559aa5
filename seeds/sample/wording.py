"""Days as papers write them, counted from the edition's moment: a text says `{day}`, the reader sees `Monday` or `5일`."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""English names of our own, because strftime's follow the machine's locale."""

_MARK = re.compile(r"\{(day|date)(?::([a-z-]+))?([+-]\d+)?\}")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def fill_days(text: str, language: str, days: Mapping[str, date], usual: str) -> str:
    """Put days in place of marks: `{day}` and `{date}` of the `usual` anchor, `{day:ANCHOR}`, `{date:ANCHOR+1}`.

    Anchors are the edition's events and `published`. A mark that names none of them is a `KeyError`, our own slip.
    """

    def tell(mark: re.Match[str]) -> str:
        day = days[mark[2] or usual] + timedelta(days=int(mark[3] or 0))
        return tell_day(day, language) if mark[1] == "day" else tell_date(day, language)

    return _MARK.sub(tell, text)


def tell_day(day: date, language: str) -> str:
    """Say a near day as a paper does within its text: `Monday`, `5일`, `5日`."""
    if language == "en":
        return _WEEKDAYS[day.weekday()]
    return f"{day.day}일" if language == "ko" else f"{day.day}日"


def tell_date(day: date, language: str) -> str:
    """Say a day with its month: `January 5`, `1월 5일`, `1月5日`."""
    if language == "en":
        return f"{MONTHS[day.month - 1]} {day.day}"
    return f"{day.month}월 {day.day}일" if language == "ko" else f"{day.month}月{day.day}日"


def widen_digits(text: str) -> str:
    """Write digits at full width, as many Japanese papers do."""
    return text.translate(_WIDE)
