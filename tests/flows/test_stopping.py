"""Told to stop, a process finishes or gives back what it holds; what it is in the middle of is never half done."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from digests.stored import digest_to_json
from flows import rounds as flows_rounds
from flows.rounds import open_round
from flows.settings import read_settings
from flows.steps import keeping as steps_keeping
from flows.steps.delivering import deliver_due
from flows.steps.keeping import LEASE_FOR, finishing, holding, keeping
from flows.steps.watching import poll_batch, read_batch
from flows.wiring import Bureau, open_bureau
from news.digests import Digest
from news.errors import StorageError
from seeds.sample.edition import load_edition
from seeds.sample.newsroom import serve_edition, write_declarations
from storage.engine import Store, reading, writing
from storage.rounds import begin_round
from storage.tables import deliveries, digests, entries, feeds, leases, rounds, subscriptions
from tests.servers import Answer, serve_http

NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)


class StoppedError(Exception):
    """What a signal handler raises, as Prefect's does."""


@pytest.fixture
def _stops() -> Iterator[None]:
    """Answer SIGTERM as Prefect does in the process of a flow run, and Ctrl-C as Python does, also in the background."""

    def stop(*_: object) -> None:
        raise StoppedError

    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, stop)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for told, handler in before.items():
        signal.signal(told, handler)


@contextmanager
def open_stuck(home: Path, release: Event, reached: Event) -> Iterator[Bureau]:
    """A bureau on an edition whose pages do not answer before they are released."""
    with serve_edition(load_edition(), now=NOW) as newsroom:

        def answer(path: str, _body: bytes) -> Answer:
            response = newsroom.respond(path)
            if response.headers.get("content-type", "").startswith("text/html"):
                reached.set()
                release.wait(60)
            return response.status, response.headers, response.body

        with serve_http(answer) as origin:
            newsroom.origin = origin
            write_declarations(newsroom.edition, home / "shipped", origin)
            values = {
                "HOME": str(home),
                "SEEDS": str(home / "shipped"),
                "ALLOWED_NETWORKS": "127.0.0.0/8",
                "ALLOWED_PORTS": origin.rpartition(":")[2],
                "HOST_SECONDS": "0",
                "ENV_FILE": os.devnull,
            }
            settings = read_settings({f"DATELINE_{name}": value for name, value in values.items()})
            with open_bureau(settings, now=lambda: NOW) as bureau:
                yield bureau
            release.set()


async def test_a_round_that_is_stopped_gives_back_what_it_holds(tmp_path: Path) -> None:
    reached, release = Event(), Event()
    with open_stuck(tmp_path, release, reached) as bureau:

        async def work() -> None:
            async with open_round(bureau) as round_:
                assert round_
                await poll_batch(round_)
                await read_batch(round_)

        task = asyncio.create_task(work())
        await asyncio.to_thread(reached.wait, 60)
        with reading(bureau.store) as connection:
            held = sa.select(sa.func.count()).where(entries.c.next_attempt_at > NOW)
            assert connection.scalar(held)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with reading(bureau.store) as connection:
            assert connection.scalar(held) == 0
            assert set(connection.scalars(sa.select(entries.c.attempts))) == {0}
            assert connection.scalars(sa.select(feeds.c.claimed_until)).all().count(None)
            assert connection.scalar(sa.select(sa.func.count()).select_from(leases)) == 0
            assert connection.scalar(sa.select(rounds.c.ended_at)) == NOW


@pytest.fixture
def _pending(store: Store) -> None:
    """Three deliveries."""
    digest = Digest("desk", "Desk", 1, NOW, "UTC", "Thursday, 12 March 2026", "No news on your topics.")
    with writing(store) as connection:
        connection.execute(subscriptions.insert(), {"id": "desk", "since_at": NOW, "is_declared": True})
        row = {"id": 1, "subscription_id": "desk", "number": 1, "composed_at": NOW, "content": digest_to_json(digest)}
        connection.execute(digests.insert(), row | {"is_alert": False})
        pending = [{"digest_id": 1, "channel": f"c{n}", "state": "pending", "next_attempt_at": NOW} for n in range(3)]
        connection.execute(deliveries.insert(), pending)


class StoppingChannel:
    """Takes a digest, and tells the process to stop while it does."""

    def __init__(self, taken: list[str]) -> None:
        self._taken = taken

    def send(self, _digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (a channel's face)
        signal.raise_signal(signal.SIGTERM)
        self._taken.append(delivery_id)

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.usefixtures("_pending", "_stops")
def test_a_delivery_under_way_is_finished_and_the_others_are_given_back(store: Store) -> None:
    taken: list[str] = []
    with pytest.raises(StoppedError):
        deliver_due(store, lambda _name: StoppingChannel(taken), lambda: NOW)
    with reading(store) as connection:
        query = sa.select(deliveries.c.state, deliveries.c.attempts, deliveries.c.claimed_until)
        rows = [tuple(row) for row in connection.execute(query.order_by(deliveries.c.id))]
    assert len(taken) == 1
    assert rows == [("sent", 1, None), ("pending", 0, None), ("pending", 0, None)]


class BrokenChannel(StoppingChannel):
    """Has a defect."""

    def send(self, _digest: Digest, *, delivery_id: str, now: datetime) -> None:
        raise TypeError(f"{delivery_id} at {now}")


class GoodChannel(StoppingChannel):
    """Takes a digest."""

    def send(self, _digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (a channel's face)
        self._taken.append(delivery_id)


@pytest.mark.usefixtures("_pending")
def test_a_defect_in_one_channel_is_returned_and_holds_up_no_other(store: Store) -> None:
    taken: list[str] = []
    sendings = deliver_due(store, lambda name: (BrokenChannel if name == "c0" else GoodChannel)(taken), lambda: NOW)
    assert isinstance(sendings.defect, TypeError)
    with reading(store) as connection:
        query = sa.select(deliveries.c.state, deliveries.c.attempts, deliveries.c.reason, deliveries.c.next_attempt_at)
        first, *others = connection.execute(query.order_by(deliveries.c.id)).all()
    assert (len(taken), [row.state for row in others]) == (2, ["sent", "sent"])
    assert tuple(first) == (
        "pending",
        1,
        "a defect in Dateline (TypeError), told in the log",
        NOW + timedelta(minutes=1),
    )


class SuspendedChannel(GoodChannel):
    """Takes a digest, but the process sleeps while it does, for longer than its claims last."""

    def __init__(self, taken: list[str], sleep: Callable[[], object]) -> None:
        super().__init__(taken)
        self._sleep = sleep

    def send(self, _digest: Digest, *, delivery_id: str, now: datetime) -> None:
        super().send(_digest, delivery_id=delivery_id, now=now)
        self._sleep()


@pytest.mark.usefixtures("_pending")
def test_what_another_process_sent_while_this_one_was_suspended_is_not_sent_again(store: Store) -> None:
    slow: list[str] = []
    quick: list[str] = []

    def sleep() -> None:
        sendings = deliver_due(store, lambda _name: GoodChannel(quick), lambda: NOW + 2 * LEASE_FOR)
        assert sendings.sent == 3

    deliver_due(store, lambda _name: SuspendedChannel(slow, sleep), lambda: NOW)
    assert len(set(quick)) == 3
    assert slow == quick[:1]  # the one that was under way


@pytest.mark.usefixtures("_stops")
@pytest.mark.parametrize(("told", "ends_by"), [(signal.SIGTERM, StoppedError), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_waits_for_the_end_of_the_block(told: signal.Signals, ends_by: type[BaseException]) -> None:
    done: list[str] = []
    with pytest.raises(ends_by):
        _work_through_a_signal(told, done)
    assert done == ["all of it"]


def _work_through_a_signal(told: signal.Signals, done: list[str]) -> None:
    with finishing():
        signal.raise_signal(told)
        done.append("all of it")


def test_what_is_held_is_renewed_until_the_end_also_after_a_failure() -> None:
    renewed = Event()
    asked: list[int] = []

    def renew() -> None:
        asked.append(1)
        if len(asked) == 1:
            raise StorageError("the database restarts")
        renewed.set()

    with keeping(renew, every=timedelta(milliseconds=1)):
        assert renewed.wait(60)


@pytest.mark.usefixtures("_stops")
@pytest.mark.parametrize("step", ["take_lease", "give_back_lease"])
def test_a_signal_while_a_lease_changes_hands_leaves_none(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Systemd tells every process to stop, and Prefect's worker tells its runs: the second comes while the first is obeyed."""
    done = getattr(steps_keeping, step)

    def change(*arguments: object, **options: object) -> object:
        if step == "give_back_lease":
            signal.raise_signal(signal.SIGTERM)
        answer = done(*arguments, **options)
        if step == "take_lease":
            signal.raise_signal(signal.SIGTERM)
        return answer

    monkeypatch.setattr(steps_keeping, step, change)
    with pytest.raises(StoppedError):
        _hold(store)
    with reading(store) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(leases)) == 0


def _hold(store: Store) -> None:
    with holding(store, "something", lambda: NOW) as holder:
        assert holder


@pytest.mark.usefixtures("_stops")
def test_a_round_that_is_stopped_as_it_begins_leaves_no_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = begin_round

    def stopped_after(store: Store, now: datetime, **options: Any) -> int | None:  # noqa: ANN401 (as they come)
        begun = begin(store, now, **options)
        os.kill(os.getpid(), signal.SIGTERM)
        return begun

    monkeypatch.setattr(flows_rounds, "begin_round", stopped_after)
    with open_stuck(tmp_path, Event(), Event()) as bureau:

        async def work() -> None:
            async with open_round(bureau):
                pass

        with pytest.raises(StoppedError):
            asyncio.run(work())
        with reading(bureau.store) as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(leases)) == 0
            assert connection.scalar(sa.select(rounds.c.ended_at)) == NOW
