from datetime import datetime, timedelta

from storage.engine import Store
from storage.rounds import begin_round, end_round, latest_gap, latest_round, renew_round

EVERY = timedelta(minutes=5)
LEASE = timedelta(minutes=2)


def test_a_day_of_missed_rounds_gives_one(store: Store, now: datetime) -> None:
    begun = [begin_round(store, now + timedelta(seconds=n), interval=EVERY) for n in range(20)]
    assert [n is not None for n in begun] == [True] + [False] * 19


def test_the_next_round_is_on_time_but_waits_for_one_that_runs(store: Store, now: datetime) -> None:
    first = begin_round(store, now, interval=EVERY, lease_for=LEASE)
    assert first
    renew_round(store, first, now + EVERY - LEASE / 2, lease_for=LEASE)
    assert begin_round(store, now + EVERY, interval=EVERY) is None
    end_round(store, first, now + EVERY, {"feeds": 3})
    assert begin_round(store, now + EVERY, interval=EVERY)
    assert begin_round(store, now + EVERY + EVERY, interval=None)


def test_a_killed_round_is_made_up_for_when_its_lease_ends(store: Store, now: datetime) -> None:
    begin_round(store, now, interval=EVERY, lease_for=LEASE)
    assert begin_round(store, now + LEASE / 2, interval=EVERY) is None
    assert begin_round(store, now + LEASE, interval=EVERY)


def test_a_round_that_slept_through_its_lease_lives_again(store: Store, now: datetime) -> None:
    slept = begin_round(store, now, interval=EVERY, lease_for=LEASE)
    assert slept
    other = begin_round(store, now + EVERY, interval=EVERY)  # which also forgets the lease that ran out
    assert other
    end_round(store, other, now + EVERY, {})
    renew_round(store, slept, now + EVERY, lease_for=LEASE)
    assert begin_round(store, now + 2 * EVERY - LEASE * 1.6, interval=EVERY) is None


def test_so_many_rounds_run_at_once_as_there_may(store: Store, now: datetime) -> None:
    begun = [begin_round(store, now, interval=EVERY, at_once=3) for _ in range(5)]
    assert [n is not None for n in begun] == [True, True, True, False, False]


def test_figures_are_kept(store: Store, now: datetime) -> None:
    assert latest_round(store) is None
    begun = begin_round(store, now)
    assert begun
    end_round(store, begun, now + EVERY, {"feeds": 3})
    assert latest_round(store) == (now, now + EVERY, {"feeds": 3})


def test_the_gap_between_the_latest_rounds(store: Store, now: datetime) -> None:
    begin_round(store, now)
    assert latest_gap(store, now) is None
    begin_round(store, now + EVERY)
    begin_round(store, now + 3 * EVERY)
    assert latest_gap(store, now + 3 * EVERY) == (now + EVERY, now + 3 * EVERY)
    assert latest_gap(store, now + 2 * EVERY) == (now, now + EVERY)
