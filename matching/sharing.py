"""A word of its own for every group of an angle: an ambiguous name is one of its bearers, never two sides at once.

Two groups may share characters only where the gazetteer says that they mean both: "中韩" is declared under China and
under South Korea, "訪中" under China and as a visit. A bare "国防部" is China's or Taiwan's, and a drill that two groups
list is still one drill.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from matching.finding import Found


@dataclass(frozen=True)
class Words:
    """The finds of an article in order of their place, by sentence once they are asked for."""

    found: Sequence[Found] = ()

    @cached_property
    def by_sentence(self) -> Mapping[int, Sequence[Found]]:
        """The finds of each sentence that has any."""
        by_sentence = defaultdict[int, list[Found]](list)
        for one in self.found:
            by_sentence[one.sentence].append(one)
        return by_sentence

    @cached_property
    def doubtful(self) -> frozenset[int]:
        """The sentences in which an ambiguous name stands on another find."""
        weak = {one.sentence for one in self.found if one.use.weak}
        return frozenset(number for number in weak if _is_doubtful(self.by_sentence[number]))


def _is_doubtful(found: Sequence[Found]) -> bool:
    weak = [one for one in found if one.use.weak]
    return any(one is not other and _exclude(one, other) for one in weak for other in found)


def can_fill(groups: Sequence[AbstractSet[int]], found: Collection[Found]) -> bool:
    """Whether every group of terms finds a word of its own."""
    choices = sorted(([one for one in found if one.use.term in group] for group in groups), key=len)
    return _assign(choices, ())


def _assign(choices: Sequence[Sequence[Found]], taken: tuple[Found, ...]) -> bool:
    if not choices:
        return True
    return any(
        not any(_exclude(one, other) for other in taken) and _assign(choices[1:], (*taken, one)) for one in choices[0]
    )


def _exclude(one: Found, other: Found) -> bool:
    """Whether two finds are the same word, taken in the same sense or in senses of which only one can be meant."""
    overlap = one.start < other.end and other.start < one.end
    return overlap and (one.use.term == other.use.term or one.use.weak or other.use.weak)
