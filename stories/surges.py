"""Surges: a topic's volume well above its own baseline, told once, and ended only when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo

LEARNS_FOR = timedelta(days=14)
"""History below which a topic has no baseline: two of each weekday."""
_LOOKS_BACK = timedelta(days=56)
"""Eight weeks: a season's habit, without last season's crisis."""
_BEGINS_AT, _ENDS_AT = 4.0, 1.5
"""Deviations above the baseline at which a surge begins, and under which it ends: apart, so that it does not flicker."""
_LEAST_STORIES, _LEAST_ORIGINS = 5, 4
"""Under these, a quiet topic's few reports are no surge, however quiet it was before; one wire's copies are none either."""
_COOLS_FOR = timedelta(hours=12)
"""After a surge has ended, none is told again for so long."""
_WIDTH = timedelta(hours=6)
"""What is counted: the last six hours, compared with the same hours of other days."""
_ROBUST = 1.4826
"""Makes the median of deviations comparable to a standard deviation."""


class State(StrEnum):
    """Where a topic stands."""

    LEARNING = "learning"
    QUIET = "quiet"
    SURGING = "surging"


@dataclass(frozen=True, slots=True)
class TopicStory:
    """A story of a topic: when it was first reported, and of how many independent origins."""

    id: int
    first_at: datetime
    origins: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of a topic between looks. `since_at` is when its history begins."""

    since_at: datetime
    state: State = State.LEARNING
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found. `stories` are those behind a surge; `why` is in words; `begins` is true at its first look."""

    watch: Watch
    why: str
    count: int = 0
    usual: float = 0.0
    stories: tuple[int, ...] = ()
    begins: bool = False


def look_for_surge(
    watch: Watch, stories: Sequence[TopicStory], now: datetime, zone: ZoneInfo, *, outages: Sequence[date] = ()
) -> Look:
    """Compare a topic's stories of the last six hours with the same hours of earlier days.

    Days of the reader's `zone` on which feeds failed (`outages`) teach nothing: silence for want of feeds is no lull.
    """
    learned_at = watch.since_at + LEARNS_FOR
    if now < learned_at:
        return Look(Watch(watch.since_at), f"learning until {learned_at.astimezone(zone):%Y-%m-%d}")
    recent = [story for story in stories if now - _WIDTH < story.first_at <= now]
    usual, spread = _find_baseline(watch, stories, now, zone, frozenset(outages))
    count = len(recent)
    above = (count - usual) / spread
    enough = count >= _LEAST_STORIES and sum(story.origins for story in recent) >= _LEAST_ORIGINS
    cooling = watch.ended_at is not None and now < watch.ended_at + _COOLS_FOR
    surging = watch.state is State.SURGING
    goes_on = above >= _ENDS_AT if surging else above >= _BEGINS_AT and enough and not cooling
    state = State.SURGING if goes_on else State.QUIET
    ended_at = now if surging and state is State.QUIET else watch.ended_at
    behind = tuple(story.id for story in sorted(recent, key=lambda one: (-one.origins, one.first_at)))
    said = f"{count} stories in six hours, usually {usual:.0f}"
    is_surge = state is State.SURGING
    return Look(
        Watch(watch.since_at, state, ended_at), said, count, usual, behind if is_surge else (), is_surge and not surging
    )


def _find_baseline(
    watch: Watch, stories: Sequence[TopicStory], now: datetime, zone: ZoneInfo, outages: frozenset[date]
) -> tuple[float, float]:
    """Return the median count of these hours on earlier days, and how far counts stray from it, at least one story.

    Working days are compared with working days and weekends with weekends, where there are at least four of them.
    """
    days = int(min(_LOOKS_BACK, now - watch.since_at) / timedelta(days=1))
    ends = [now - timedelta(days=back) for back in range(1, days + 1)]
    known = [end for end in ends if end.astimezone(zone).date() not in outages]
    weekend = _is_weekend(now, zone)
    alike = [end for end in known if _is_weekend(end, zone) == weekend]
    chosen = alike if len(alike) >= 4 else known  # noqa: PLR2004 (two weekends)
    counts = [sum(end - _WIDTH < story.first_at <= end for story in stories) for end in chosen]
    usual = median(counts) if counts else 0.0
    strayed = median(abs(count - usual) for count in counts) if counts else 0.0
    return usual, max(1.0, _ROBUST * strayed)


def _is_weekend(at: datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).weekday() >= 5  # noqa: PLR2004 (Saturday)
