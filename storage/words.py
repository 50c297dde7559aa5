"""Words as the search index holds them: pairs of characters for Chinese, Japanese and Korean, whole words for the rest.

A run of Han, kana or Hangul characters gives each pair of neighbours and, at its end, the last character alone, so that
every character begins exactly one token: a word of two characters is one token, a longer one a phrase, and a single
character is the beginning of a token. Both engines index these tokens as they are, so both find the same.

What the index holds was written by `index_text`: a change here or in `news.normal` needs a migration that indexes
anew what it concerns, as 0019 does.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from operator import add

from news.normal import Folded, fold_text

_CJK = (
    "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff"  # iteration mark, zero, kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\uac00-\ud7a3"  # Hangul
)
_RUN = re.compile(f"([{_CJK}]+)|([^\\W_{_CJK}]+)")
_WORD = re.compile(r"[^\W_]+")
_IS_CJK = re.compile(f"[{_CJK}]")
_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
"""What ASCII characters are in the index: letters of one case and digits, and spaces between."""
_ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")

# Longer ones are addresses and encoded data; PostgreSQL takes lexemes of up to 2,046 bytes.
_LONGEST_WORD = 64

# More than any article has. In bytes, PostgreSQL takes 1,048,575 for a text: every word once, with at most 5 to say how
# often and where, and 2 for each further place of it. Some are left for its own marks (`storage.tsearch`).
_MOST_TOKENS = 50_000
_MOST_BYTES = 1_048_000
_OF_WORD, _OF_PLACE = 5, 2
_OF_CHARACTER = 4

BREAK = "¶"
"""Stands between title and text, so that no phrase reaches over; no word contains it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a searched word: a run of Chinese, Japanese or Korean characters, or one word of another script."""

    text: str
    is_cjk: bool


def fold_words(text: str) -> Folded:
    """Fold a text as `news.normal` does, and Latin letters with accents to those without: one character for one."""
    folded = fold_text(text)
    if not (accented := set(_ACCENTED.findall(folded.text))):
        return folded
    plain = folded.text
    for letter in accented:
        plain = plain.replace(letter, _base_letter(letter))
    return replace(folded, text=plain)


@cache
def _base_letter(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


def index_text(title: str, text: str) -> list[str]:
    """Return the tokens of an article in order; a token's place in the list is its position.

    Of a text that is too long for PostgreSQL, the same beginning is indexed on both engines.
    """
    tokens = [*_tokenize_lines(title), BREAK, *_tokenize_lines(text)][:_MOST_TOKENS]
    return tokens[: _count_fitting(tokens)]


def _count_fitting(tokens: Sequence[str]) -> int:
    """How many of the first tokens PostgreSQL has room for; ordinary texts are far from the bound, which is soon seen."""
    if _OF_CHARACTER * sum(map(len, tokens)) + _OF_WORD * len(tokens) <= _MOST_BYTES:
        return len(tokens)
    seen, left = set[str](), _MOST_BYTES
    for number, token in enumerate(tokens):
        left -= _OF_PLACE if token in seen else len(token.encode()) + _OF_WORD
        if left < 0:
            return number
        seen.add(token)
    return len(tokens)


def _tokenize_lines(text: str) -> list[str]:
    """The tokens of a text as a whole; but most lines are plain English, or are once they are folded, and cost little."""
    tokens: list[str] = []
    for is_ascii, lines in groupby(text.split("\n"), str.isascii):
        joined = "\n".join(lines)
        tokens += _tokenize(joined if is_ascii else fold_words(joined).text)
    return tokens


def _tokenize(folded: str) -> list[str]:
    if folded.isascii():
        words = folded.translate(_PLAIN).split()
    elif not _IS_CJK.search(folded):  # 0.7 of the time of what follows
        words = _WORD.findall(folded)
    else:
        return _pair_characters(folded)
    return words if len(folded) <= _LONGEST_WORD else [word[:_LONGEST_WORD] for word in words]


def _pair_characters(folded: str) -> list[str]:
    tokens: list[str] = []
    for run, word in _RUN.findall(folded):
        if run:
            tokens += map(add, run, run[1:])
            tokens.append(run[-1])
        else:
            tokens.append(word[:_LONGEST_WORD])
    return tokens


def split_units(text: str) -> tuple[Unit, ...]:
    """Split what somebody searches into units; nothing is left of a text without letters and digits."""
    return tuple(
        Unit(found[0], is_cjk=True) if found[1] else Unit(found[0][:_LONGEST_WORD], is_cjk=False)
        for found in _RUN.finditer(fold_words(text).text)
    )


def phrase_tokens(units: Sequence[Unit]) -> tuple[list[str], bool]:
    """Return the neighbouring tokens that a phrase of units is found by, and whether the last one is only a beginning.

    A text may go on after the phrase, so the last character of a run that ends it counts only where it stands alone.
    """
    tokens = [token for unit in units for token in _tokenize(unit.text)]
    last = units[-1]
    if not last.is_cjk:
        return tokens, False
    return (tokens, True) if len(last.text) == 1 else (tokens[:-1], False)
