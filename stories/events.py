"""Whether two reports tell one event, in whatever languages: what they share, weighed, and said in words."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stories.profiles import CONCEPT, ENTITY, FIGURE, WORD, Profile

# Log-odds, fitted on labelled reports of four languages and rounded; 0 is where reports are joined.
_BIAS = -3.4
"""Two reports of which nothing is known are of two events."""
_SAME_LANGUAGE = -1.4
"""Reports in one language share marks more easily, so that they must share more."""
_EACH_DAY = -1.1
"""An affair goes on with the same names in it; a day later it is another event, unless more is the same."""
_ENTITIES = 3.0
"""Who and where: the cosine of the entities, weighted by rarity."""
_CONCEPTS = 3.5
"""What happens: the cosine of the concepts."""
_COVERAGE = 3.0
"""What both titles name also stands in the other report: the smaller of the two shares."""
_FIGURES = 1.5
"""A figure that few reports bear: 357 arrests."""
_WORDS = 0.5
"""The cosine of the titles' words; within a language, and of Han characters across Chinese and Japanese."""

_ACTING = 0.4
"""Who does it to whom: both titles name the same two and the same act, and the same one first, or another."""

_COMMON_FIGURE = 0.3
"""The weight up to which a shared figure says nothing: small counts."""

UNRELATED = -5.0
"""The link of reports that share neither who nor what."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A profile with its marks' weights and the lengths of its vectors, by kind."""

    profile: Profile
    weights: dict[str, float]
    lengths: dict[str, float]
    titled: float
    """The sum of the weights of what the title names."""


@dataclass(frozen=True, slots=True)
class Link:
    """How surely two reports tell one event, in log-odds above the joint, and the marks they share."""

    score: float
    shared: frozenset[str] = frozenset()
    timeless: float = UNRELATED
    """The score if both had come on one day."""


def weigh_profile(profile: Profile, weights: dict[str, float]) -> Weighed:
    """Measure a profile whose marks weigh so much."""
    squares = dict.fromkeys((ENTITY, CONCEPT, WORD), 0.0)
    for mark, weight in weights.items():
        if mark[0] in squares:
            squares[mark[0]] += weight * weight
    titled = sum(weights[mark] for mark in profile.titled if mark[0] in _NAMED)
    return Weighed(profile, weights, {kind: math.sqrt(square) for kind, square in squares.items()}, titled)


_NAMED = ENTITY + CONCEPT


def link_reports(one: Weighed, other: Weighed) -> Link:
    """Return how surely two reports tell one event."""
    shared = one.weights.keys() & other.weights.keys()
    products, named = _multiply(one.weights, other.weights, shared)
    words = _compare(one, other, WORD, products)
    if len(named) < _FEWEST_NAMED and words < _SAME_WORDS:
        return _UNRELATED
    entities, concepts = _compare(one, other, ENTITY, products), _compare(one, other, CONCEPT, products)
    figures = [one.weights[mark] + other.weights[mark] for mark in shared if mark[0] == FIGURE]
    days = abs((one.profile.at - other.profile.at).total_seconds()) / 86_400
    timeless = (
        _BIAS
        + _SAME_LANGUAGE * (one.profile.language == other.profile.language)
        + _ENTITIES * entities
        + _CONCEPTS * concepts
        + _COVERAGE * min(_cover(one, named), _cover(other, named))
        + _FIGURES * max(0.0, max(figures, default=0.0) / 2 - _COMMON_FIGURE)
        + _WORDS * words
        + _ACTING * _compare_order(one.profile, other.profile, named)
    )
    return Link(timeless + _EACH_DAY * days, frozenset(shared), timeless)


_FEWEST_NAMED = 2
_SAME_WORDS = 0.5
"""Two entities or concepts, or titles this much alike, must be shared: one name alone is no event."""


_UNRELATED = Link(UNRELATED)


def _multiply(
    one: Mapping[str, float], other: Mapping[str, float], shared: Iterable[str]
) -> tuple[dict[str, float], list[str]]:
    """Return the scalar products of what is shared by kind, and the entities and concepts among it; most of grouping's time."""
    products = {ENTITY: 0.0, CONCEPT: 0.0, WORD: 0.0}
    named = []
    for mark in shared:
        kind = mark[0]
        if kind in products:
            products[kind] += one[mark] * other[mark]
            if kind != WORD:
                named.append(mark)
    return products, named


def _compare_order(one: Profile, other: Profile, shared: Sequence[str]) -> int:
    """Return 1 where both titles let the same one act, -1 where not, 0 where they do not tell."""
    titled = [mark for mark in shared if mark in one.titled and mark in other.titled]
    actors = [mark for mark in titled if mark[0] == ENTITY]
    if len(actors) < _TWO or len(actors) == len(titled):  # one actor alone, or no act
        return 0
    firsts = [next(mark for mark in profile.named if mark in actors) for profile in (one, other)]
    return 1 if firsts[0] == firsts[1] else -1


_TWO = 2
"""Who acts, and to whom."""


def _compare(one: Weighed, other: Weighed, kind: str, products: Mapping[str, float]) -> float:
    """Return the cosine of the marks of one kind."""
    product = products[kind]
    return product / (one.lengths[kind] * other.lengths[kind]) if product else 0.0


def _cover(one: Weighed, shared: Iterable[str]) -> float:
    """Return how much of what a title names is shared."""
    titled = one.profile.titled
    return sum([one.weights[mark] for mark in shared if mark in titled]) / one.titled if one.titled else 0.0


def say_shared(shared: Iterable[str], weights: Mapping[str, float]) -> str:
    """Say what reports share, rarest first: `both tell of Kim Jong Un, missile, launch; both say 1500`."""
    ranked = sorted(shared, key=lambda mark: (-weights[mark], mark))
    named = name_marks(ranked, weights)
    figures = [_write_figure(mark[2:]) for mark in ranked if mark[0] == FIGURE and weights[mark] > _COMMON_FIGURE][:2]
    parts = [f"both tell of {', '.join(named)}" if named else "", f"both say {', '.join(figures)}" if figures else ""]
    return "; ".join(part for part in parts if part) or "titles alike"


def name_marks(marks: Iterable[str], weights: Mapping[str, float]) -> list[str]:
    """Name entities and concepts among marks, the rarest first, a few of them."""
    ranked = sorted(marks, key=lambda mark: (-weights[mark], mark))
    return [mark[2:].replace("-", " ") for mark in ranked if mark[0] in _NAMED][:_SAID]


_SAID = 5
"""Names given as the reason of a link: enough to judge it by."""


def _write_figure(figure: str) -> str:
    return figure if figure.endswith("%") else f"{float(figure):,.12g}"
