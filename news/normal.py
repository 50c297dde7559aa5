"""Text as matching sees it: width, case, script, quotes and spaces folded, with offsets back to the original.

Folding is one character for one wherever it can be, so that offsets stay what they were; the few characters that NFKC
lengthens, composes or that nobody sees are folded apart, and only a text that holds one carries a table of offsets.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import zhconv_rs

_ODD = "\ue000"
"""Stands for a character that cannot be folded alone; from the private use area, so no text means it."""

_MARKS = "\u0300-\u036f\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f"
_FEW = 16
"""Up to so many different characters, replacing them one by one is faster than translating the whole text."""

_JAMO = "[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*"
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"

_INVISIBLE_ONE = re.compile(f"[{_INVISIBLE}{_MARKS}]")
_ALIKE = {
    "'": "‘’‚‛′`´＇",
    '"': "“”„‟″＂«»",
    "-": "‐‑‒–—―−﹣－",
    "·": "・‧•･ㆍᆞ∙⋅",
    " ": "\t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u3000",
    "…": "…‥",
    "σ": "ς",
}
"""Characters that print alike or mean the same to a matcher, by the one they become."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `starts` and `ends` give each character's place in the original; None where places are the same."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that `text[start:end]` was folded from; `start < end`."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold_text(text: str) -> Folded:
    """Fold a text: NFKC, lower case, Traditional to Simplified Han, and one form of quotes, hyphens, dots and spaces."""
    table = _table()
    lower = text.replace("İ", "I").lower()  # the one letter whose lower case is longer
    special = table.keys() & set(lower)
    if any(table[one] == _ODD for one in special):
        return _fold_apart(text)
    if len(special) > _FEW:
        return Folded(lower.translate(_by_code()))
    for one in special:
        lower = lower.replace(one, table[one])
    return Folded(lower)


def _fold_apart(text: str) -> Folded:
    """Fold a text that holds characters which change its length."""
    table, parts = _by_code(), list[str]()
    starts, ends = list[int](), list[int]()

    def keep(start: int, end: int) -> None:
        parts.append(text[start:end].replace("İ", "I").lower().translate(table))
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))

    done = 0
    for odd in _odd_cluster().finditer(text):
        keep(done, odd.start())
        composed = unicodedata.normalize("NFKC", _without_invisible(odd[0])).lower().translate(table).replace(_ODD, "")
        parts.append(composed)
        starts.extend([odd.start()] * len(composed))
        ends.extend([odd.end()] * len(composed))
        done = odd.end()
    keep(done, len(text))
    return Folded("".join(parts).replace(_ODD, " "), starts, ends)


def _without_invisible(cluster: str) -> str:
    return re.sub(f"[{_INVISIBLE}\ufe00-\ufe0f]", "", cluster)


@cache
def _odd_cluster() -> re.Pattern[str]:
    longer = "".join(re.escape(one) for one, to in _table().items() if to == _ODD)
    return re.compile(f"(?:{_JAMO}|.)[{_MARKS}]+|{_JAMO}|[{longer}]", re.DOTALL)


@cache
def _by_code() -> dict[int, str]:
    return {ord(one): to for one, to in _table().items()}


@cache
def _table() -> dict[str, str]:
    """Map every lower-case character of the Basic Multilingual Plane that folding changes.

    Built once a process, in about 60 ms. What a character becomes is never itself a key, so that folding twice is
    folding once, and characters may be replaced in any order.
    """
    table = {one: to for one in map(chr, range(0x10000)) if (to := _fold_one(one)) != one and one == one.lower()}
    han = [chr(code) for code in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00))]
    simple = zhconv_rs.zhconv("\n".join(table.get(one, one) for one in han), "zh-hans").split("\n")
    table |= {one: to for one, to in zip(han, simple, strict=True) if one != to}
    table |= {one: to for to, alike in _ALIKE.items() for one in alike}
    return {one: end for one, to in table.items() if (end := _follow(table, to)) != one}


def _follow(table: dict[str, str], one: str) -> str:
    seen: set[str] = set()
    while one in table and one not in seen:
        seen.add(one)
        one = table[one]
    return one


def _fold_one(one: str) -> str:
    """Fold a character by itself, or say that it cannot be."""
    if "\uac00" <= one <= "\ud7a3" or "\ud800" <= one <= "\udfff":
        return one
    if _INVISIBLE_ONE.match(one) or re.match(_JAMO, one):
        return _ODD
    folded = unicodedata.normalize("NFKC", one).lower()
    return folded if len(folded) == 1 else _ODD
