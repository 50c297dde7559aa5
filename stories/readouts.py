"""Read-outs compared: two sides tell one meeting, and each leaves something out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from news.stories import Report
from news.topics import Mention, Where
from stories.profiles import CONCEPT, ENTITY, describe

_SENTENCE_END = re.compile(r"[。！？!?]+[」』”\"']?|(?<=[^A-Z])\.(?=\s|$)[”\"']?|(?<=다)\.(?=[가-힣])|\n+")
"""Where a sentence ends in four languages; a full stop after a capital stands inside a name. Korean papers leave out
the space after one."""


_MEETINGS = frozenset(
    f"{kind}:{name}"
    for kind, names in ((CONCEPT, ("meeting", "phonecall", "visit")), (ENTITY, ("summit", "phone-call", "state-visit")))
    for name in names
)
"""What a headline tells of that has two sides."""


def tells_meeting(report: Report) -> bool:
    """Whether a headline tells of a meeting, a call or a visit, which each side tells in its own words."""
    return not _MEETINGS.isdisjoint(describe(report).titled)


@dataclass(frozen=True, slots=True)
class Telling:
    """How one side tells something: the first sentence that names it, and the report it stands in."""

    report: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One entity or formula, and how each side tells it; a side that leaves it out is not there."""

    entity: str
    tellings: Mapping[str, Telling]

    def left_out_by(self, sides: Iterable[str]) -> tuple[str, ...]:
        """Return which of the sides do not name it."""
        return tuple(side for side in sides if side not in self.tellings)


def compare_readouts(sides: Mapping[str, Sequence[Report]], watched: Iterable[str]) -> tuple[Compared, ...]:
    """Compare how sides tell one meeting: which watched entities and formulae each names, with its sentence.

    `sides` are reports by side, the surest first (a ministry's own text before its agency's). What only some sides name
    comes first, since that is what a reader looks for; what none names is left out.
    """
    told = {side: _find_tellings(reports) for side, reports in sides.items()}
    compared = [
        Compared(entity, {side: found[entity] for side, found in told.items() if entity in found})
        for entity in dict.fromkeys(watched)
    ]
    named = [one for one in compared if one.tellings]
    return tuple(sorted(named, key=lambda one: len(one.tellings) == len(sides)))


def _find_tellings(reports: Sequence[Report]) -> dict[str, Telling]:
    found: dict[str, Telling] = {}
    for report in reports:
        for mention in report.mentions:
            if mention.entity not in found:
                found[mention.entity] = Telling(report.id, quote_sentence(report, mention))
    return found


def quote_sentence(report: Report, mention: Mention) -> str:
    """Return the sentence that a mention stands in, on one line; the whole title for one in the title."""
    if mention.where is Where.TITLE:
        return report.title
    ends = [end.end() for end in _SENTENCE_END.finditer(report.text)]
    start = max((end for end in ends if end <= mention.start), default=0)
    end = min((end for end in ends if end >= mention.end), default=len(report.text))
    return " ".join(report.text[start:end].split())
