"""Hosts are neither hammered nor waited for in vain."""

import asyncio
from datetime import timedelta

import pytest

from fetching.client import Client
from fetching.pacing import LocalBudget, Pacer
from fetching.transport import AiohttpTransport
from news.errors import FetchError, FetchFailure
from news.manners import Full, Rest, Scope, Trouble, Turn, Wish
from tests.fetching.servers import Connect, RawServer, RecordingBudget, Serve, answer, listen, policy_for

TROUBLE = FetchError("the server did not answer in time", FetchFailure.TIMEOUT)


async def reserve(budget: LocalBudget, host: str, interval: float) -> float | None:
    turn = await budget.reserve(Wish(host, interval, patience=60, at_once=2, lasts=30))
    return turn.wait if turn else None


async def test_the_starts_at_one_host_stand_apart_and_hosts_do_not_wait_for_one_another() -> None:
    budget = LocalBudget()
    waits = [await reserve(budget, host, 10) for host in ("a", "b", "a", "a", "b")]
    assert waits == pytest.approx([0, 0, 10, 20, 10], abs=0.5)


async def test_a_start_beyond_patience_is_not_taken() -> None:
    budget = LocalBudget()
    assert [await reserve(budget, "a", 40) is None for _ in range(4)] == [False, False, True, True]


async def test_only_so_many_fetches_of_a_host_run_at_once() -> None:
    pacer = Pacer(policy_for(per_host=2))
    running, most = {"a": 0, "b": 0}, {"a": 0, "b": 0}

    async def work(host: str) -> None:
        async with pacer.turn(host, timedelta(0), host):
            running[host] += 1
            most[host] = max(most.values())
            await asyncio.sleep(0)
            most[host] = max(most[host], running[host])
            running[host] -= 1

    await asyncio.gather(*(work(host) for host in "ab" * 10))
    assert most == {"a": 2, "b": 2}


async def test_only_so_many_fetches_run_at_once_altogether() -> None:
    pacer = Pacer(policy_for(max_connections=3))
    running, most = 0, 0

    async def work(host: str) -> None:
        nonlocal running, most
        async with pacer.turn(host, timedelta(0), host):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(work(str(n)) for n in range(20)))
    assert most == 3


async def test_a_turn_that_would_come_too_late_is_left_to_a_later_round() -> None:
    pacer = Pacer(policy_for(), RecordingBudget(None))
    with pytest.raises(FetchError, match="left to a later round") as caught:
        async with pacer.turn("a", timedelta(seconds=5), "a"):
            pytest.fail("nobody may have this turn")
    assert (caught.value.kind, caught.value.retry_after) == (FetchFailure.PACED, timedelta(minutes=1))


async def test_a_place_that_others_hold_is_asked_for_again_and_given_back() -> None:
    budget = RecordingBudget(Full(0), Full(0), Turn(0, "lease"))
    async with Pacer(policy_for(), budget).turn("a", timedelta(0), "a"):
        assert budget.held == ["lease"]
    assert (len(budget.asked), budget.held) == (3, [])


async def test_a_place_that_others_hold_is_waited_for_no_longer_than_a_start() -> None:
    with pytest.raises(FetchError, match="left to a later round"):
        async with Pacer(policy_for(), RecordingBudget(Full(61))).turn("a", timedelta(0), "a"):
            pytest.fail("others hold every place")


async def test_a_place_is_given_back_however_a_fetch_ends() -> None:
    budget = RecordingBudget(Turn(3600, "lease"))
    waiting = asyncio.create_task(Pacer(policy_for(), budget).turn("a", timedelta(0), "a").__aenter__())
    await asyncio.sleep(0)
    assert budget.held == ["lease"]
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert budget.held == []


async def test_a_rest_that_others_began_is_kept() -> None:
    rest = Rest("a", timedelta(minutes=9), Trouble("the server answered 429", FetchFailure.RATE_LIMITED, 429))
    budget = RecordingBudget(rest)
    pacer = Pacer(policy_for(), budget)
    for _ in range(2):
        with pytest.raises(FetchError, match="not asked, since a moment ago at a: the server answered 429") as caught:
            async with pacer.turn("a", timedelta(0), "a"):
                pytest.fail("the host rests")
        assert caught.value.retry_after == pytest.approx(timedelta(minutes=9), abs=timedelta(seconds=9))
    assert len(budget.asked) == 1


async def test_a_resting_host_is_not_asked_and_says_why() -> None:
    pacer = Pacer(policy_for())
    pacer.rest("a", timedelta(seconds=30), TROUBLE)
    with pytest.raises(FetchError, match="not asked, since a moment ago at a: the server did not") as caught:
        async with pacer.turn("a", timedelta(0), "a"):
            pytest.fail("the host rests")
    assert caught.value.kind is FetchFailure.TIMEOUT
    async with pacer.turn("b", timedelta(0), "b"):
        pass


async def test_a_rest_ends() -> None:
    pacer = Pacer(policy_for())
    pacer.rest("a", timedelta(0), TROUBLE)
    async with pacer.turn("a", timedelta(0), "a"):
        pass


async def test_what_shares_a_scope_rests_together() -> None:
    pacer = Pacer(policy_for())
    pacer.rest("family", timedelta(seconds=30), FetchError("429", FetchFailure.RATE_LIMITED, status=429))
    with pytest.raises(FetchError) as caught:
        async with pacer.turn("another-host", timedelta(0), "family"):
            pytest.fail("the family rests")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after <= timedelta(seconds=30)


async def test_nothing_is_remembered_of_hosts_that_are_done() -> None:
    pacer = Pacer(policy_for())
    for n in range(50):
        async with pacer.turn(str(n), timedelta(0), str(n)):
            pass
    assert not pacer._lanes  # noqa: SLF001 (memory is what this test is about)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n"])
async def test_a_host_that_hangs_costs_one_wait_and_not_one_for_each_feed(
    head: bytes, serve: Serve, connect: Connect
) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await reader.read()

    server = await serve(hang)
    client = await connect(server, timeout_after=timedelta(seconds=0.3), per_host=1)
    outcomes = await asyncio.gather(*(client.fetch(server.url(f"/{n}")) for n in range(20)), return_exceptions=True)
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, FetchError)] == [FetchFailure.TIMEOUT] * 20
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    ("scope", "asked"), [(None, 1), (Scope("family"), 1), (Scope("feed-of-its-own", spares_host=True), 2)]
)
async def test_a_429_silences_the_host_or_the_scope_that_spares_it(
    scope: Scope | None, asked: int, serve: Serve, connect: Connect
) -> None:
    server = await serve(answer(b"", "429 Slow down", retry_after="60"))
    client = await connect(server)
    for n in range(3):
        with pytest.raises(FetchError):
            await client.fetch(server.url(f"/{n}"), scope=scope if n < 2 else None)
    assert len(server.heads) == asked


@pytest.mark.parametrize(("status", "asked"), [("429 Slow down", 1), ("503 Broken", 3)])
async def test_who_says_too_many_and_not_when_is_left_alone_for_a_moderate_while(status: str, asked: int) -> None:
    """A 503 without a time to wait for may be one broken address's, and is no reason to leave its host alone."""
    async with listen(answer(b"", status)) as server, AiohttpTransport(policy_for(server)) as transport:
        budget = RecordingBudget()
        client = Client(policy_for(server), transport, budget)
        for _ in range(3):
            with pytest.raises(FetchError):
                await client.fetch(server.url())
    rests = [("127.0.0.1", timedelta(minutes=2))] if asked == 1 else []
    assert [(rest.scope, rest.left) for rest in budget.rests] == rests
    assert len(server.heads) == asked


async def test_the_silence_of_a_host_may_be_our_own_and_is_not_told_to_others() -> None:
    budget = RecordingBudget()
    pacer = Pacer(policy_for(), budget)
    pacer.rest("a", timedelta(seconds=30), TROUBLE)
    assert budget.rests == []


async def test_a_failure_of_one_address_does_not_silence_its_host(serve: Serve, connect: Connect) -> None:
    server = await serve({"/good": answer(b"<rss/>")})
    client = await connect(server)
    for path in ("/bad", "/worse"):
        with pytest.raises(FetchError, match="404"):
            await client.fetch(server.url(path))
    assert await client.fetch(server.url("/good"))


async def test_a_closed_port_silences_its_host_for_a_while(connect: Connect) -> None:
    closed = RawServer(port=1)
    client = await connect(closed)
    for expected in ("could not be connected", "not asked, since a moment ago"):
        with pytest.raises(FetchError, match=expected):
            await client.fetch(closed.url())
