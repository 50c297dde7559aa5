"""What is weighed: a handful of features that a reader would name too, the same for every topic, each in 0..1."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from matching.rules import CompiledAngle, CompiledTopic
from matching.sentences import Layout
from matching.sharing import Words, can_fill
from news.topics import Scope, Within

Where = Mapping[int, AbstractSet[int]]
"""The sentences in which each group of terms occurs, by the group's number."""

_NOTHING: frozenset[int] = frozenset()
_ENOUGH = 3
"""Sentences after which more of the same says nothing new."""

FEATURES = (
    "key in title",
    "key in lead",
    "key in body",
    "angle in title",
    "angle in lead",
    "angle in body",
    "supported in title",
    "supported in lead",
    "supported in body",
    "part in title",
    "share of sentences",
    "off in title",
    "off in lead",
    "share off",
)


AGAINST = frozenset({"off in title", "off in lead", "share off"})
"""Features that can only speak against a topic."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What an article shows of a topic: the features by name, and the sentences they were read from."""

    features: Mapping[str, float]
    about: frozenset[int]
    """Sentences with a key or an angle."""
    supported: frozenset[int]
    """Those of them in which a support stands too, or a key."""


def observe(
    topic: CompiledTopic, where: Where, layout: Layout, words: Words, crowded: AbstractSet[int] = _NOTHING
) -> Observation | None:
    """Observe a topic in an article; None where no sentence is about it, or where a `never` term occurs.

    An angle does not count in a `crowded` sentence, which names so many states that any two of them meet by chance.
    """
    if topic.never is not None and where.get(topic.never):
        return None
    keys = _find_group(topic.keys, where)
    present = [angle for angle in topic.angles if all(where.get(group) for group in angle.groups)]
    tight = frozenset[int]().union(*(find_angle(angle, where, layout, words) for angle in present)) - crowded
    about = keys | tight
    if not about:
        return None
    supported = tight & _find_group(topic.supports, where)
    # A sentence with a key is about the topic, whatever else it speaks of.
    off = _find_group(topic.off, where) - keys
    total = len(layout.starts)
    features = {
        "part in title": max((_part_in_title(angle, where) for angle in present), default=0.0),
        "share of sentences": len(about) / total,
        "off in title": float(0 in off),
        "off in lead": float(any(layout.is_lead(one) for one in off)),
        "share off": len(off) / total,
    }
    for name, sentences in (("key", keys), ("angle", tight), ("supported", supported)):
        features |= _by_place(name, sentences, layout)
    return Observation(features, about, supported | keys)


def _find_group(group: int | None, where: Where) -> frozenset[int]:
    return frozenset(where.get(group, _NOTHING)) if group is not None else _NOTHING


def _by_place(name: str, sentences: Iterable[int], layout: Layout) -> dict[str, float]:
    body = sum(1 for one in sentences if not layout.is_lead(one))
    return {
        f"{name} in title": float(0 in sentences),
        f"{name} in lead": float(any(one > 0 and layout.is_lead(one) for one in sentences)),
        f"{name} in body": min(body, _ENOUGH) / _ENOUGH,
    }


def find_angle(angle: CompiledAngle, where: Where, layout: Layout, words: Words) -> frozenset[int]:
    """Return the sentences in which an angle stands as its `within` and `scope` ask, every group by a word of its own."""
    sets = [where.get(group, _NOTHING) for group in angle.groups]
    if angle.within is Within.SENTENCE:
        found = frozenset(sets[0]).intersection(*sets[1:])
    else:
        found = _find_apart(angle.within, sets, layout)
    if angle.scope is Scope.TITLE:
        found &= {0}
    elif angle.scope is Scope.LEAD:
        found = frozenset(one for one in found if layout.is_lead(one))
    if not angle.shares_terms and not words.doubtful:
        return found
    return frozenset(one for one in found if _is_filled(angle, one, layout, words))


def _is_filled(angle: CompiledAngle, sentence: int, layout: Layout, words: Words) -> bool:
    around = _list_around(angle.within, sentence, layout)
    if not angle.shares_terms and words.doubtful.isdisjoint(around):
        return True
    return can_fill(angle.terms, [found for one in around for found in words.by_sentence.get(one, ())])


def _list_around(within: Within, sentence: int, layout: Layout) -> Iterable[int]:
    """The sentences among which the groups of an angle may be spread."""
    if within is Within.SENTENCE:
        return (sentence,)
    if within is Within.WINDOW:
        return (sentence, sentence + 1)
    every = range(len(layout.starts))
    if within is Within.ARTICLE:
        return every
    return [one for one in every if layout.paragraphs[one] == layout.paragraphs[sentence]]


def _find_apart(within: Within, sets: list[AbstractSet[int]], layout: Layout) -> frozenset[int]:
    every = frozenset().union(*sets)
    if within is Within.ARTICLE:
        return every if all(sets) else _NOTHING
    if within is Within.WINDOW:
        return frozenset(one for one in every if all(one in group or one + 1 in group for group in sets))
    paragraphs = [{layout.paragraphs[one] for one in group} for group in sets]
    together = paragraphs[0].intersection(*paragraphs[1:])
    return frozenset(one for one in every if layout.paragraphs[one] in together)


def _part_in_title(angle: CompiledAngle, where: Where) -> float:
    return sum(0 in where.get(group, _NOTHING) for group in angle.groups) / len(angle.groups)
