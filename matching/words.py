"""Which words are common: document frequencies by language, counted once and kept as a small table of facts."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from matching.edges import strip_particle
from news.normal import fold_text

_SHIPPED = Path(__file__).with_name("word_counts.tsv")
_KEPT = 4000
"""Words kept by language; what is not among them is rare."""
_COUNTED_FROM = 4
"""Fewer articles than this say nothing."""

_LATIN = re.compile("[a-z][a-z'-]+[a-z]")
_HANGUL = re.compile("[가-힣]{2,}")
_HAN = re.compile("[㐀-䶿一-鿿]{2,}")
_KATAKANA = re.compile("[ァ-ヺー]{2,}")

Shares = Mapping[str, float]
"""The share of articles that hold a word, in 0..1, by word."""


def split_words(folded: str, language: str) -> list[str]:
    """Return the units that are counted: Latin words, Korean stems, Katakana runs, pairs of Han characters."""
    if language == "en":
        return _LATIN.findall(folded)
    if language == "ko":
        return [strip_particle(word) for word in _HANGUL.findall(folded)]
    pairs = [run[at : at + 2] for run in _HAN.findall(folded) for at in range(len(run) - 1)]
    return pairs + (_KATAKANA.findall(folded) if language == "ja" else [])


def count_words(articles: Iterable[tuple[str, str]]) -> str:
    """Count articles given as folded text and language into the table that `shipped_shares` reads."""
    totals, counts = Counter[str](), dict[str, Counter[str]]()
    for folded, language in articles:
        totals[language] += 1
        counts.setdefault(language, Counter()).update(set(split_words(folded, language)))
    lines = [
        f"{language}\t{word}\t{10_000 * count // totals[language]}"
        for language in sorted(counts)
        for word, count in sorted(counts[language].most_common(_KEPT), key=lambda item: (-item[1], item[0]))
        if count >= _COUNTED_FROM
    ]
    return "# language, word, articles in ten thousand that hold it\n" + "\n".join(lines) + "\n"


@cache
def shipped_shares(language: str) -> Shares:
    """Return the shares of the common words of a language; empty for one that was never counted."""
    rows = (line.split("\t") for line in _SHIPPED.read_text(encoding="utf-8").splitlines() if line[0] != "#")
    return {word: int(count) / 10_000 for spoken, word, count in rows if spoken == language}


def shares_of(phrase: str, language: str) -> list[float]:
    """Return how common each word of a phrase is; 0 for a word that is not among the common ones."""
    shares = shipped_shares(language)
    return [shares.get(word, 0.0) for word in split_words(fold_text(phrase).text, language)]


def share_of(phrase: str, language: str) -> float:
    """Return how common a phrase can be at most: the share of its rarest word."""
    return min(shares_of(phrase, language), default=0.0)
