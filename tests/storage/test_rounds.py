from datetime import datetime, timedelta

from storage.engine import Store
from storage.rounds import begin_round, end_round, latest_round

EVERY = timedelta(minutes=5)


def test_a_day_of_missed_rounds_gives_one(store: Store, now: datetime) -> None:
    begun = [begin_round(store, now + timedelta(seconds=n), interval=EVERY) for n in range(20)]
    assert [n is not None for n in begun] == [True] + [False] * 19


def test_the_next_round_is_on_time_but_waits_for_one_that_runs(store: Store, now: datetime) -> None:
    first = begin_round(store, now, interval=EVERY)
    assert first
    assert begin_round(store, now + EVERY, interval=EVERY) is None
    end_round(store, first, now + EVERY, {"feeds": 3})
    assert begin_round(store, now + EVERY, interval=EVERY)
    assert begin_round(store, now + EVERY + EVERY, interval=None)


def test_a_killed_round_does_not_block_for_good(store: Store, now: datetime) -> None:
    begin_round(store, now, interval=EVERY)
    assert begin_round(store, now + timedelta(hours=2), interval=EVERY)


def test_figures_are_kept(store: Store, now: datetime) -> None:
    assert latest_round(store) is None
    begun = begin_round(store, now)
    assert begun
    end_round(store, begun, now + EVERY, {"feeds": 3})
    assert latest_round(store) == (now, now + EVERY, {"feeds": 3})
