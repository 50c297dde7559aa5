"""What a site's robots.txt says is kept for a day, for every round: a round's client ends with it."""

from datetime import timedelta

import pytest

from fetching.client import open_client
from news.errors import FetchError, FetchFailure
from news.manners import SiteRules, Trouble
from storage.engine import Store, writing
from storage.robots import SharedRules
from storage.tables import robots
from tests.fetching.servers import RawServer, answer, listen, policy_for

DAY = timedelta(days=1)
ADDRESS = "https://paper.example/robots.txt"
CLOSED = b"User-agent: *\nDisallow: /closed\n\0\nCrawl-delay: 0.01"


async def read_in_a_round(store: Store, server: RawServer, path: str = "/page") -> None:
    policy = policy_for(server, robots_for_pages=True)
    async with open_client(policy, keeper=SharedRules(store)) as client:
        await client.fetch(server.url(path), kind="page")


async def test_rounds_ask_for_it_once(store: Store) -> None:
    async with listen({"/robots.txt": answer(CLOSED), "/page": answer(b"<p>")}) as server:
        for _ in range(3):
            await read_in_a_round(store, server)
        with pytest.raises(FetchError, match="asks us not to read"):
            await read_in_a_round(store, server, "/closed")
    assert server.paths == ["/robots.txt", *["/page"] * 3]


@pytest.mark.parametrize("said", [answer(b"", "404 No"), answer(b"", "500 Oops")])
async def test_rounds_also_remember_that_there_is_none_or_that_it_cannot_be_had(store: Store, said: bytes) -> None:
    async with listen({"/robots.txt": said, "/page": answer(b"<p>")}) as server:
        for _ in range(3):
            try:
                await read_in_a_round(store, server)
            except FetchError as error:
                assert "could not be read" in str(error)  # noqa: PT017 (of the two only the second is refused)
    assert server.paths.count("/robots.txt") == 1


@pytest.mark.parametrize(
    "rules",
    [
        SiteRules(DAY, "User-agent: *\nDisallow: /"),
        SiteRules(DAY),
        SiteRules(DAY, trouble=Trouble("the server answered 500", FetchFailure.STATUS, 500)),
    ],
)
async def test_what_is_kept_comes_back_until_its_time_is_over(store: Store, rules: SiteRules) -> None:
    kept = SharedRules(store)
    assert await kept.find(ADDRESS) is None
    await kept.keep(ADDRESS, SiteRules(DAY, "what was known before"))
    await kept.keep(ADDRESS, rules)
    found = await kept.find(ADDRESS)
    assert found
    assert (found.text, found.trouble) == (rules.text, rules.trouble)
    assert DAY - timedelta(minutes=1) < found.kept_for <= DAY
    await kept.keep(ADDRESS, SiteRules(timedelta(0)))
    assert await kept.find(ADDRESS) is None


async def test_what_a_clock_that_ran_ahead_has_kept_is_not_believed(store: Store) -> None:
    kept = SharedRules(store)
    await kept.keep(ADDRESS, SiteRules(DAY))
    with writing(store) as connection:
        connection.execute(robots.update().values(until=robots.c.until + 86_400 * 1000))
    assert await kept.find(ADDRESS) is None
