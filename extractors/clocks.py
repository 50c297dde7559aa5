"""The time of day in a text, as feeds and pages write it in our four languages: `14:05`, `9 a.m.`, `오후 3시`, `晚上8点30分`.

An hour up to twelve means what the part of the day before it, or the `p.m.` behind it, makes of it. An hour may stand
alone only where something says that it is one, and the last number of a date is none.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

_MORNING = frozenset(
    ["am", "오전", "새벽", "아침", "上午", "早上", "早晨", "清晨", "凌晨", "早", "午前", "未明", "早朝", "朝"]
)
_NOON = frozenset(["낮", "정오", "中午", "正午", "昼"])
_AFTERNOON = frozenset(["pm", "오후", "저녁", "下午", "午后", "傍晚", "午後", "夕方"])
_NIGHT = frozenset(["밤", "심야", "晚上", "晚间", "晚間", "晚", "深夜", "夜间", "夜間", "夜"])
_HALF_DAY = 12
_NIGHT_FROM = 5  # 밤 5시 is an hour of the evening, 밤 4시 one after midnight
_NOON_UNTIL = 6  # 낮 5시 is an hour of the afternoon, 낮 11시 one of the morning

_WORDS = "|".join(sorted((_MORNING | _NOON | _AFTERNOON | _NIGHT) - {"am", "pm"}, key=len, reverse=True))
_CLOCK = re.compile(
    rf"(?:(?P<part>(?<![^\W\d_])[ap]\.?m\.?|{_WORDS})\s?)?(?<![\d:])(?P<hour>[012]?\d)"
    r"(?:(?:[:：](?P<minute>[0-5]?\d)(?!\d)|[시時时点點]\s?(?P<minute2>[0-5]?\d(?=\s?[분分])|[0-5]\d(?!\d)))"
    r"(?:(?:[:：]|\s?[분分]\s?)(?P<second>[0-6]\d(?!\d))?(?:[.,]\d+)?[초秒]?)?"
    r"|(?<![-./]\d)(?<![-./]\d\d)(?:[시時时](?![간間间代])|[点點](?(part)|(?=[半整钟鐘\s,，。]|$)))(?:\s?(?P<half>[반半]))?"
    r"|(?=\s?[ap]\.?m\b(?!\.?\s?\d)))"
    r"(?P<part2>\s?[ap]\.?m\b\.?)?(?P<rest>.*)"
    r"|(?P<word>정오|正午|자정)(?P<rest2>.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day by how long its day has lasted (24 hours and more: it is in the next), and what stands behind it."""

    since_midnight: timedelta
    rest: str


def find_clock(text: str) -> Clock | None:
    """Find the first time of day in a text that is little more than a time."""
    found = _CLOCK.search(text)
    if found is None:
        return None
    if word := found["word"]:
        return Clock(timedelta(hours=0 if word == "자정" else _HALF_DAY), found["rest2"])
    minute = found["minute"] or found["minute2"] or (30 if found["half"] else 0)
    hour = _read_hour(int(found["hour"]), found["part"] or found["part2"])
    ahead = timedelta(hours=hour, minutes=int(minute), seconds=int(found["second"] or 0))
    return Clock(ahead, found["rest"])


def _read_hour(hour: int, written: str | None) -> int:
    """The hour of the day; twelve at night is the end of the day that is named."""
    if not written or hour > _HALF_DAY:
        return hour
    part = written.strip().replace(".", "").lower()
    if part in _NIGHT:
        return hour + _HALF_DAY if hour >= _NIGHT_FROM else hour
    if part in _NOON:
        return hour + _HALF_DAY if 0 < hour < _NOON_UNTIL else hour
    return hour % _HALF_DAY + (_HALF_DAY if part in _AFTERNOON else 0)
