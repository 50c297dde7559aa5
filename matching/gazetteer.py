"""The gazetteer compiled: every alias of every entity and phrase as a pattern of folded text, in one automaton."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import NamedTuple

from matching.edges import edges_of
from news.normal import fold_text
from news.topics import Entity, EntityKind, Level, Phrase, PhraseRole

LANGUAGES = ("en", "zh", "ko", "ja")

ACTORS = frozenset({EntityKind.STATE, EntityKind.PERSON, EntityKind.INSTITUTION, EntityKind.PARTY, EntityKind.PLACE})
"""What `china:*` selects: a country, its people, institutions and places, not its firms, weapons or formulae."""

_NAMES = ACTORS | {EntityKind.COMPANY}

_INNER_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")

_ALL_CAPITALS = 4
"""Up to this length an alias written in capitals (US, WHO) is read only where the text writes it so."""


class Term(NamedTuple):
    """Something a topic can name: an entity of the gazetteer, or a phrase, whose `kind` is None.

    Named tuples, here and below: a compiled gazetteer holds tens of thousands, and they unpickle four times as fast as
    frozen dataclasses.
    """

    id: str
    label: str
    kind: EntityKind | None
    level: Level | None
    of: str | None
    role: PhraseRole | None


class Use(NamedTuple):
    """What a pattern stands for: a term, in one language or in any (`None`), surely or only in company (`weak`).

    `is_name` is set for actors, places and firms: a longer name hides the shorter one inside it ("South China Sea" is
    not China), where a formula does not ("Taiwan contingency" speaks of Taiwan).
    """

    term: int
    language: str | None
    weak: bool
    is_entity: bool
    is_name: bool


@dataclass(frozen=True, slots=True)
class Patterns:
    """Folded aliases by number, in columns: tens of thousands of plain tuples unpickle faster than records of a class.

    `edges` are the scripts that may not touch the two ends, empty where anything may; `in_capitals` are the patterns
    that the original must write so; `blocks` lists the terms that are not read inside a pattern.
    """

    texts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    uses: tuple[tuple[Use, ...], ...]
    in_capitals: frozenset[int]
    blocks: Mapping[int, tuple[int, ...]]

    def uses_by_language(self) -> dict[str, list[tuple[Use, ...]]]:
        """Return what each pattern stands for in a text of each language."""
        bound = [n for n, uses in enumerate(self.uses) if any(use.language for use in uses)]
        found = {language: list(self.uses) for language in LANGUAGES}
        for language, uses_of in found.items():
            for n in bound:
                uses_of[n] = tuple(use for use in self.uses[n] if use.language in (None, language))
        return found


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Terms by number and the patterns that find them. `version` is a hash of what the entities say."""

    terms: tuple[Term, ...]
    patterns: Patterns
    version: str
    numbers: Mapping[str, int]
    """The number of each term by its id."""
    states: Mapping[int, str]
    """The state that an entity is or belongs to, by the entity's number."""


@dataclass(slots=True)
class _Draft:
    """A pattern while its uses are being gathered."""

    uses: list[Use] = field(default_factory=list)
    blocks: set[int] = field(default_factory=set)
    in_capitals: bool = False

    @property
    def is_name(self) -> bool:
        """Whether it names somebody or something; a mere blocker is taken for a name too."""
        return not self.uses or any(use.is_name for use in self.uses)


def compile_gazetteer(entities: Iterable[Entity], phrases: Iterable[Phrase] = ()) -> Gazetteer:
    """Compile entities and phrases into one table of patterns. Ids of entities and phrases must differ."""
    entities, phrases = sorted(entities, key=lambda one: one.id), sorted(phrases, key=lambda one: one.id)
    terms = [
        *(Term(one.id, one.label, one.kind, one.level, one.of, None) for one in entities),
        *(Term(one.id, one.label, None, None, one.of, one.role) for one in phrases),
    ]
    drafts = defaultdict[str, _Draft](_Draft)
    for number, declared in enumerate(chain[Entity | Phrase](entities, phrases)):
        _add_words(drafts, number, declared)
        for blocker in declared.not_within:
            drafts[fold_text(blocker).text].blocks.add(number)
    patterns = _finish({text: draft for text, draft in sorted(drafts.items()) if text})
    numbers = {term.id: number for number, term in enumerate(terms)}
    states = dict(_list_states(terms, numbers))
    return Gazetteer(tuple(terms), patterns, hash_content([asdict(one) for one in entities]), numbers, states)


def _finish(drafts: Mapping[str, _Draft]) -> Patterns:
    return Patterns(
        texts=tuple(drafts),
        edges=tuple(edges_of(text, is_name=draft.is_name) for text, draft in drafts.items()),
        uses=tuple(tuple(draft.uses) for draft in drafts.values()),
        in_capitals=frozenset(n for n, draft in enumerate(drafts.values()) if draft.in_capitals),
        blocks={n: tuple(sorted(draft.blocks)) for n, draft in enumerate(drafts.values()) if draft.blocks},
    )


def _list_states(terms: Sequence[Term], numbers: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    for number, term in enumerate(terms):
        if term.kind is not None:
            for owner in owners(terms, numbers, term):
                if terms[numbers[owner]].kind is EntityKind.STATE:
                    yield number, owner


def _add_words(drafts: dict[str, _Draft], number: int, declared: Entity | Phrase) -> None:
    if isinstance(declared, Phrase):
        for language, words in declared.words.items():
            spoken = None if language == "any" else language
            _add(drafts, words, Use(number, spoken, weak=False, is_entity=False, is_name=False))
        return
    is_name = declared.kind in _NAMES
    # A name is a name in any language; what is short or ambiguous is so differently in each.
    sure = Use(number, None, weak=False, is_entity=True, is_name=is_name)
    for words in declared.aliases.values():
        _add(drafts, words, sure)
    for language, words in declared.weak.items():
        spoken = None if language == "any" else language
        _add(drafts, words, Use(number, spoken, weak=True, is_entity=True, is_name=is_name))


def _add(drafts: dict[str, _Draft], words: Sequence[str], use: Use) -> None:
    for word in words:
        for text in spell_out(fold_text(word.strip()).text):
            draft = drafts[text]
            if use not in draft.uses:
                draft.uses.append(use)
            draft.in_capitals |= len(word) <= _ALL_CAPITALS and word.isascii() and word.isupper()


def spell_out(folded: str) -> set[str]:
    """Return the ways in which a folded alias is also written: other or no spaces, dots and hyphens between its words."""
    forms = {folded}
    if not folded.isascii():
        forms |= {folded.replace(" ", ""), folded.replace("·", ""), folded.replace("·", "-")}
        # Names of several words only: "한 중" for "한·중" would stand in any "말한 중간".
        if all(len(part) > 1 for part in folded.split("·")):
            forms.add(folded.replace("·", " "))
    if "-" in folded:
        forms.add(_INNER_HYPHEN.sub(" ", folded))
    return {form for form in forms if form.strip()}


def select_terms(gazetteer: Gazetteer, names: Iterable[str]) -> frozenset[int]:
    """Resolve what a topic names, ids and selections such as `china:leader`, into numbers of terms."""
    found: set[int] = set()
    for name in names:
        id_, _, selection = name.partition(":")
        if selection:
            found |= {n for n, term in enumerate(gazetteer.terms) if _selects(gazetteer, term, id_, selection)}
        else:
            found.add(gazetteer.numbers[id_])
    return frozenset(found)


def _selects(gazetteer: Gazetteer, term: Term, owner: str, selection: str) -> bool:
    if term.kind is None:
        return selection == "home" and term.of == owner
    if owner not in owners(gazetteer.terms, gazetteer.numbers, term):
        return False
    # A summit has a level too, but it is nobody who could meet another.
    return selection == term.kind or (term.kind in ACTORS and selection in ("*", term.level))


def owners(terms: Sequence[Term], numbers: Mapping[str, int], term: Term) -> list[str]:
    """Return an entity's id and those of all it belongs to, nearest first."""
    found = [term.id]
    while term.of and term.of not in found:
        found.append(term.of)
        term = terms[numbers[term.of]]
    return found


def hash_content(content: object) -> str:
    """Return a short hash of declared content: 64 bits in hex, equal for equal content."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
