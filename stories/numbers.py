"""Numbers of a text as figures that are the same in every language: 1.6만, 1万6000, 16,000 and sixteen thousand."""

import re
from collections.abc import Iterator

_SCALES = {
    "thousand": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "bln": 1e9, "b": 1e9,
    "trillion": 1e12, "tn": 1e12, "tr": 1e12, "백": 1e2, "百": 1e2, "천": 1e3, "千": 1e3, "만": 1e4, "万": 1e4,
    "억": 1e8, "亿": 1e8, "億": 1e8, "조": 1e12, "兆": 1e12,
}  # fmt: skip
_UNDER_TWENTY = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: n for n, word in enumerate(_UNDER_TWENTY.split(), start=2)}
_WORDS |= {word: 10 * n for n, word in enumerate(_TENS.split(), start=2)}

_LONG = "thousand|million|billion|trillion|bln|mn|bn|tn|tr|[mb](?![a-z])"
_PART = rf"\d+(?:,\d{{3}})*(?:\.\d+)?\s?(?:(?:{_LONG})|[천만억조백千万亿億兆百]{{0,2}})"
_NUMBER = re.compile(rf"(?<![a-z\d.])((?:{_PART})+)\s?(%|퍼센트|percent|월|年|년|月|日|일|시|時|时)?", re.IGNORECASE)
_PIECE = re.compile(rf"(\d+(?:,\d{{3}})*(?:\.\d+)?)\s?({_LONG}|[천만억조백千万亿億兆百]{{0,2}})", re.IGNORECASE)
_SPELT = re.compile(rf"\b({'|'.join(_WORDS)})(?:-({'|'.join(list(_WORDS)[:8])}))?(?: (thousand|million|billion))?\b")
_DATED = re.compile(
    r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.? (\d{1,2})(?:-(\d{1,2}))?\b", re.IGNORECASE
)
_DAYS = re.compile(r"(\d{1,2})(?:일|日)?[~∼〜～-](\d{1,2})(?:일|日)")
_CLOCK = {"월", "月", "年", "년", "시", "時", "时"}
_YEARS = range(1900, 2100)


def find_figures(text: str) -> Iterator[str]:
    """Yield the figures of a text: `n:16000`, `n:12%`, and `d:4` for the fourth day of a month.

    Years, months and hours are left out: they are in every report. Figures keep three digits, as headlines do.
    """
    low = text.lower().replace("，", ",")
    for dated in (*_DATED.finditer(low), *_DAYS.finditer(low)):
        yield from (f"d:{int(day)}" for day in dated.groups() if day)
    rest = _DAYS.sub(" ", _DATED.sub(" ", low))
    for number in _NUMBER.finditer(rest):
        yield from _name_figure(number[1].strip(), number[2] or "")
    for spelt in _SPELT.finditer(rest):
        value = _WORDS[spelt[1]] + _WORDS.get(spelt[2] or "", 0)
        yield _keep_three(value * _SCALES.get(spelt[3] or "", 1))


def _name_figure(written: str, unit: str) -> Iterator[str]:
    if unit in {"日", "일"}:
        if written.isdigit() and int(written) <= 31:  # noqa: PLR2004 (days of a month)
            yield f"d:{int(written)}"
    elif unit not in _CLOCK:
        value = _add_up(written)
        if unit:
            yield f"n:{value:.3g}%"
        elif not (written.isdigit() and int(value) in _YEARS):
            yield _keep_three(value)


def _add_up(written: str) -> float:
    """Return the value of a number whose parts descend: 4조2천억 is 4e12 + 2e11."""
    total = 0.0
    for digits, scales in _PIECE.findall(written):
        value = float(digits.replace(",", ""))
        if scales in _SCALES:
            value *= _SCALES[scales]
        else:
            for scale in scales:
                value *= _SCALES[scale]
        total += value
    return total


def _keep_three(value: float) -> str:
    return f"n:{float(f'{value:.3g}'):.15g}"
