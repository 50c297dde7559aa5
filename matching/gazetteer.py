"""The gazetteer compiled: every alias of every entity and phrase as a pattern of folded text, in one automaton."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain

from matching.edges import edge_of
from news.normal import fold_text
from news.topics import Entity, EntityKind, Phrase

LANGUAGES = ("en", "zh", "ko", "ja")

_ACTORS = frozenset({EntityKind.STATE, EntityKind.PERSON, EntityKind.INSTITUTION, EntityKind.PARTY, EntityKind.PLACE})
"""What `china:*` selects: a country, its people, institutions and places, not its firms, weapons or formulae."""

_ALL_CAPITALS = 4
"""Up to this length an alias written in capitals (US, WHO) is read only where the text writes it so."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something a topic can name: an entity of the gazetteer or a phrase."""

    id: str
    label: str
    entity: Entity | None = None
    phrase: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a pattern stands for: a term, in one language or in any (`None`), surely or only in company (`weak`)."""

    term: int
    language: str | None
    weak: bool
    is_entity: bool


@dataclass(slots=True)
class Pattern:
    """A folded alias.

    `left` and `right` are the scripts that may not touch its ends, empty where anything may; `blocks` are terms that it
    keeps from being read inside it.
    """

    text: str
    left: str
    right: str
    in_capitals: bool = False
    uses: list[Use] = field(default_factory=list)
    blocks: set[int] = field(default_factory=set)

    def uses_in(self, language: str) -> list[Use]:
        """Return what it stands for in a text of a language."""
        return [use for use in self.uses if use.language is None or use.language == language]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Terms by number and the patterns that find them. `version` is a hash of what the entities say."""

    terms: tuple[Term, ...]
    patterns: tuple[Pattern, ...]
    version: str
    numbers: Mapping[str, int]
    """The number of each term by its id."""


def compile_gazetteer(entities: Iterable[Entity], phrases: Iterable[Phrase] = ()) -> Gazetteer:
    """Compile entities and phrases into one table of patterns. Ids of entities and phrases must differ."""
    entities, phrases = sorted(entities, key=lambda one: one.id), sorted(phrases, key=lambda one: one.id)
    terms = [
        *(Term(one.id, one.label, one) for one in entities),
        *(Term(one.id, one.label, phrase=one) for one in phrases),
    ]
    patterns: dict[str, Pattern] = {}
    for number, declared in enumerate(chain[Entity | Phrase](entities, phrases)):
        _add_words(patterns, number, declared)
        for blocker in declared.not_within:
            _pattern(patterns, fold_text(blocker).text).blocks.add(number)
    ordered = sorted((one for text, one in patterns.items() if text), key=lambda one: one.text)
    numbers = {term.id: number for number, term in enumerate(terms)}
    return Gazetteer(tuple(terms), tuple(ordered), hash_content([asdict(one) for one in entities]), numbers)


def _add_words(patterns: dict[str, Pattern], number: int, declared: Entity | Phrase) -> None:
    if isinstance(declared, Phrase):
        for language, words in declared.words.items():
            _add(patterns, words, Use(number, None if language == "any" else language, weak=False, is_entity=False))
        return
    # A name is a name in any language; what is short or ambiguous is so differently in each.
    for words in declared.aliases.values():
        _add(patterns, words, Use(number, None, weak=False, is_entity=True))
    for language, words in declared.weak.items():
        _add(patterns, words, Use(number, None if language == "any" else language, weak=True, is_entity=True))


def _add(patterns: dict[str, Pattern], words: Sequence[str], use: Use) -> None:
    for word in words:
        for text in spell_out(fold_text(word.strip()).text):
            pattern = _pattern(patterns, text)
            if use not in pattern.uses:
                pattern.uses.append(use)
            pattern.in_capitals |= len(word) <= _ALL_CAPITALS and word.isascii() and word.isupper()


def _pattern(patterns: dict[str, Pattern], text: str) -> Pattern:
    if text not in patterns:
        patterns[text] = Pattern(text, edge_of(text[:1], len(text)), edge_of(text[-1:], len(text)))
    return patterns[text]


def spell_out(folded: str) -> set[str]:
    """Return the ways in which a folded alias is also written: without the spaces and dots of CJK, without hyphens."""
    forms = {folded}
    if not folded.isascii():
        forms |= {folded.replace(" ", ""), folded.replace("·", ""), folded.replace("·", " ")}
    if "-" in folded:
        forms.add(folded.replace("-", " "))
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
    if term.phrase is not None:
        return selection == "home" and term.phrase.of == owner
    entity = term.entity
    if entity is None or owner not in owners(gazetteer, entity):
        return False
    return entity.kind in _ACTORS if selection == "*" else selection in (entity.level, entity.kind)


def owners(gazetteer: Gazetteer, entity: Entity) -> list[str]:
    """Return an entity's id and those of all it belongs to, nearest first."""
    chain_ = [entity.id]
    current: Entity | None = entity
    while current is not None and current.of and current.of not in chain_:
        chain_.append(current.of)
        current = gazetteer.terms[gazetteer.numbers[current.of]].entity
    return chain_


def hash_content(content: object) -> str:
    """Return a short hash of declared content: 64 bits in hex, equal for equal content."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
