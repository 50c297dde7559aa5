"""The matcher: an article in, the topics it is about out, each with the reasons."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from matching.evidence import gather_evidence, list_mentions
from matching.features import Observation, observe
from matching.finding import Finder, Reading, tell_language
from matching.gazetteer import compile_gazetteer
from matching.rules import CompiledTopic, compile_rules, local_phrases
from matching.sharing import Words
from matching.weighing import Weights, contribute, score, shipped_weights
from news.topics import Entity, Match, Mention, Phrase, Scope, Topic

_CROWD = 5
"""States in one sentence from which on it is a list: summits, statistics, appeals to everybody."""


class Examined(NamedTuple):
    """All that one reading of an article gives."""

    mentions: tuple[Mention, ...]
    matches: tuple[Match, ...]


class Observed(NamedTuple):
    """A topic as an article shows it, before it is weighed."""

    compiled: CompiledTopic
    observation: Observation


class Matcher:
    """Matches articles against topics. Made once a process; it pickles, and makes its automaton again on arrival."""

    def __init__(
        self,
        entities: Mapping[str, Entity],
        phrases: Mapping[str, Phrase],
        topics: Iterable[Topic],
        weights: Weights | None = None,
    ) -> None:
        topics = tuple(topics)
        self.weights = weights or shipped_weights()
        self.gazetteer = compile_gazetteer(entities.values(), [*phrases.values(), *local_phrases(topics)])
        self.rules = compile_rules(topics, self.gazetteer, phrases, self.weights)
        self._generous = tuple(map(_widen, self.rules.topics))
        self.finder = Finder(self.gazetteer)

    @property
    def gazetteer_version(self) -> str:
        """The hash of what the entities say."""
        return self.gazetteer.version

    @property
    def topic_versions(self) -> dict[str, str]:
        """The version of each topic: the hash of its content, the shared phrases it names and the weights."""
        return {one.topic.id: one.version for one in self.rules.topics}

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics, in the order given."""
        return tuple(one.topic for one in self.rules.topics)

    def read(self, title: str, text: str, language: str | None = None) -> Reading:
        """Find every entity and phrase in an article: what all else is made from."""
        return self.finder.read(title, text, language)

    def match_text(self, title: str, text: str, language: str | None = None) -> tuple[Match, ...]:
        """Return the topics that an article is about, surest first."""
        return self.match_reading(self.read(title, text, language))

    def find_mentions(self, title: str, text: str, language: str | None = None) -> tuple[Mention, ...]:
        """Return the entities that an article names, in order of their place."""
        return list_mentions(self.read(title, text, language), self.gazetteer)

    def examine(self, title: str, text: str, language: str | None = None) -> Examined:
        """Return mentions and matches from one reading."""
        reading = self.read(title, text, language)
        return Examined(list_mentions(reading, self.gazetteer), self.match_reading(reading))

    def sift(self, title: str, text: str, language: str | None = None) -> tuple[Mention, ...] | None:
        """Cast the rules as a wide net, with every threshold lowered to nothing; None where a text may be about a topic.

        For a text that may have a page's other words around the article: what speaks against a topic is not heard, and
        where the title is in another language than what the text begins with, either may be the article's. What falls
        through matches nothing; the entities that it names are the answer.
        """
        reading = self.read(title, text, language)
        others = {tell_language(title, language), tell_language(title, None)} - {reading.language}
        readings = chain([reading], (self.finder.read_as(one, title, text) for one in others))
        if any(self._observe(one, self._generous) for one in readings):
            return None
        return list_mentions(reading, self.gazetteer)

    def catches(self, title: str, text: str, language: str | None = None) -> bool:
        """Whether the wide net of `sift` catches a text."""
        return self.sift(title, text, language) is None

    def observe(self, reading: Reading) -> list[Observed]:
        """Return every topic of which an article shows anything, unweighed."""
        return self._observe(reading, self.rules.topics)

    def _observe(self, reading: Reading, topics: Sequence[CompiledTopic]) -> list[Observed]:
        sentences = defaultdict[int, set[int]](set)
        for found in reading.found:
            sentences[found.use.term].add(found.sentence)
        rules = self.rules
        present = set[int]().union(*(rules.groups_of.get(term, ()) for term in sentences))
        numbers = {
            number
            for group in present & rules.by_group.keys()
            for needed, number in rules.by_group[group]
            if needed <= present
        }
        if not numbers:
            return []
        # Only what these topics name is looked up: a state is in hundreds of groups, of which an article needs few.
        groups = present & frozenset[int]().union(*(rules.topics[number].groups for number in numbers))
        named = frozenset(sentences)
        where = {
            group: set[int]().union(*(sentences[term] for term in rules.groups[group] & named)) for group in groups
        }
        words, crowded = Words(reading.found), self._find_crowded(reading)
        observed = []
        for number in sorted(numbers):
            compiled = topics[number]
            if observation := observe(compiled, where, reading.layout, words, crowded):
                observed.append(Observed(compiled, observation))
        return observed

    def _find_crowded(self, reading: Reading) -> frozenset[int]:
        """Return the sentences that list so many states that they are about none of them."""
        states = defaultdict[int, set[str]](set)
        for found in reading.found:
            if state := self.gazetteer.states.get(found.use.term):
                states[found.sentence].add(state)
        return frozenset(sentence for sentence, named in states.items() if len(named) >= _CROWD)

    def match_reading(self, reading: Reading) -> tuple[Match, ...]:
        """Return the topics that an article read already is about, surest first."""
        matches = []
        for compiled, observation in self.observe(reading):
            topic = compiled.topic
            parts = contribute(observation.features, self.weights)
            value = score(parts)
            if value >= topic.threshold and observation.features["share of sentences"] >= topic.minimum_share:
                evidence = gather_evidence(reading, compiled, observation, parts, self.gazetteer, self.rules)
                matches.append(Match(topic.id, round(value, 4), evidence, compiled.version, self.gazetteer_version))
        return tuple(sorted(matches, key=lambda match: -match.score))


def _widen(compiled: CompiledTopic) -> CompiledTopic:
    """A topic without what other words on a page could turn against it: words that forbid it, and the place of the lead."""
    anywhere = (
        replace(angle, scope=Scope.ANYWHERE) if angle.scope is Scope.LEAD else angle for angle in compiled.angles
    )
    return replace(compiled, never=None, angles=tuple(anywhere))
