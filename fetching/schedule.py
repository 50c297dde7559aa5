"""When a feed is looked at next, and what an answer changes in its polling state. Pure: `now` and chance are arguments.

A feed is never switched off. One that fails is asked ever less often, down to once a day, and is back in its rhythm
after its first good answer; one that the publisher ended (410) is looked at once a week. One that was not asked, for want
of a turn or of a network or since its host rests, is due again soon.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import nlargest

from news.errors import FetchError, FetchFailure
from news.sources import RHYTHM_ENTRIES, FeedState, Rhythm


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    """How often feeds are looked at.

    `floor` and `ceiling` bound every wait, whatever a feed does or asks; only an ended feed waits longer.
    """

    floor: timedelta = timedelta(minutes=10)
    """A feed holds 20 to 100 entries, and the busiest wire writes some 30 an hour: nothing is lost at this pace."""
    ceiling: timedelta = timedelta(hours=24)
    unknown: timedelta = timedelta(hours=1)
    """For a feed whose rhythm is not known: less than two dated entries."""
    looks_per_entry: float = 2.0
    """Two looks in the time in which one entry comes: news is on average a quarter of that time late."""
    wish_ceiling: timedelta = timedelta(hours=3)
    """How far a publisher's `<ttl>` or `max-age` slows us. Many were set to a day or a year for other reasons."""
    spread: float = 0.1
    """Waits are drawn out by up to this share, so that feeds added together do not stay together."""
    moves_after: int = 3
    """So many good polls in a row must end at the same place before a permanent redirect is believed."""
    returns_after: float = 3.0
    """From so many failures on a feed that has moved is also looked for where it is declared: three doublings of its wait."""
    ended_every: timedelta = timedelta(days=7)
    """How often an ended feed is looked at: a 410 by mistake heals by itself."""
    max_failures: float = 10.0
    """Failures are counted up to here: ten doublings lead from any floor to the ceiling."""

    def __post_init__(self) -> None:
        if not timedelta(0) < self.floor <= self.ceiling <= self.ended_every:
            raise ValueError("a schedule needs 0 < floor <= ceiling <= ended_every")


# What a failure says about the next attempt. Hard: it will not pass without somebody doing something. Soft: it may
# pass. Temporary: it says little about the feed. What failed for our own lack of a network, or of a turn, says nothing.
_HARD, _SOFT, _TEMPORARY, _NOTHING = 1.0, 0.5, 0.25, 0.0
_WEIGHTS = {
    FetchFailure.GONE: _HARD,
    FetchFailure.BLOCKED: _HARD,
    FetchFailure.REFUSED_ADDRESS: _HARD,
    FetchFailure.ROBOTS: _HARD,
    FetchFailure.REDIRECTS: _HARD,
    FetchFailure.NOT_A_FEED: _HARD,
    FetchFailure.TOO_LARGE: _HARD,
    FetchFailure.DNS: _HARD,
    FetchFailure.TLS: _SOFT,
    FetchFailure.CONNECT: _SOFT,
    FetchFailure.BAD_RESPONSE: _SOFT,
    FetchFailure.STATUS: _SOFT,
    FetchFailure.TIMEOUT: _TEMPORARY,
    FetchFailure.RATE_LIMITED: _TEMPORARY,
    FetchFailure.NO_NETWORK: _NOTHING,
    FetchFailure.PACED: _NOTHING,
    FetchFailure.DEFECT: _SOFT,
}
_FIRST_SERVER_ERROR = 500


def weigh_failure(failure: FetchFailure, status: int | None = None) -> float:
    """Tell how much a failure counts: 1 hard, 0.5 soft, 0.25 temporary, 0 when it was not the feed's."""
    if failure is FetchFailure.STATUS and status is not None:
        return _TEMPORARY if status >= _FIRST_SERVER_ERROR else _HARD
    return _WEIGHTS[failure]


def plan_next_check(
    now: datetime,
    policy: SchedulePolicy,
    *,
    failures: float = 0.0,
    failure: FetchFailure | None = None,
    retry_after: timedelta | None = None,
    rhythm: Rhythm | None = None,
    wish: timedelta = timedelta(0),
    jitter: float = 0.5,
) -> datetime:
    """Decide when a feed is looked at next.

    Args:
        now: The time of this poll, aware.
        policy: The bounds and weights.
        failures: The weighted failures in a row, this poll's included; 0 after a good poll.
        failure: How this poll failed; only GONE is treated apart.
        retry_after: What the server asked for; kept up to the ceiling.
        rhythm: That of its latest entries; None where it has none.
        wish: What the publisher asks for (`read_wish`).
        jitter: Chance, in 0..1; more waits longer.
    """
    if failure is FetchFailure.GONE:
        return now + policy.ended_every
    wait = max(measure_rhythm(rhythm, now, policy), min(wish, policy.wish_ceiling))
    wait = min(wait, policy.ceiling) * 2 ** min(failures, policy.max_failures)
    wait = max(wait * (1 + policy.spread * jitter), retry_after or timedelta(0))
    return now + _within(wait, policy)


def read_rhythm(times: Iterable[datetime], now: datetime) -> Rhythm | None:
    """Read the rhythm off publication times, in any order; None where there are none.

    Only the latest count: some feeds hold an archive of years. Times in the future are announced ahead and tell nothing.
    """
    latest = nlargest(RHYTHM_ENTRIES, (at for at in times if at <= now))
    return Rhythm(latest[-1], latest[0], len(latest)) if latest else None


def read_wish(fresh_for: timedelta | None, ttl_minutes: float | None, policy: SchedulePolicy) -> timedelta:
    """Tell how long a publisher asks to wait: the longer of the answer's freshness and what the feed says of itself."""
    return min(max(fresh_for or timedelta(0), _minutes(ttl_minutes, policy)), policy.wish_ceiling)


def measure_rhythm(rhythm: Rhythm | None, now: datetime, policy: SchedulePolicy) -> timedelta:
    """Tell how long to wait between two looks at a feed with this rhythm.

    The mean gap between its entries is what counts, the silence since the last one being a gap too: so a feed that
    falls silent is asked less and less.
    """
    gap = rhythm.interval if rhythm else None
    if rhythm is None or gap is None:
        return policy.unknown
    expected = (now - rhythm.last_at) / _SILENT_GAPS if is_silent(rhythm, now) else gap
    return _within(expected / policy.looks_per_entry, policy)


# A silence is more than a pause once four entries are missing. It must be longer than a night too, or a daily's rhythm would
# swing with the clock.
_SILENT_GAPS = 4
_NIGHT = timedelta(hours=12)


def is_silent(rhythm: Rhythm | None, now: datetime) -> bool:
    """Tell whether a feed is silent beyond its rhythm. Then it is asked as if it were not known: seldom, and for all it has.

    Some servers answer 'not modified' for ever to an ETag or date that they once gave, whatever they publish since.
    """
    if rhythm is None or rhythm.interval is None:
        return False
    return now - rhythm.last_at > max(_NIGHT, _SILENT_GAPS * rhythm.interval)


def _minutes(minutes: float | None, policy: SchedulePolicy) -> timedelta:
    # Feeds say anything here: negative numbers, NaN, a million years.
    most = policy.wish_ceiling / timedelta(minutes=1)
    return timedelta(minutes=min(minutes, most)) if minutes is not None and minutes > 0 else timedelta(0)


def _within(wait: timedelta, policy: SchedulePolicy) -> timedelta:
    return min(max(wait, policy.floor), policy.ceiling)


def decide_move(
    state: FeedState, permanent_url: str | None, now: datetime, policy: SchedulePolicy, *, is_valid: bool = True
) -> FeedState:
    """Count a permanent redirect, and adopt it once enough polls in a row found a valid feed at the same place.

    Servers redirect everything to a login page or a front page, for an hour or for good: so an answer that holds no
    feed counts for nothing, and a poll that was not redirected starts the count anew. ETag and date stay: they came
    from where the redirects led.
    """
    if not is_valid:
        return state
    if permanent_url is None or permanent_url == state.url:
        return replace(state, moved_to=None, moved_count=0)
    count = state.moved_count + 1 if permanent_url == state.moved_to else 1
    if count < policy.moves_after:
        return replace(state, moved_to=permanent_url, moved_count=count)
    return replace(state, url=permanent_url, moved_to=None, moved_count=0, moved_at=now)


def seek_return(state: FeedState, declared_url: str, policy: SchedulePolicy) -> FeedState | None:
    """Give the state to poll a feed with that fails where it moved, and may be back where it is declared; None for others.

    Its validators stay behind: they came from elsewhere.
    """
    is_lost = state.gone_at is not None or state.failures >= policy.returns_after
    if state.url == declared_url or not is_lost:
        return None
    declared = replace(state, url=declared_url, etag=None, last_modified=None)
    return replace(declared, moved_to=None, moved_count=0, moved_at=None)


def note_success(state: FeedState, now: datetime, next_check_at: datetime) -> FeedState:
    """Give the state after a good poll: no failures, not gone, and the time of the next look."""
    return replace(state, checked_at=now, next_check_at=next_check_at, failures=0.0, gone_at=None)


def note_failure(
    state: FeedState,
    error: FetchError,
    now: datetime,
    policy: SchedulePolicy,
    *,
    rhythm: Rhythm | None = None,
    jitter: float = 0.5,
) -> FeedState:
    """Give the state after a failed poll: the failure counted by its weight, and the next look planned."""
    weight = weigh_failure(error.kind, error.status) if error.was_asked else _NOTHING
    if weight == _NOTHING:
        return replace(state, checked_at=now, next_check_at=_plan_another_try(now, policy, error.retry_after, jitter))
    failures = min(state.failures + weight, policy.max_failures)
    planned = plan_next_check(
        now,
        policy,
        failures=failures,
        failure=error.kind,
        retry_after=error.retry_after,
        rhythm=rhythm,
        wish=timedelta(seconds=state.wish_seconds or 0.0),
        jitter=jitter,
    )
    gone_at = (state.gone_at or now) if error.kind is FetchFailure.GONE else state.gone_at
    return replace(state, checked_at=now, next_check_at=planned, failures=failures, gone_at=gone_at)


def _plan_another_try(now: datetime, policy: SchedulePolicy, after: timedelta | None, jitter: float) -> datetime:
    """Plan the next look at a feed that was due and was not asked: its rhythm has nothing to do with it."""
    return now + _within(max(policy.floor * (1 + policy.spread * jitter), after or timedelta(0)), policy)
