"""Dates of East Asia that do not count our years in our digits, written so that they do.

`令和8年1月5日`, `民國115年1月5日` and Taiwan's bare `115-01-05`, `주체115(2026)년 1월 5일`, `２０２６年１月５日`,
`二〇二六年一月五日`.
Texts that hold none are most, and cost next to nothing.
"""

import re

# What is added to the years that count from an emperor, from the Republic, or in North Korea from Kim Il Sung's birth.
_ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911, "주체": 1911}
_ERA_YEAR = re.compile(
    r"(?P<era>令和|平成|民國|民国|주체)\s?(?P<year>元|\d{1,3})(?:\s?[(（]\d{4}[)）])?(?=\s?[年년./-])"
)
# It begins with one character, and looks back after it: ten times as fast.
_BARE_ERA_YEAR = re.compile(r"1(?<![\d./-]1)[0-4]\d(?=([-/.])\d{1,2}\1\d{1,2}(?![\d./-])|\s?年\s?\d{1,2}\s?月)")

_WIDE_DIGIT = re.compile("[０-９]")
_WIDE = str.maketrans("０１２３４５６７８９：．／－", "0123456789:./-")

_NUMBERS = "〇○零一二三四五六七八九"
_DIGITS = {**dict.fromkeys("〇○零", 0), **{digit: value for value, digit in enumerate("一二三四五六七八九", start=1)}}
_WRITTEN_DAY = re.compile(rf"([{_NUMBERS}十元]{{1,4}})年([{_NUMBERS}十]{{1,3}})月([{_NUMBERS}十]{{1,3}})日")

_SIGN = re.compile(r"[０-９]{2}|(?:令和|平成|民[國国]|주체)\s?[\d元一-九]|[一二][〇○零九]")


def may_name_year(line: str) -> bool:
    """Whether a line may hold a year in one of these forms."""
    return bool(_BARE_ERA_YEAR.search(line) or (not line.isascii() and _SIGN.search(line)))


def write_plainly(text: str, zone: str | None) -> str:
    """Write the dates of a text with our years and digits; `zone` is the outlet's, as only Taiwan writes 115-01-05."""
    if not text.isascii():
        if _WIDE_DIGIT.search(text):
            text = text.translate(_WIDE)
        if "年" in text:
            text = _WRITTEN_DAY.sub(_write_day, text)
        text = _ERA_YEAR.sub(_write_year, text)
    if zone == "Asia/Taipei":
        text = _BARE_ERA_YEAR.sub(lambda year: str(int(year[0]) + _ERAS["民國"]), text)
    return text


def _write_day(found: re.Match[str]) -> str:
    year, month, day = (_write_number(number) for number in found.groups())
    return f"{year}年{month}月{day}日"


def _write_number(written: str) -> str:
    """Write 二〇二六 as 2026, 十 as 10 and 二十一 as 21; 元, the first year of an era, stays."""
    if written == "元":
        return written
    tens, ten, ones = written.rpartition("十")
    if not ten:
        return "".join(str(_DIGITS[digit]) for digit in written if digit != "元")
    return str(10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0))


def _write_year(found: re.Match[str]) -> str:
    return str(_ERAS[found["era"]] + (1 if found["year"] == "元" else int(found["year"])))
