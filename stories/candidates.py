"""Where to look: the keys under which a report is found, and which others share enough of them to be compared."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from news.stories import Report
from stories.copies import cut_shingles, find_copy_keys
from stories.profiles import WORD, describe
from stories.rarity import Rarity

Id = TypeVar("Id", bound=Hashable)

_RAREST = 12
"""Marks of a report by which candidates are looked for, the rarest first."""
_RAREST_WORDS = 6
"""Words of the title by which candidates are looked for: all there is where the gazetteer names nobody."""
LATEST = 60
"""Reports looked at for one key: where more bear it, it says little, and the latest are the likeliest."""

_NEAREST = 20
"""Reports whose stories a stored report is compared with: more than the stories that are compared in the end."""


class Seeker:
    """A report that looks for others of its event. `keys` are what later reports find it by."""

    def __init__(self, report: Report) -> None:
        report = replace(report, title=_make_readable(report.title), text=_make_readable(report.text))
        self.report = report
        self.profile = describe(report)
        self.shingles = cut_shingles(report.text)
        self.keys = (*self.profile.marks, *find_copy_keys(report.title, self.shingles))

    def weigh(self, rarity: Rarity) -> dict[str, float]:
        """Return the weight of each mark of the report, by place and rarity."""
        weigh, language = rarity.weigh, self.profile.language
        return {mark: place * weigh(mark, language) for mark, place in self.profile.marks.items()}

    def choose_keys(self, weights: Mapping[str, float]) -> Iterator[str]:
        """Yield the keys worth looking under: the rarest marks, and everything that finds copies."""
        marks = sorted(weights, key=lambda mark: (-weights[mark], mark))
        yield from [mark for mark in marks if mark[0] != WORD][:_RAREST]
        yield from [mark for mark in marks if mark[0] == WORD][:_RAREST_WORDS]
        yield from (key for key in self.keys if key not in weights)

    def count_shared(
        self, postings: Mapping[str, Sequence[Id]], weights: Mapping[str, float]
    ) -> tuple[dict[Id, float], Counter[Id]]:
        """Return the reports that share rare marks, with the weight shared, and those that share a title or bands."""
        marked: dict[Id, float] = {}
        copied = Counter[Id]()
        get = marked.get
        for key in self.choose_keys(weights):
            posted = postings.get(key, ())[-LATEST:]
            if key in weights:
                weight = weights[key]
                for other in posted:
                    marked[other] = get(other, 0.0) + weight
            else:
                copied.update(posted)
        return marked, copied

    def choose_nearest(self, postings: Mapping[str, Sequence[Id]], weights: Mapping[str, float]) -> Iterator[Id]:
        """Yield the reports that share most, of those found under the keys."""
        marked, copied = self.count_shared(postings, weights)
        yield from sorted(marked, key=lambda other: -marked[other])[:_NEAREST]
        yield from (other for other, _ in copied.most_common(_NEAREST))


def _make_readable(text: str) -> str:
    """Put a sign of equal length in the place of half characters, which no library reads and a cut text may hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
