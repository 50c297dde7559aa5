"""Finding terms in an article: automaton, edges, blockers, longest match, and company for what is ambiguous."""

import re
from bisect import bisect_right
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


class Found(NamedTuple):
    """A use of a pattern at a span of the joined original (title, one character, text), and its sentence."""

    start: int
    end: int
    use: Use
    sentence: int


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
        self._automaton = ahocorasick_rs.AhoCorasick(gazetteer.patterns.texts or (_BORDER * 2,))
        self._uses = gazetteer.patterns.uses_by_language()
        self._persons = {n for n, term in enumerate(gazetteer.terms) if term.kind is EntityKind.PERSON}
        self._owned = {n for n in gazetteer.states if gazetteer.terms[n].kind is not EntityKind.STATE}
        self._leaders = {n for n in self._persons if gazetteer.terms[n].level is Level.LEADER}
        self._officials = {n for n in self._persons if gazetteer.terms[n].level not in (None, Level.SOCIETY)}

    def __reduce__(self) -> tuple[type["Finder"], tuple[Gazetteer]]:
        return Finder, (self.gazetteer,)

    def read(self, title: str, text: str, language: str | None) -> Reading:
        """Find every term in an article. `language` decides only where the script does not: Han in Chinese or Japanese."""
        return self.read_as(tell_language(title + _BORDER + text[:_SAMPLE], language), title, text)

    def read_as(self, spoken: str, title: str, text: str) -> Reading:
        """Find every term in an article whose language is known: en, zh, ko or ja."""
        joined = title + _BORDER + text
        layout = lay_out(title, text)
        found = self._without_foreign(joined, self._search(joined, fold_text(joined), spoken, layout))
        found = _without_shadowed(found)
        return Reading(joined, len(title), spoken, layout, tuple(self._with_company(found)))

    def _search(self, joined: str, folded: Folded, language: str, layout: Layout) -> list[Found]:
        """Return finds that have right edges and are not blocked, by start, the longest first."""
        found: list[Found] = []
        blocked = defaultdict[int, list[tuple[int, int]]](list)
        patterns, uses_of, text, starts = self.gazetteer.patterns, self._uses[language], folded.text, layout.starts
        for index, first, last in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if index in patterns.blocks:
                for term in patterns.blocks[index]:
                    blocked[term].append(folded.locate(first, last))
            left, right = patterns.edges[index]
            uses = uses_of[index]
            if uses and (not (left or right) or stands_alone(text, first, last, left, right)):
                start, end = folded.locate(first, last)
                if index not in patterns.in_capitals or joined[start:end].isupper():
                    sentence = bisect_right(starts, start) - 1
                    found.extend([Found(start, end, use, sentence) for use in uses])
        if blocked:
            found = [one for one in found if one.use.term not in blocked or not _is_inside(one, blocked[one.use.term])]
        return sorted(found, key=lambda one: (one.start, -one.end))

    def _without_foreign(self, joined: str, found: list[Found]) -> list[Found]:
        """Drop an ambiguous name that another state's name stands right before: Ukraine's foreign ministry is not ours."""
        ambiguous = [one for one in found if one.use.weak and one.use.term in self._owned]
        if not ambiguous:
            return found
        states, before = self.gazetteer.states, defaultdict[int, set[str]](set)
        for one in found:
            if one.use.is_name and not one.use.weak and one.use.term in states:
                before[one.end].add(states[one.use.term])
        foreign = set[Found]()
        for one in ambiguous:
            owners = before.get(_end_before(joined, one.start))
            if owners and states[one.use.term] not in owners:
                foreign.add(one)
        return [one for one in found if one not in foreign] if foreign else found

    def _with_company(self, found: Sequence[Found]) -> Iterator[Found]:
        """Yield what is sure, and of what is weak what has company."""
        weak = [one for one in found if one.use.weak]
        if not weak:
            yield from found
            return
        sure = {one.use.term for one in found if not one.use.weak}
        rivals = defaultdict[tuple[int, int], set[int]](set)
        for one in weak:
            rivals[one.start, one.end].add(one.use.term)
        for one in found:
            named = rivals[one.start, one.end] & sure if one.use.weak else sure
            # Of several bearers of a short name, the one whose full name stands in the article is meant.
            if one.use.term in named or (not named and self._has_company(one, found)):
                yield one

    def _has_company(self, one: Found, found: Sequence[Found]) -> bool:
        """Whether a weak name stands beside another: a person beside a person in office, others beside a name that is sure."""
        others = [
            other
            for other in found
            if other.sentence == one.sentence
            and other.use.is_entity
            and (other.start >= one.end or other.end <= one.start)
        ]
        if one.use.term in self._persons:
            company = self._leaders if one.use.term in self._leaders else self._officials
            return one.use.term in self._officials and any(other.use.term in company for other in others)
        return any(not other.use.weak or other.use.term != one.use.term for other in others)


def _without_shadowed(found: Sequence[Found]) -> list[Found]:
    """Drop an entity inside a longer name; phrases overlap as they like, and a name that may be none hides nothing."""
    kept: list[Found] = []
    longest = (-1, -1)
    for one in found:
        if one.use.is_entity:
            span = (one.start, one.end)
            if one.end <= longest[1] and span != longest:
                continue
            if one.use.is_name and not one.use.weak and one.end > longest[1]:
                longest = span
        kept.append(one)
    return kept


def _end_before(joined: str, start: int) -> int:
    """Return where the word before a name ends: at its start, or before a space or a genitive."""
    owned = _GENITIVE.search(joined, max(0, start - 3), start)
    return owned.start() if owned else start


def _is_inside(one: Found, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= one.start and one.end <= end for start, end in spans)


_GENITIVE = re.compile(r"(?:['’]s |の|的|의 | )\Z")

_HANGUL = re.compile("[가-힣]+")
_KANA = re.compile("[ぁ-ゖァ-ヺ]+")
_HAN = re.compile("[㐀-䶿一-鿿]+")
_LATIN = re.compile("[A-Za-zÀ-ɏ]+")
_SAMPLE = 400
"""Characters that tell a language: a title and a few sentences."""
_SHORT = 100
"""A text in Han alone that is this short may be a Japanese title; a longer one would hold Kana."""


def tell_language(text: str, hint: str | None) -> str:
    """Return en, zh, ko or ja by script; the hint (`zh-Hant`, `ja`, ...) decides about a short text in Han alone."""
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
    return given if given in ("ja", "ko") and len(sample) < _SHORT else "zh"
