"""One pace at a host for every process: starts never come closer than asked, and none is lost."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from fetching.pacing import Budget
from news.errors import StorageError
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
    waits = [wait for _ in range(count) for wait in budget.reserve_now([("a.example", LONG, 1000 * LONG)])]
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


async def test_starts_that_are_asked_for_at_once_are_granted_together_in_their_order(store: Store) -> None:
    transactions = 0

    def count(_: object) -> None:
        nonlocal transactions
        transactions += 1

    sa.event.listen(store, "begin", count)
    budget = SharedBudget(store)
    hosts = [f"{'abcde'[n % 5]}.example" for n in range(200)]
    waits = await asyncio.gather(*(budget.reserve(host, LONG, 1000 * LONG) for host in hosts))
    sa.event.remove(store, "begin", count)
    assert [round((wait or 0) / LONG) for wait in waits] == [n // 5 for n in range(200)]
    assert transactions == 1


async def test_who_waits_for_a_start_is_told_when_the_database_is_gone(tmp_path: Path) -> None:
    budget = SharedBudget(open_store(f"sqlite:///{tmp_path / 'nowhere' / 'dateline.db'}"))
    found = await asyncio.gather(*(budget.reserve("a.example", 1, 1) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [StorageError] * 3
