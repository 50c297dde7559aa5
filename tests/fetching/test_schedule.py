"""Laws of the schedule: between floor and ceiling, slower with every failure, never never."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetching.schedule import (
    SchedulePolicy,
    decide_move,
    is_silent,
    measure_rhythm,
    note_failure,
    note_success,
    plan_next_check,
    read_rhythm,
    read_wish,
    seek_return,
    weigh_failure,
)
from news.errors import FetchError, FetchFailure
from news.sources import FeedState

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
POLICY = SchedulePolicy()
OLD, NEW, OTHER = "https://example.org/feed", "https://example.org/new", "https://example.org/other"

durations = st.timedeltas(timedelta(0), timedelta(days=4000))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis adds the zone)
hints = st.fixed_dictionaries(
    {
        "recent_at": st.lists(moments, max_size=30),
        "fresh_for": st.none() | durations,
        "ttl_minutes": st.none() | st.floats(),
        "jitter": st.floats(0, 1),
    }
)


def _wait(
    *,
    recent_at: Sequence[datetime] = (),
    fresh_for: timedelta | None = None,
    ttl_minutes: float | None = None,
    **others: Any,  # noqa: ANN401 (what plan_next_check takes)
) -> timedelta:
    rhythm, wish = read_rhythm(recent_at, NOW), read_wish(fresh_for, ttl_minutes, POLICY)
    return plan_next_check(NOW, POLICY, rhythm=rhythm, wish=wish, **others) - NOW


@given(hints, st.floats(0, 1000), st.none() | durations)
def test_no_wait_is_below_the_floor_or_above_the_ceiling(
    hint: dict[str, Any], failures: float, retry_after: timedelta | None
) -> None:
    assert POLICY.floor <= _wait(failures=failures, retry_after=retry_after, **hint) <= POLICY.ceiling


@given(hints, st.floats(0, 20), st.floats(0, 20))
def test_more_failures_never_wait_less(hint: dict[str, Any], one: float, another: float) -> None:
    assert _wait(failures=min(one, another), **hint) <= _wait(failures=max(one, another), **hint)


@given(hints, st.floats(0, 20), durations)
def test_what_the_server_asks_for_is_kept_up_to_the_ceiling(
    hint: dict[str, Any], failures: float, retry_after: timedelta
) -> None:
    assert _wait(failures=failures, retry_after=retry_after, **hint) >= min(retry_after, POLICY.ceiling)


@given(st.lists(st.sampled_from(FetchFailure), min_size=1, max_size=60), st.floats(0, 1))
def test_a_feed_is_never_switched_off_and_comes_back_at_once(failures: list[FetchFailure], jitter: float) -> None:
    state = FeedState("feed", OLD)
    for failure in failures:
        state = note_failure(state, FetchError("", failure), NOW, POLICY, jitter=jitter)
        assert state.next_check_at is not None
        assert state.next_check_at <= NOW + POLICY.ended_every
    state = note_success(state, NOW, plan_next_check(NOW, POLICY, failures=0, jitter=jitter))
    assert (state.failures, state.gone_at, state.next_check_at) == (0, None, NOW + _wait(jitter=jitter))


def test_every_failure_has_its_weight() -> None:
    assert (
        weigh_failure(FetchFailure.BLOCKED) > weigh_failure(FetchFailure.TLS) > weigh_failure(FetchFailure.TIMEOUT) > 0
    )
    assert all(0 <= weigh_failure(failure) <= 1 for failure in FetchFailure)


def test_a_server_in_trouble_weighs_less_than_a_page_that_is_not_there() -> None:
    assert weigh_failure(FetchFailure.STATUS, 503) < weigh_failure(FetchFailure.STATUS, 404)


def test_our_own_lack_of_a_network_is_not_the_feeds_fault() -> None:
    state = note_failure(FeedState("feed", OLD), FetchError("", FetchFailure.NO_NETWORK), NOW, POLICY)
    assert state.failures == 0


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (FetchError("", FetchFailure.PACED, retry_after=timedelta(minutes=1)), POLICY.floor),
        (FetchError("", FetchFailure.NO_NETWORK), POLICY.floor),
        (FetchError("", FetchFailure.TIMEOUT, retry_after=timedelta(seconds=9), was_asked=False), POLICY.floor),
        (
            FetchError("", FetchFailure.RATE_LIMITED, status=429, retry_after=timedelta(minutes=40), was_asked=False),
            timedelta(minutes=40),
        ),
    ],
)
def test_a_feed_that_was_not_asked_is_due_again_soon_whatever_its_rhythm(error: FetchError, wait: timedelta) -> None:
    daily = read_rhythm(_every(timedelta(days=1)), NOW)
    state = note_failure(FeedState("feed", OLD, failures=2.0), error, NOW, POLICY, rhythm=daily, jitter=0)
    assert (state.next_check_at, state.failures) == (NOW + wait, 2.0)


def test_failures_double_the_wait() -> None:
    waits = [_wait(failures=failures, jitter=0) for failures in (0, 1, 2, 3, 9)]
    assert waits == [timedelta(hours=hours) for hours in (1, 2, 4, 8, 24)]


def _every(gap: timedelta, last: timedelta = timedelta(0)) -> list[datetime]:
    return [NOW - last - n * gap for n in range(20)]


@pytest.mark.parametrize(
    ("recent_at", "expected"),
    [
        (_every(timedelta(minutes=2)), POLICY.floor),
        (_every(timedelta(hours=1)), timedelta(minutes=30)),
        (_every(timedelta(hours=1), last=timedelta(hours=10)), timedelta(minutes=30)),
        (_every(timedelta(hours=1), last=timedelta(days=4)), timedelta(hours=12)),
        (_every(timedelta(days=30)), POLICY.ceiling),
        ([NOW], POLICY.unknown),
        ([], POLICY.unknown),
        ([NOW + timedelta(days=1), NOW + timedelta(days=2)], POLICY.unknown),
        ([NOW, NOW, NOW], POLICY.floor),
    ],
)
def test_the_rhythm_of_a_feed_sets_its_pace(recent_at: list[datetime], expected: timedelta) -> None:
    assert measure_rhythm(read_rhythm(recent_at, NOW), NOW, POLICY) == expected


@pytest.mark.parametrize(
    ("gap", "silence", "expected"),
    [
        (timedelta(minutes=2), timedelta(hours=11), False),
        (timedelta(minutes=2), timedelta(hours=13), True),
        (timedelta(days=1), timedelta(days=3), False),
        (timedelta(days=1), timedelta(days=5), True),
    ],
)
def test_a_feed_is_silent_once_four_entries_are_missing_and_a_night_has_passed(
    gap: timedelta, silence: timedelta, expected: bool
) -> None:
    assert is_silent(read_rhythm(_every(gap, last=silence), NOW), NOW) is expected
    assert not is_silent(read_rhythm([NOW - silence], NOW), NOW)


def test_an_archive_of_years_does_not_hide_how_fast_a_feed_is_now() -> None:
    years = [NOW - timedelta(days=n) for n in range(1000)]
    assert measure_rhythm(read_rhythm([*years, *_every(timedelta(hours=1))], NOW), NOW, POLICY) < timedelta(hours=10)
    assert measure_rhythm(read_rhythm([*years, *_every(timedelta(minutes=1)) * 2], NOW), NOW, POLICY) == POLICY.floor


def test_a_publishers_wish_slows_us_but_not_for_ever() -> None:
    busy = _every(timedelta(minutes=2))
    assert _wait(recent_at=busy, ttl_minutes=60, jitter=0) == timedelta(hours=1)
    assert _wait(recent_at=busy, fresh_for=timedelta(minutes=30), jitter=0) == timedelta(minutes=30)
    assert _wait(recent_at=busy, fresh_for=timedelta(days=365), jitter=0) == POLICY.wish_ceiling
    assert _wait(recent_at=_every(timedelta(days=30)), ttl_minutes=1, jitter=0) == POLICY.ceiling


def test_chance_only_draws_a_wait_out() -> None:
    assert _wait(jitter=0) == timedelta(hours=1)
    assert _wait(jitter=1) == timedelta(hours=1.1)


def test_a_gone_feed_is_reported_and_looked_at_once_a_week() -> None:
    gone = FetchError("gone", FetchFailure.GONE, status=410)
    first = note_failure(FeedState("feed", OLD), gone, NOW, POLICY)
    assert (first.gone_at, first.next_check_at) == (NOW, NOW + timedelta(days=7))
    assert note_failure(first, gone, NOW + timedelta(days=7), POLICY).gone_at == NOW


def test_a_move_is_believed_after_three_equal_answers_with_a_feed() -> None:
    state = FeedState("feed", OLD, etag='"1"')
    seen = []
    for _ in range(3):
        state = decide_move(state, NEW, NOW, POLICY)
        seen.append((state.url, state.moved_to, state.moved_count))
    assert seen == [(OLD, NEW, 1), (OLD, NEW, 2), (NEW, None, 0)]
    assert state.moved_at == NOW
    assert state.etag == '"1"'


@pytest.mark.parametrize("between", [OTHER, None])
def test_a_different_answer_starts_the_count_anew(between: str | None) -> None:
    state = decide_move(decide_move(FeedState("feed", OLD), NEW, NOW, POLICY), NEW, NOW, POLICY)
    state = decide_move(decide_move(state, between, NOW, POLICY), NEW, NOW, POLICY)
    assert (state.url, state.moved_to, state.moved_count) == (OLD, NEW, 1)


def test_an_answer_without_a_feed_counts_for_nothing() -> None:
    state = decide_move(FeedState("feed", OLD), NEW, NOW, POLICY)
    assert decide_move(state, NEW, NOW, POLICY, is_valid=False) == state


@given(st.lists(st.tuples(st.sampled_from([NEW, OTHER, OLD, None]), st.booleans()), max_size=40))
def test_a_feed_moves_only_where_it_was_led_three_times(answers: list[tuple[str | None, bool]]) -> None:
    state, valid = FeedState("feed", OLD), []
    for url, is_valid in answers:
        valid += [url] if is_valid else []
        before, state = state, decide_move(state, url, NOW, POLICY, is_valid=is_valid)
        if state.url != before.url:
            assert valid[-3:] == [state.url] * 3


def test_a_feed_is_looked_for_where_it_is_declared_once_it_is_lost_where_it_moved() -> None:
    moved = FeedState("feed", NEW, etag='"1"', moved_at=NOW)
    assert seek_return(moved, OLD, POLICY) is None
    for lost in (replace(moved, failures=POLICY.returns_after), replace(moved, gone_at=NOW)):
        sought = seek_return(lost, OLD, POLICY)
        assert sought
        assert (sought.url, sought.etag, sought.moved_at) == (OLD, None, None)
        assert seek_return(lost, NEW, POLICY) is None


def test_a_policy_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="floor <= ceiling"):
        SchedulePolicy(floor=timedelta(hours=2), ceiling=timedelta(hours=1))
