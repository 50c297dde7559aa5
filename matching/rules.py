"""Topics compiled: groups of terms by number, and an index that finds the few topics an article may be about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

from matching.gazetteer import Gazetteer, hash_content, select_terms
from matching.weighing import Weights
from news.topics import Angle, Phrase, Scope, Topic, Within


@dataclass(frozen=True, slots=True)
class CompiledAngle:
    """An angle whose groups are numbers in `Rules.groups`; `terms` are those of each group."""

    groups: tuple[int, ...]
    terms: tuple[frozenset[int], ...]
    shares_terms: bool
    """Whether a term stands in two of its groups."""
    within: Within
    scope: Scope


@dataclass(frozen=True)
class CompiledTopic:
    """A topic whose terms are groups by number; `None` stands for no terms."""

    topic: Topic
    version: str
    keys: int | None
    angles: tuple[CompiledAngle, ...]
    supports: int | None
    off: int | None
    never: int | None

    @cached_property
    def groups(self) -> frozenset[int]:
        """Every group that the topic names."""
        named = {group for angle in self.angles for group in angle.groups}
        return frozenset(named | {one for one in (self.keys, self.supports, self.off, self.never) if one is not None})


@dataclass(frozen=True, slots=True)
class Rules:
    """All topics. A group that several topics name is evaluated once; `groups_of` lists the groups of each term.

    `by_group` lists, under one group of each angle, the topics to look at when that group occurs: its rarest one, so
    that a topic about China and a small ministry costs nothing in an article that names China alone.
    """

    topics: tuple[CompiledTopic, ...]
    groups: tuple[frozenset[int], ...]
    groups_of: Mapping[int, tuple[int, ...]]
    by_group: Mapping[int, tuple[tuple[frozenset[int], int], ...]]


def local_phrases(topics: Iterable[Topic]) -> list[Phrase]:
    """Return the phrases that topics declare for themselves, under ids of the form `topic/phrase`."""
    return [
        Phrase(id=f"{topic.id}/{name}", label=name.replace("-", " "), words=words)
        for topic in topics
        for name, words in topic.phrases.items()
    ]


def compile_rules(
    topics: Iterable[Topic], gazetteer: Gazetteer, phrases: Mapping[str, Phrase], weights: Weights
) -> Rules:
    """Compile topics against a gazetteer that holds the phrases they name, their own among them."""
    numbers: dict[frozenset[int], int] = {}
    compiled = [_compile_topic(topic, topic_version(topic, phrases, weights), gazetteer, numbers) for topic in topics]
    groups = tuple(numbers)
    groups_of = defaultdict[int, list[int]](list)
    for group, terms in enumerate(groups):
        for term in terms:
            groups_of[term].append(group)
    frozen = {term: tuple(found) for term, found in groups_of.items()}
    return Rules(tuple(compiled), groups, frozen, _index(compiled, groups))


def _compile_topic(
    topic: Topic, version: str, gazetteer: Gazetteer, numbers: dict[frozenset[int], int]
) -> CompiledTopic:
    """Compile one topic; `numbers` holds the groups seen so far and takes in new ones."""
    local = {name: f"{topic.id}/{name}" for name in topic.phrases}

    def select(names: Iterable[str]) -> frozenset[int]:
        return select_terms(gazetteer, [local.get(one, one) for one in names])

    def number(names: tuple[str, ...]) -> int | None:
        return numbers.setdefault(select(names), len(numbers)) if names else None

    def compile_angle(angle: Angle) -> CompiledAngle:
        terms = tuple(map(select, angle.all))
        shares = sum(map(len, terms)) > len(frozenset[int]().union(*terms))
        groups = tuple(numbers.setdefault(group, len(numbers)) for group in terms)
        return CompiledAngle(groups, terms, shares, angle.within, angle.scope)

    return CompiledTopic(
        topic,
        version,
        keys=number(topic.keys),
        angles=tuple(map(compile_angle, topic.angles)),
        supports=number(topic.supports),
        off=number(topic.off),
        never=number(topic.never),
    )


def topic_version(topic: Topic, phrases: Mapping[str, Phrase], weights: Weights) -> str:
    """Return the hash of all that decides a topic's score but the gazetteer: its content, shared phrases, weights."""
    named = {*topic.keys, *topic.supports, *topic.off, *topic.never}
    named |= {term for angle in topic.angles for group in angle.all for term in group}
    used = [asdict(phrases[name]) for name in sorted(named) if name in phrases and name not in topic.phrases]
    return hash_content([asdict(topic), used, asdict(weights)])


def _index(
    topics: Iterable[CompiledTopic], groups: tuple[frozenset[int], ...]
) -> dict[int, tuple[tuple[frozenset[int], int], ...]]:
    topics = list(topics)
    named = defaultdict[int, int](int)  # how many angles name a group: a common one makes a poor index
    for compiled in topics:
        for angle in compiled.angles:
            for group in angle.groups:
                named[group] += 1
    index = defaultdict[int, list[tuple[frozenset[int], int]]](list)
    for number, compiled in enumerate(topics):
        if compiled.keys is not None:
            index[compiled.keys].append((frozenset(), number))
        for angle in compiled.angles:
            rarest = min(angle.groups, key=lambda group: (named[group], len(groups[group])))
            index[rarest].append((frozenset(angle.groups), number))
    return {group: tuple(entries) for group, entries in index.items()}
