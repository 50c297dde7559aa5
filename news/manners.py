"""What those who fetch and those who keep notes of it tell each other about a site. Durations count from now: clocks differ."""

from dataclasses import dataclass
from datetime import timedelta

from news.errors import FetchError, FetchFailure


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a fetch failed, as far as it is worth remembering."""

    reason: str
    kind: FetchFailure
    status: int | None = None

    @classmethod
    def of(cls, error: FetchError) -> "Trouble":
        """Take it from an error."""
        return cls(str(error), error.kind, error.status)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a site's robots.txt says, believed for so long: its text, None where there is none.

    `trouble` is why nothing is known; then nothing of the site may be read.
    """

    kept_for: timedelta
    text: str | None = None
    trouble: Trouble | None = None
