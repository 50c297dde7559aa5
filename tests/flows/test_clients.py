"""Rounds and commands fetch as one: what one has learnt of a site or its host, the next one keeps to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.clients import open_bureau_client
from flows.rounds import open_round
from flows.settings import read_settings
from flows.wiring import Bureau, open_bureau
from news.errors import FetchError
from seeds.sample.edition import load_edition
from seeds.sample.newsroom import write_declarations
from tests.fetching.servers import answer, listen


@pytest.fixture
def bureau(surroundings: Callable[..., Path], tmp_path: Path) -> Iterator[Bureau]:
    """A bureau whose declared feeds nobody polls here."""
    surroundings(seeds=str(tmp_path / "shipped"), workers="1", env_file="/dev/null")
    write_declarations(load_edition(), tmp_path / "shipped", "http://127.0.0.1")
    with open_bureau(read_settings()) as opened:
        yield opened


async def test_two_rounds_ask_a_site_for_its_robots_txt_once(bureau: Bureau) -> None:
    said = {path: answer(b"<p>News</p>") for path in ("/1", "/2")}
    async with listen(said | {"/robots.txt": answer(b"User-agent: *\nDisallow: /closed")}) as server:
        for path in said:
            async with open_round(bureau) as round_:
                assert round_
                await round_.client.fetch(server.url(path), kind="page")
    assert server.paths == ["/robots.txt", "/1", "/2"]


async def test_a_host_that_rests_is_asked_by_no_later_round_and_no_command(bureau: Bureau) -> None:
    async with listen(answer(b"", "429 Slow", retry_after="600")) as server:
        async with open_round(bureau) as round_:
            assert round_
            with pytest.raises(FetchError, match="the server answered 429"):
                await round_.client.fetch(server.url())
        async with open_round(bureau) as round_:
            assert round_
            with pytest.raises(FetchError, match="not asked, since a moment ago"):
                await round_.client.fetch(server.url())
        async with open_bureau_client(bureau) as client:
            with pytest.raises(FetchError, match="not asked, since a moment ago"):
                await client.fetch(server.url())
    assert len(server.heads) == 1
