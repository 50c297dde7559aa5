"""Entities, topics, and why an article matches one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EntityKind(StrEnum):
    """What an entity of the gazetteer is."""

    PERSON = "person"
    STATE = "state"
    INSTITUTION = "institution"
    PARTY = "party"
    PLACE = "place"
    WEAPON = "weapon"
    FORMULA = "formula"
    EVENT = "event"
    COMPANY = "company"


class Level(StrEnum):
    """At which level an entity acts, for topics that ask for leaders or governments."""

    LEADER = "leader"
    GOVERNMENT = "government"
    MILITARY = "military"
    SOCIETY = "society"


@dataclass(frozen=True, slots=True)
class Entity:
    """A line of the gazetteer.

    `aliases` and `weak` are by language (en, zh, ko, ja, or `any`); Chinese may stand in either script. A `weak` alias is
    short or ambiguous and counts only with company. `not_within` are longer strings inside which an alias is no hit.
    `of` is the id of the state that the entity belongs to.
    """

    id: str
    label: str
    kind: EntityKind
    aliases: Mapping[str, tuple[str, ...]]
    weak: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_within: tuple[str, ...] = ()
    of: str | None = None
    level: Level | None = None


class PhraseRole(StrEnum):
    """What a phrase is good for when a topic is drafted from an article; a topic may still use it as it likes."""

    KEY = "key"
    SUPPORT = "support"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words for one thing that happens or is spoken of (a visit, a drill, quarterly results), by language.

    `words` apply only in their own language, entities' aliases in any. A phrase is evidence for topics, not a mention.
    `of` is the state that the words stand for in a country's own papers ("our government"); `china:home` selects them.
    """

    id: str
    label: str
    words: Mapping[str, tuple[str, ...]]
    not_within: tuple[str, ...] = ()
    role: PhraseRole = PhraseRole.SUPPORT
    of: str | None = None


class Within(StrEnum):
    """How near to one another the groups of an angle must stand. A window is a sentence and the one after it."""

    SENTENCE = "sentence"
    WINDOW = "window"
    PARAGRAPH = "paragraph"
    ARTICLE = "article"


class Scope(StrEnum):
    """Where an angle may be found. The lead is the title and the first three sentences."""

    TITLE = "title"
    LEAD = "lead"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Angle:
    """A way into a topic: from every group of `all`, at least one term must occur.

    A term is the id of an entity or phrase, or a selection of entities: `china:*` is the state with its people,
    institutions, parties and places; `china:leader` are those of them at a level, `china:company` what is of a kind;
    `china:home` are the phrases by which a country's own papers mean it.
    """

    all: tuple[tuple[str, ...], ...]
    within: Within = Within.SENTENCE
    scope: Scope = Scope.ANYWHERE


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence or two that a topic must match, or must not; tested by `topics check`."""

    language: str
    title: str
    matches: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A standing query, in words alone: how much each part counts is the same for every topic.

    `keys` are terms of which one alone is the topic; `angles` are combinations that are; `supports` make an angle surer
    where they stand in its sentence; `off` are terms of other subjects, which make it less sure; an article with a
    `never` term is refused. `phrases` declares words of the topic's own: `{id: {language: [words]}}`. `minimum_share` is
    the part of the sentences that must be about it, `threshold` the score from which an article matches.
    """

    id: str
    title: str
    description: str
    seed: str
    keys: tuple[str, ...] = ()
    angles: tuple[Angle, ...] = ()
    supports: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    phrases: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    minimum_share: float = 0.0
    threshold: float = 0.5
    examples: tuple[Example, ...] = ()


class Where(StrEnum):
    """The part of an article that a span points into."""

    TITLE = "title"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity or phrase found in an article: `original[start:end]` is `quote`, in code points of the original text."""

    entity: str
    where: Where
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A mention as evidence: with the canonical English label that a reader is shown."""

    entity: str
    label: str
    where: Where
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an article matched. `sentence` is the best one; `parts` are what the score is made of, in log-odds.

    They are where every score begins and what each feature adds, by name: their sum is the logit of the score.
    """

    hits: tuple[Hit, ...]
    sentence: str
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A text that is about a topic. `score` is in 0..1, calibrated so that 0.5 is the best cut."""

    topic: str
    score: float
    evidence: Evidence
    topic_version: str = ""
    gazetteer_version: str = ""
