"""One pace at a host for every process: starts never come closer than asked, and none is lost."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from fetching.pacing import Budget
from storage.budget import SharedBudget
from storage.engine import Store, open_store, writing
from storage.tables import host_starts

LONG = 3600.0  # so long that the test's own duration is nothing beside it


def reserve(
    store: Store, host: str = "a.example", interval: float = LONG, patience: float = 100 * LONG
) -> float | None:
    budget: Budget = SharedBudget(store)
    return asyncio.run(budget.reserve(host, interval, patience))


def test_starts_come_one_interval_apart(store: Store) -> None:
    waits = [reserve(store) for _ in range(3)]
    assert [round((wait or 0) / LONG) for wait in waits] == [0, 1, 2]
    assert reserve(store, "b.example") == 0


def test_a_start_too_far_ahead_is_refused_and_not_taken(store: Store) -> None:
    reserve(store)
    assert reserve(store, patience=LONG / 2) is None
    assert reserve(store, patience=LONG / 2) is None
    assert reserve(store) == pytest.approx(LONG, rel=0.1)


def test_what_a_killed_process_took_passes_by_itself(store: Store) -> None:
    reserve(store)
    with writing(store) as connection:
        connection.execute(host_starts.update().values(next_start=sa.literal(1.0)))
    assert reserve(store) == 0


def _take_many(url: str, count: int) -> list[float]:
    store = open_store(url)
    budget = SharedBudget(store)
    waits = [budget.reserve_now("a.example", LONG, 1000 * LONG) for _ in range(count)]
    store.dispose()
    return [wait for wait in waits if wait is not None]


def test_processes_share_one_pace(store_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        taken = [wait for waits in pool.map(_take_many, [store_url] * 2, [15] * 2) for wait in waits]
    assert sorted(round(wait / LONG) for wait in taken) == list(range(30))


def test_threads_share_one_pace(store_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        taken = [wait for waits in pool.map(_take_many, [store_url] * 4, [10] * 4) for wait in waits]
    assert sorted(round(wait / LONG) for wait in taken) == list(range(40))
