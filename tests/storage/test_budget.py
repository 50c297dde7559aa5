"""One pace at a host for every process: starts never come closer than asked, and none is lost."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fetching.client import open_client
from news.errors import FetchError, FetchFailure, StorageError
from news.manners import Full, Rest, Trouble, Turn, Wish
from storage.budget import SharedBudget, open_budget
from storage.engine import Store, open_store, writing
from storage.tables import host_starts
from tests.fetching.servers import answer, listen, policy_for

LONG = 3600.0  # so long that the test's own duration is nothing beside it


def wish(host: str = "a.example", interval: float = LONG, patience: float = 1000 * LONG, at_once: int = 1000) -> Wish:
    return Wish(host, interval, patience, at_once, lasts=30, scopes=(host, "family"))


def reserve(store: Store, host: str = "a.example", patience: float = 1000 * LONG) -> float | None:
    turn = SharedBudget(store).grant_now([wish(host, patience=patience)])[0]
    assert turn is None or isinstance(turn, Turn)
    return turn.wait if turn else None


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


async def test_processes_share_the_places_at_a_host(store: Store) -> None:
    async with open_budget(store) as one, open_budget(store) as other:
        first, second = await one.reserve(wish(interval=0, at_once=2)), await other.reserve(wish(interval=0, at_once=2))
        assert isinstance(first, Turn)
        assert isinstance(second, Turn)
        assert isinstance(await one.reserve(wish(interval=0, at_once=2)), Full)
        assert isinstance(await one.reserve(wish("b.example", at_once=1)), Turn)
        other.release("a.example", second.lease)
        await other.close()
        assert isinstance(await one.reserve(wish(interval=0, at_once=2)), Turn)


async def test_the_places_of_a_killed_process_are_free_once_its_leases_are_over(store: Store) -> None:
    taken = [wish(interval=0, at_once=1)]
    SharedBudget(store).grant_now(taken)
    assert isinstance(SharedBudget(store).grant_now(taken)[0], Full)
    with writing(store) as connection:
        connection.execute(host_starts.update().values(under_way={"of-the-killed": 1.0}))
    assert isinstance(SharedBudget(store).grant_now(taken)[0], Turn)


async def test_who_was_stopped_while_it_waited_holds_no_place(store: Store) -> None:
    async with open_budget(store) as budget:
        stopped = [asyncio.create_task(budget.reserve(wish(interval=0, at_once=5))) for _ in range(5)]
        await asyncio.sleep(0)
        for task in stopped:
            task.cancel()
        await asyncio.gather(*stopped, return_exceptions=True)
    assert isinstance(SharedBudget(store).grant_now([wish(interval=0, at_once=1)])[0], Turn)


async def test_what_a_server_asked_for_is_kept_by_every_round(store: Store) -> None:
    """A round's client ends with it; three rounds would ask three times."""
    async with listen(answer(b"", "429 Slow down", retry_after="3600")) as server:
        for _ in range(3):
            async with open_budget(store) as budget, open_client(policy_for(server), budget=budget) as client:
                with pytest.raises(FetchError, match="429") as caught:
                    await client.fetch(server.url())
                assert caught.value.retry_after == pytest.approx(timedelta(hours=1), abs=timedelta(minutes=1))
    assert len(server.heads) == 1


def test_a_rest_is_for_its_scope_and_the_longer_one_counts(store: Store) -> None:
    budget, trouble = SharedBudget(store), Trouble("503", FetchFailure.STATUS, 503)
    others = wish("b.example")._replace(scopes=("b.example", "feed of its own"))
    for minutes in (60, 2):
        budget.grant_now([], new_rests=[Rest("family", timedelta(minutes=minutes), trouble)])
    found, other = budget.grant_now([wish(), others])
    assert isinstance(found, Rest)
    assert (found.scope, found.trouble, round(found.left / timedelta(minutes=1))) == ("family", trouble, 60)
    assert isinstance(other, Turn)


def _take_many(url: str, count: int) -> list[float]:
    store = open_store(url)
    waits = [reserve(store) for _ in range(count)]
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
    turns = await asyncio.gather(*(budget.reserve(wish(host)) for host in hosts))
    sa.event.remove(store, "begin", count)
    waits = [turn.wait for turn in turns if isinstance(turn, Turn)]
    assert [round(wait / LONG) for wait in waits] == [n // 5 for n in range(200)]
    assert transactions == 1


async def test_who_waits_for_a_start_is_told_when_the_database_is_gone(tmp_path: Path) -> None:
    async with open_budget(open_store(f"sqlite:///{tmp_path / 'nowhere' / 'dateline.db'}")) as budget:
        found = await asyncio.gather(*(budget.reserve(wish()) for _ in range(3)), return_exceptions=True)
        budget.release("a.example", "lease")
    assert [type(error) for error in found] == [StorageError] * 3
