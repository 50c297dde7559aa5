"""Text as matching sees it: width, case, script, quotes and spaces folded, with offsets back to the original.

Folding is one character for one wherever it can be, so that offsets stay what they were; the few characters that NFKC
lengthens, composes or that nobody sees are folded apart, and only a text that holds one carries a table of offsets.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import zhconv_rs

_ODD = "\ue000"
"""Stands for a character that cannot be folded alone; from the private use area, so no text means it."""

_MARKS = "\u0300-\u036f\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f"
_FEW = 16
"""Up to so many different characters, replacing them one by one is faster than translating the whole text."""

_JAMO = "[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*"
_JAMO_LETTERS = tuple(map(chr, (*range(0x3131, 0x3164), *range(0x3165, 0x318F))))
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"

_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
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
    """A folded text, and from where on its places differ from the original's.

    From the place `at[n]` on to the next, characters stand `shifts[n]` further on in the original; where `spans[n]` is not 0,
    they all come from one cluster of so many. Without `at`, places are the same.
    """

    text: str
    at: Sequence[int] = ()
    shifts: Sequence[int] = ()
    spans: Sequence[int] = ()

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that `text[start:end]` was folded from; `start < end`."""
        return (self._find(start)[0], self._find(end - 1)[1]) if self.at else (start, end)

    def _find(self, place: int) -> tuple[int, int]:
        """The span of the original that one character was folded from."""
        piece = bisect_right(self.at, place) - 1
        if span := self.spans[piece]:
            start = self.at[piece] + self.shifts[piece]
            return start, start + span
        start = place + self.shifts[piece]
        return start, start + 1


def fold_text(text: str) -> Folded:
    """Fold a text: NFKC, lower case, Traditional to Simplified Han, and one form of quotes, hyphens, dots and spaces."""
    if text.isascii():
        return Folded(text.lower().translate(_by_code()))
    simple, is_whole = _fold_singly(text)
    return Folded(simple) if is_whole else _fold_apart(text, simple)


def _fold_singly(text: str) -> tuple[str, bool]:
    """Fold each character by itself, so that places stay, and tell whether that is all that there is to fold."""
    table = _table()
    lower = text.replace("İ", "I").lower()  # the one letter whose lower case is longer
    special = table.keys() & set(_BEYOND_ASCII.findall(lower))
    is_whole = all(table[one] != _ODD for one in special)
    if len(special) > _FEW:
        return lower.translate(_by_code()), is_whole
    for one in (*_folded_ascii(), *special):
        lower = lower.replace(one, table[one])
    return lower, is_whole


def _fold_apart(text: str, simple: str) -> Folded:
    """Fold a text that holds characters which change its length; `simple` is it with each character folded by itself."""
    parts = list[str]()
    at, shifts, spans = list[int](), list[int](), list[int]()
    place = done = 0

    def keep(folded: str, start: int, span: int) -> None:
        nonlocal place
        if folded:
            parts.append(folded)
            at.append(place)
            shifts.append(start - place)
            spans.append(span)
            place += len(folded)

    for odd in _find_clusters(text):
        keep(simple[done : odd.start()], done, 0)
        composed = unicodedata.normalize("NFKC", _without_invisible(odd[0])).translate(_letters_of_jamo())
        folded = composed.replace("İ", "I").lower().translate(_by_code())
        keep(folded.replace(_ODD, ""), odd.start(), len(odd[0]))
        done = odd.end()
    keep(simple[done:], done, 0)
    return Folded("".join(parts).replace(_ODD, " "), at, shifts, spans)


def _without_invisible(cluster: str) -> str:
    return re.sub(f"[{_INVISIBLE}\ufe00-\ufe0f]", "", cluster)


def _find_clusters(text: str) -> Iterator[re.Match[str]]:
    """Find what cannot be folded one by one, each with the character in front that a mark belongs to.

    To look for single characters first takes a tenth of the time, since there are few.
    """
    odd, cluster = _odd_patterns()
    done = 0
    while found := odd.search(text, done):
        at = found.start()
        whole = (cluster.match(text, at - 1) if at > done else None) or cluster.match(text, at)
        assert whole  # noqa: S101 (every odd character is a cluster by itself)
        yield whole
        done = whole.end()


@cache
def _odd_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """They are asked before a text is in lower case: of Ⅱ as of ⅱ."""
    table = _table()
    odd = f"[{''.join(re.escape(one) for one in map(chr, range(0x10000)) if table.get(one.lower()) == _ODD)}]"
    return re.compile(odd), re.compile(f"(?:{_JAMO}|.)[{_MARKS}]+|{_JAMO}|{odd}", re.DOTALL)


@cache
def _folded_ascii() -> tuple[str, ...]:
    return tuple(one for one in _table() if one.isascii())


@cache
def _by_code() -> dict[int, str]:
    return {ord(one): to for one, to in _table().items()}


@cache
def _letters_of_jamo() -> dict[int, str]:
    """Map jamo that stand alone to the letters that print so, as in ㄱ씨 for an unnamed person."""
    return {ord(jamo): one for one in _JAMO_LETTERS if len(jamo := unicodedata.normalize("NFKC", one)) == 1}


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
    folded = unicodedata.normalize("NFKC", one).translate(_letters_of_jamo()).lower()
    return folded if len(folded) == 1 else _ODD
