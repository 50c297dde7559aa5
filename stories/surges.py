"""Surges: a topic's volume well above its own baseline, told once, and ended only when it is over."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import sqrt
from statistics import median
from zoneinfo import ZoneInfo

from news.stories import SurgeWatch, TopicSource, TopicStory

LEARNS_FOR = timedelta(days=14)
"""History below which a topic has no baseline: two of each weekday."""
LOOKS_BACK = timedelta(days=56)
"""Eight weeks: a season's habit, without last season's crisis."""
WIDTH = timedelta(hours=6)
"""What is counted: the last six hours, compared with the same hours of other days."""
LEAST_STORIES = 5
"""Under this, a quiet topic's few stories are no surge, however quiet it was before."""
_LEAST_ORIGINS = 3
"""Owners of outlets from whose own texts the stories must come: what one house or agency pours out is no surge."""
_BEGINS_AT, _ENDS_AT = 4.0, 1.5
"""Deviations above the baseline at which a surge begins, and under which it ends: apart, so that it does not flicker."""
_COOLS_FOR = timedelta(hours=12)
"""After a surge has ended, none is told again for so long."""
_ROBUST = 1.4826
"""Makes the median of deviations comparable to a standard deviation."""

_CAUGHT_UP_AFTER = timedelta(hours=24)
"""What a source published while it did not answer stands in its feed for a day or so, and counts for when it came out."""
_BLIND_SHARE = 0.25
"""The share of a topic's reports whose sources may be out of reach before a count says nothing."""
_LEAST_DAYS = 7
"""Days with sources that make a baseline; below, what was seen is too little to call anything usual."""
_LEAST_ALIKE = 4
"""Weekend days, or working days, that are a baseline of their own: two weekends."""


class State(StrEnum):
    """Where a topic stands."""

    LEARNING = "learning"
    BLIND = "blind"
    QUIET = "quiet"
    SURGING = "surging"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found. `stories` are those behind a surge, the widest told first; `why` is in words.

    `begins` and `ends` are true at the one look that finds so.
    """

    state: State
    why: str
    count: int = 0
    usual: float = 0.0
    stories: tuple[int, ...] = ()
    begins: bool = False
    ends: bool = False


def look_for_surge(
    watch: SurgeWatch,
    stories: Sequence[TopicStory],
    now: datetime,
    zone: ZoneInfo,
    sources: Sequence[TopicSource] = (),
) -> Look:
    """Compare a topic's stories of the last six hours with the same hours of earlier days, on the clock of `zone`.

    `sources` are where the topic's reports come from: hours in which too many of them did not answer teach nothing, and
    while they do not, a surge neither begins nor ends. Without them, every hour counts as seen.
    """
    learned_at = watch.since_at + LEARNS_FOR
    if now < learned_at:
        return Look(State.LEARNING, f"learning until {learned_at.astimezone(zone):%Y-%m-%d}")
    recent = [story for story in stories if now - WIDTH < story.first_at <= now]
    if sum(source.share for source in sources if source.is_failing) > _BLIND_SHARE:
        return Look(State.BLIND, "its sources do not answer, so that nothing can be said", len(recent))
    ends = _find_comparable(watch, now, zone, sources)
    if len(ends) < _LEAST_DAYS:
        return Look(State.LEARNING, f"learning: only {len(ends)} earlier days with its sources are known", len(recent))
    return _judge(watch, recent, *_find_baseline(stories, ends), now)


def _judge(watch: SurgeWatch, recent: Sequence[TopicStory], usual: float, spread: float, now: datetime) -> Look:
    count = len(recent)
    above = (count - usual) / spread
    origins = frozenset[str]().union(*(story.origins for story in recent))
    enough = count >= LEAST_STORIES and len(origins) >= _LEAST_ORIGINS
    cooling = watch.ended_at is not None and now < watch.ended_at + _COOLS_FOR
    goes_on = above >= _ENDS_AT if watch.is_surging else above >= _BEGINS_AT and enough and not cooling
    why = f"{count} stories in {WIDTH // timedelta(hours=1)} hours, usually {usual:.0f}"
    if not goes_on:
        return Look(State.QUIET, why, count, usual, ends=watch.is_surging)
    behind = sorted(recent, key=lambda story: (-len(story.origins), story.first_at, story.id))
    return Look(State.SURGING, why, count, usual, tuple(story.id for story in behind), begins=not watch.is_surging)


def _find_comparable(
    watch: SurgeWatch, now: datetime, zone: ZoneInfo, sources: Sequence[TopicSource]
) -> list[datetime]:
    """Return this hour of earlier days on which the sources answered: working days or weekends, as today is one.

    All of them, where too few are like today.
    """
    days = int(min(LOOKS_BACK, now - WIDTH - watch.since_at) / timedelta(days=1))
    local = now.astimezone(zone)
    # Arithmetic on a zone's own clock, so that a change of clocks moves nothing.
    earlier = [(local - timedelta(days=back)).astimezone(UTC) for back in range(1, days + 1)]
    known = [end for end in earlier if not _was_blind(end, sources)]
    alike = [end for end in known if _is_weekend(end, zone) == _is_weekend(now, zone)]
    return alike if len(alike) >= _LEAST_ALIKE and len(known) >= _LEAST_DAYS else known


def _find_baseline(stories: Sequence[TopicStory], ends: Sequence[datetime]) -> tuple[float, float]:
    """Return the median count of six hours, and how far counts stray from it: at least as chance alone would have it."""
    times = sorted(story.first_at for story in stories)
    counts = [bisect_right(times, end) - bisect_right(times, end - WIDTH) for end in ends]
    usual = float(median(counts))
    strayed = median(abs(count - usual) for count in counts)
    return usual, max(1.0, sqrt(usual), _ROBUST * strayed)


def _was_blind(end: datetime, sources: Sequence[TopicSource]) -> bool:
    """Whether too many sources did not answer from six hours before `end` until they would have caught up."""
    until = end + _CAUGHT_UP_AFTER
    return sum(source.share for source in sources if not _has_answered(source, end - WIDTH, until)) > _BLIND_SHARE


def _has_answered(source: TopicSource, since: datetime, until: datetime) -> bool:
    """`answered_at` are whole hours, so that one in which `since` falls counts."""
    first = bisect_left(source.answered_at, since - timedelta(hours=1))
    return first < len(source.answered_at) and source.answered_at[first] <= until


def _is_weekend(at: datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).weekday() >= 5  # noqa: PLR2004 (Saturday)
