"""How rare a mark is: a shipped prior, and what the reports of the window have shown since."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from stories.concepts import LANGUAGES

SHIPPED = Path(__file__).with_name("frequencies.tsv")

UNSEEN = 0.0005
"""The share of reports that bear a mark which the prior does not know: one in two thousand, or rarer."""

_PRIOR_REPORTS = 2000
"""How many reports of the window weigh as much as the prior: about what was counted for each language."""


@cache
def shipped_shares() -> Mapping[str, tuple[float, ...]]:
    """Return the share of ordinary reports that bear a mark, by mark; one number for each of `LANGUAGES`."""
    rows = [line.split("\t") for line in SHIPPED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {mark: tuple(max(int(share) / 10_000, UNSEEN) for share in shares) for mark, *shares in rows}


class Rarity:
    """The weight of a mark, 0 for what every report bears to 1 for what one in two thousand bears.

    `counts` are the reports of the window that bear a mark, of `reports` in all.
    """

    def __init__(self, counts: Mapping[str, int] | None = None, reports: int = 0) -> None:
        self._prior = shipped_shares()
        self._counts = Counter(counts or {})
        self._reports = reports

    def count(self, marks: Iterable[str]) -> None:
        """Take in the marks of one more report."""
        self._counts.update(marks)
        self._reports += 1

    def uncount(self, marks: Iterable[str]) -> None:
        """Forget the marks of a report that left the window."""
        for mark in marks:
            if self._counts[mark] > 1:
                self._counts[mark] -= 1
            else:
                del self._counts[mark]
        self._reports -= 1

    def weigh(self, mark: str, language: str) -> float:
        """Return the weight of a mark in a report of a language."""
        shares = self._prior.get(mark)
        prior = shares[LANGUAGES.index(language)] if shares else UNSEEN
        share = (prior * _PRIOR_REPORTS + self._counts[mark]) / (_PRIOR_REPORTS + self._reports)
        return min(1.0, math.log(share) / math.log(UNSEEN))
