"""Splits: a story whose reports turn out to tell two events, each of which its own reports show."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TypeVar

T = TypeVar("T")

APART = -0.75
"""The mean link between two parts, in log-odds with days left out, under which they are apart: well below 0, where stories
are merged, so that none is merged and split in turn. A story that only goes on for days is not split by that."""
_LEAST = 2
"""Independent texts that must tell each part: one report that fits badly is no second event."""


def find_split(members: Sequence[T], link: Callable[[T, T], float]) -> list[T] | None:
    """Return the part of a story that tells another event than its first report, in order of time, or None.

    `members` are independent texts in order of time, the first one first. Parts grow around the two that are least
    alike; they are two events where each holds together (its mean link is above 0) and both are apart.
    """
    if len(members) < 2 * _LEAST:
        return None
    scores = {(a, b): link(members[a], members[b]) for a, b in combinations(range(len(members)), 2)}
    if min(scores.values()) > APART:
        return None
    kept, left = _part(range(len(members)), scores)
    if min(len(kept), len(left)) < _LEAST or min(map(_hold(scores), (kept, left))) <= 0:
        return None
    across = [scores[min(a, b), max(a, b)] for a in kept for b in left]
    return [members[n] for n in sorted(left)] if sum(across) / len(across) < APART else None


def _part(numbers: Sequence[int], scores: dict[tuple[int, int], float]) -> tuple[list[int], list[int]]:
    """Grow two parts around the pair that is least alike; the first report's part comes first."""
    one, other = min(scores, key=lambda pair: scores[pair])
    parts = ([one], [other])

    def draw(number: int, part: Iterable[int]) -> float:
        links = [scores[min(number, n), max(number, n)] for n in part]
        return sum(links) / len(links)

    rest = [number for number in numbers if number not in {one, other}]
    while rest:
        sure = max(rest, key=lambda number: abs(draw(number, parts[0]) - draw(number, parts[1])))
        rest.remove(sure)
        parts[draw(sure, parts[0]) < draw(sure, parts[1])].append(sure)
    return (parts[0], parts[1]) if 0 in parts[0] else (parts[1], parts[0])


def _hold(scores: dict[tuple[int, int], float]) -> Callable[[list[int]], float]:
    def hold(part: list[int]) -> float:
        links = [scores[pair] for pair in combinations(sorted(part), 2)]
        return sum(links) / len(links)

    return hold
