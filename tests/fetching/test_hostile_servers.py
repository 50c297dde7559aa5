"""Servers that misbehave, each in its own way: every one is contained, and its refresh says what it did in its own words."""

import asyncio
from datetime import timedelta

import pytest

from news.errors import FetchError, FetchFailure
from news.sources import Fetched, Outcome
from tests.fetching.hostile import Hostile, poll_hostile
from tests.fetching.hostile_table import FEED, TABLE
from tests.fetching.servers import Connect, Serve, answer


def test_the_table_is_long_enough_and_each_row_has_a_name() -> None:
    assert len({hostile.name for hostile in TABLE}) == len(TABLE) >= 60


@pytest.mark.parametrize("hostile", TABLE, ids=lambda hostile: hostile.name)
async def test_a_hostile_server_is_contained(hostile: Hostile) -> None:
    refresh, requests = await poll_hostile(hostile)
    assert (refresh.outcome, refresh.failure) == (Outcome.FAILED, hostile.kind), refresh.reason
    assert hostile.words
    assert hostile.words in refresh.reason
    assert len(refresh.reason) < 300
    assert refresh.reason.isprintable()
    assert requests <= 6  # the first request and five redirects


async def test_the_client_is_none_the_worse_for_it(serve: Serve, connect: Connect) -> None:
    """One client meets all of them at once, but for those that silence their host, and then reads an honest feed."""
    rest = {FetchFailure.RATE_LIMITED, FetchFailure.NOT_A_FEED}
    hostile = [await serve(row.said) for row in TABLE if row.is_met_by_its_answer and row.kind not in rest]
    honest = await serve(answer(FEED))
    client = await connect(honest, *hostile, per_host=100, rest_for=timedelta(0), unasked_rest_for=timedelta(0))
    outcomes = await asyncio.gather(*(client.fetch(server.url()) for server in hostile), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {FetchError}
    fetched = await client.fetch(honest.url())
    assert isinstance(fetched, Fetched)
    assert fetched.body == FEED
