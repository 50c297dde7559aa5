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
    """Why an article matched. `parts` are the contributions to the score by feature name; `sentence` is the best one."""

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
