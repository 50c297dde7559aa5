"""Finding terms in an article: automaton, edges, blockers, longest match, and company for what is ambiguous."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick_rs

from matching.edges import stands_alone
from matching.gazetteer import Gazetteer, Use
from matching.sentences import Layout, lay_out
from news.normal import Folded, fold_text
from news.topics import EntityKind, Level

_BORDER = "\x00"
"""Stands between title and text while they are searched as one; no alias reaches across it."""


class Hit(NamedTuple):
    """A use of a pattern at a span of the joined original (title, one character, text)."""

    start: int
    end: int
    use: Use


class Found(NamedTuple):
    """A term that was found: by number, with its span in the joined original and its sentence."""

    term: int
    start: int
    end: int
    sentence: int
    is_entity: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """An article with the terms found in it, in order of their place. `joined` is title, one character, text."""

    joined: str
    title_length: int
    language: str
    layout: Layout
    found: tuple[Found, ...]


class Finder:
    """Finds the terms of a gazetteer. Pickles as the gazetteer; the automaton is built again where it arrives."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        # An automaton wants a pattern; the border is never text.
        self._automaton = ahocorasick_rs.AhoCorasick([one.text for one in gazetteer.patterns] or [_BORDER * 2])
        entities = [term.entity for term in gazetteer.terms]
        self._persons = {n for n, one in enumerate(entities) if one and one.kind is EntityKind.PERSON}
        self._leaders = {n for n in self._persons if (one := entities[n]) and one.level is Level.LEADER}

    def __reduce__(self) -> tuple[type["Finder"], tuple[Gazetteer]]:
        return Finder, (self.gazetteer,)

    def read(self, title: str, text: str, language: str | None) -> Reading:
        """Find every term in an article. `language` decides only where the script does not: Han in Chinese or Japanese."""
        joined = title + _BORDER + text
        spoken = tell_language(joined, language)
        hits = _without_shadowed(self._search(joined, fold_text(joined), spoken))
        layout = lay_out(title, text)
        found = [
            Found(hit.use.term, hit.start, hit.end, layout.sentence_at(hit.start), hit.use.is_entity) for hit in hits
        ]
        kept = self._with_company(hits, found)
        return Reading(joined, len(title), spoken, layout, tuple(kept))

    def _search(self, joined: str, folded: Folded, language: str) -> list[Hit]:
        """Return hits that have right edges and are not blocked, by start, the longest first."""
        hits: list[Hit] = []
        blocked = defaultdict[int, list[tuple[int, int]]](list)
        patterns, text = self.gazetteer.patterns, folded.text
        for index, first, last in self._automaton.find_matches_as_indexes(text, overlapping=True):
            pattern = patterns[index]
            start, end = folded.locate(first, last)
            for term in pattern.blocks:
                blocked[term].append((start, end))
            uses = pattern.uses_in(language)
            if (
                uses
                and stands_alone(text, first, last, pattern.first, pattern.last)
                and pattern.is_written_as(joined[start:end])
            ):
                hits.extend(Hit(start, end, use) for use in uses)
        if blocked:
            hits = [hit for hit in hits if not _is_inside(hit, blocked.get(hit.use.term, ()))]
        return sorted(hits, key=lambda hit: (hit.start, -hit.end))

    def _with_company(self, hits: Sequence[Hit], found: Sequence[Found]) -> Iterator[Found]:
        """Yield what is sure, and of what is weak what has company."""
        sure = {one.term for hit, one in zip(hits, found, strict=True) if not hit.use.weak}
        entities = defaultdict[int, list[tuple[Hit, Found]]](list)
        rivals = defaultdict[tuple[int, int], set[int]](set)
        for hit, one in zip(hits, found, strict=True):
            if hit.use.is_entity:
                entities[one.sentence].append((hit, one))
            if hit.use.weak:
                rivals[hit.start, hit.end].add(one.term)
        for hit, one in zip(hits, found, strict=True):
            if not hit.use.weak:
                yield one
                continue
            named = rivals[hit.start, hit.end] & sure
            # Of several bearers of a short name, the one whose full name stands in the article is meant.
            if one.term in named or (not named and self._has_company(one, entities[one.sentence])):
                yield one

    def _has_company(self, one: Found, sentence: Sequence[tuple[Hit, Found]]) -> bool:
        """Whether a weak name stands beside another: a person beside a leader, anything else beside a name that is sure."""
        others = [(hit, other) for hit, other in sentence if other.start >= one.end or other.end <= one.start]
        if one.term in self._persons:
            return one.term in self._leaders and any(other.term in self._leaders for _, other in others)
        return any(not hit.use.weak or other.term != one.term for hit, other in others)


def _without_shadowed(hits: Sequence[Hit]) -> list[Hit]:
    """Drop an entity's hit inside a longer entity's; phrases overlap as they like."""
    kept: list[Hit] = []
    longest = (-1, -1)
    for hit in hits:
        if hit.use.is_entity:
            span = (hit.start, hit.end)
            if hit.end <= longest[1] and span != longest:
                continue
            longest = span if hit.end > longest[1] else longest
        kept.append(hit)
    return kept


def _is_inside(hit: Hit, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= hit.start and hit.end <= end for start, end in spans)


_HANGUL = re.compile("[가-힣]+")
_KANA = re.compile("[ぁ-ゖァ-ヺ]+")
_HAN = re.compile("[㐀-䶿一-鿿]+")
_LATIN = re.compile("[A-Za-zÀ-ɏ]+")
_SAMPLE = 600
"""Characters that tell a language: a title and a few sentences."""


def tell_language(text: str, hint: str | None) -> str:
    """Return en, zh, ko or ja by script; the hint (`zh-Hant`, `ja`, ...) decides between zh and ja in Han alone."""
    sample = text[:_SAMPLE]
    if sample.isascii():
        return "en"
    hangul, kana, han, words = (sum(map(len, one.findall(sample))) for one in (_HANGUL, _KANA, _HAN, _LATIN))
    # A CJK character says about what four Latin letters say.
    if words > 4 * (hangul + kana + han):
        return "en"
    if hangul >= kana + han:
        return "ko"
    if kana * 20 > han:  # Chinese quotes a Japanese name now and then; Japanese without Kana is a short title
        return "ja"
    given = (hint or "").split("-")[0]
    return given if given in ("ja", "ko") and len(sample) < _SAMPLE // 6 else "zh"
