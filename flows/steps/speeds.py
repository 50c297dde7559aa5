"""Two speeds of reading: carefully as long as a round's time lasts, wide when more pages wait than it can hold.

Time is what the workers spend, not what the clock shows: a round that waits for slow hosts has idle workers and reads on
carefully.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from news.articles import Quality
from news.reading import PageResult

_ASSUMED_SECONDS = 0.02
"""What a careful page is taken to cost before any was read: twice the mean of 840 saved news pages on one core."""
_ASSUMED_PAGES = 50
"""Pages whose measured cost weighs as much as the assumption: half a batch."""


@dataclass(slots=True)
class ReadingTime:
    """What a round's workers can spend on pages, and have spent, in seconds of one worker."""

    seconds: float
    is_always_wide: bool = False
    spent: float = 0.0
    careful_pages: int = 0
    careful_seconds: float = 0.0

    @classmethod
    def of_round(cls, interval: timedelta, workers: int, *, is_always_wide: bool = False) -> "ReadingTime":
        """The time between two rounds is what one may take."""
        return cls(interval.total_seconds() * workers, is_always_wide)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.spent >= self.seconds

    def is_short_for(self, pages: int) -> bool:
        """Whether so many pages must be read wide: careful reading would take longer than what is left."""
        return self.is_always_wide or pages * self._seconds_each > self.seconds - self.spent

    @property
    def _seconds_each(self) -> float:
        assumed = _ASSUMED_PAGES * _ASSUMED_SECONDS
        return (assumed + self.careful_seconds) / (_ASSUMED_PAGES + self.careful_pages)

    def note(self, results: Iterable[PageResult], *, is_wide: bool) -> None:
        """Count what a batch took; only careful batches tell what careful reading costs."""
        for result in results:
            self.spent += result.seconds
            if not is_wide and result.article and result.article.quality is Quality.CAREFUL:
                self.careful_pages += 1
                self.careful_seconds += result.seconds
