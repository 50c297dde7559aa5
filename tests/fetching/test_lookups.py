"""Names whose lookup hangs hold up nobody else."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from fetching.transport import ThreadResolver
from news.errors import FetchError, FetchFailure
from tests.fetching.servers import Connect, Serve, answer, policy_for


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Lookups of names that begin with 'hangs' last until this is set, or the test ends; all others lead to loopback."""
    is_over = Event()

    def look_up(host: str, port: int, *_: object) -> list[Any]:
        if host.startswith("hangs"):
            is_over.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield is_over
    is_over.set()


@pytest.mark.usefixtures("silence")
async def test_fifty_names_that_hang_hold_up_no_other(serve: Serve, connect: Connect) -> None:
    server = await serve(answer(b"<rss/>"))
    client = await connect(server)
    hung = [asyncio.create_task(client.fetch(server.url(host=f"hangs{n}.example"))) for n in range(50)]
    await asyncio.sleep(0)
    assert await client.fetch(server.url(host="honest.example"))
    for task in hung:
        task.cancel()
    await asyncio.gather(*hung, return_exceptions=True)


@pytest.mark.usefixtures("silence")
async def test_a_lookup_that_hangs_is_a_name_that_is_not_found(connect: Connect) -> None:
    client = await connect(lookup_timeout_after=timedelta(0))
    with pytest.raises(FetchError, match="its name could not be found") as caught:
        await client.fetch("http://hangs.example/feed")
    assert caught.value.kind is FetchFailure.DNS


async def test_a_name_does_not_answer_for_the_lookups_before_it(silence: Event) -> None:
    resolver = ThreadResolver(policy_for(max_connections=1, lookup_timeout_after=timedelta(0)))
    first, second = [asyncio.create_task(resolver.resolve(f"{name}.example")) for name in ("hangs", "honest")]
    with pytest.raises(OSError, match="no answer in time"):
        await first
    assert not second.done()
    silence.set()
    await asyncio.gather(second, return_exceptions=True)
    await resolver.close()
