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
    if text.isascii():
        folded = text.lower()
        return Folded(folded if folded.isprintable() else folded.translate(_table()))
    folded = text.translate(_table())
    return Folded(folded) if _ODD not in folded else _fold_apart(text)


def _fold_apart(text: str) -> Folded:
    """Fold a text that holds characters which change its length."""
    table, parts = _table(), list[str]()
    starts, ends = list[int](), list[int]()

    def keep(start: int, end: int) -> None:
        parts.append(text[start:end].translate(table))
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))

    done = 0
    for odd in _odd_cluster().finditer(text):
        keep(done, odd.start())
        composed = unicodedata.normalize("NFKC", _without_invisible(odd[0])).translate(table).replace(_ODD, "")
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
    longer = "".join(re.escape(chr(code)) for code, to in _table().items() if to == _ODD)
    return re.compile(f"(?:{_JAMO}|.)[{_MARKS}]+|{_JAMO}|[{longer}]", re.DOTALL)


@cache
def _table() -> dict[int, str]:
    """Map every code point of the Basic Multilingual Plane that folding changes. Built once a process, in about 40 ms."""
    table = {code: to for code in range(0x10000) if (to := _fold_one(chr(code))) != chr(code)}
    han = [chr(code) for code in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00))]
    simple = zhconv_rs.zhconv("\n".join(table.get(ord(one), one) for one in han), "zh-hans").split("\n")
    table |= {ord(one): to for one, to in zip(han, simple, strict=True) if one != to}
    return table | {ord(one): to for to, alike in _ALIKE.items() for one in alike if one != to}


def _fold_one(one: str) -> str:
    """Fold a character by itself, or say that it cannot be."""
    if "\uac00" <= one <= "\ud7a3" or "\ud800" <= one <= "\udfff":
        return one
    if _INVISIBLE_ONE.match(one) or re.match(_JAMO, one):
        return _ODD
    normal = unicodedata.normalize("NFKC", one)
    lower = normal.lower()
    folded = lower if len(lower) == len(normal) else normal
    return folded if len(folded) == 1 else _ODD
