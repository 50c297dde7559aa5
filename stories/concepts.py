"""What happens, in words of four languages: the concepts that make reports comparable where their words are not."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ahocorasick_rs

from news.normal import fold_text

_SHIPPED = Path(__file__).with_name("concepts.tsv")
LANGUAGES = ("en", "zh", "ko", "ja")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language: `concepts[n]` are those that pattern `n` stands for."""

    automaton: ahocorasick_rs.AhoCorasick
    patterns: tuple[str, ...]
    concepts: tuple[tuple[str, ...], ...]

    def find(self, folded: str) -> set[str]:
        """Return the concepts that a folded text holds; words in letters must stand alone."""
        found = set[str]()
        for index, start, end in self.automaton.find_matches_as_indexes(folded, overlapping=True):
            if _stands_alone(folded, start, end, self.patterns[index]):
                found.update(self.concepts[index])
        return found


def _stands_alone(text: str, start: int, end: int, pattern: str) -> bool:
    if not pattern.isascii():
        return True
    begins = start == 0 or not _is_letter(text[start - 1])
    return begins and (pattern.endswith("*") or end == len(text) or not _is_letter(text[end]))


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalnum()


@cache
def shipped_lexicons() -> dict[str, Lexicon]:
    """Return the lexicon of each language."""
    lines = [line for line in _SHIPPED.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    return {
        language: _compile({row[0]: row[column] for row in rows}) for column, language in enumerate(LANGUAGES, start=1)
    }


def _compile(words: dict[str, str]) -> Lexicon:
    found = defaultdict[str, list[str]](list)
    for concept, terms in words.items():
        for term in terms.split(", "):
            found[fold_text(term).text].append(concept)
    patterns = tuple(found)
    automaton = ahocorasick_rs.AhoCorasick([pattern.removesuffix("*") for pattern in patterns])
    return Lexicon(automaton, patterns, tuple(tuple(found[pattern]) for pattern in patterns))


_HANGUL, _KANA = re.compile("[가-힣]"), re.compile("[ぁ-ゖァ-ヺ]")


def tell_language(text: str, declared: str | None) -> str:
    """Return en, zh, ko or ja: as declared, else by the script of the text's beginning."""
    if declared and declared.partition("-")[0] in LANGUAGES:
        return declared.partition("-")[0]
    start = text[:200]
    if _HANGUL.search(start):
        return "ko"
    if _KANA.search(start):
        return "ja"
    return "en" if start.isascii() or not re.search("[㐀-鿿]", start) else "zh"
