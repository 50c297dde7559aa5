"""A site's wishes are kept on every hop to a page."""

import asyncio
from datetime import timedelta

import pytest

from fetching.client import Client
from fetching.transport import AiohttpTransport
from news.errors import FetchError, FetchFailure
from news.manners import Turn
from tests.fetching.servers import Connect, RecordingBudget, Serve, answer, listen, policy_for, redirect

PAGE = b"<html><p>A page of our own.</p></html>"
NO_PRIVATE = b"User-agent: *\nDisallow: /private\n\nUser-agent: dateline\nDisallow: /not-dateline\n"
CLOSED = b"User-agent: *\nDisallow: /private\n"
SLOW = b"User-agent: *\nCrawl-delay: 7\n\nUser-agent: dateline\nCrawl-delay: 3\n"


def _site(robots: bytes, **more: bytes) -> dict[str, bytes]:
    pages = {path: answer(PAGE) for path in ("/page", "/private", "/not-dateline")}
    return pages | {"/robots.txt": robots} | {f"/{path}": said for path, said in more.items()}


async def test_what_is_addressed_to_us_goes_before_what_is_addressed_to_all(serve: Serve, connect: Connect) -> None:
    server = await serve(_site(answer(NO_PRIVATE)))
    client = await connect(server, robots_for_pages=True)
    for path in ("/page", "/private"):
        assert await client.fetch(server.url(path), kind="page")
    with pytest.raises(FetchError, match=r"robots\.txt asks us not to read") as caught:
        await client.fetch(server.url("/not-dateline"), kind="page")
    assert caught.value.kind is FetchFailure.ROBOTS
    assert server.paths == ["/robots.txt", "/page", "/private"]


async def test_feeds_are_asked_for_only_when_set_so(serve: Serve, connect: Connect) -> None:
    server = await serve(_site(answer(b"User-agent: *\nDisallow: /")))
    assert await (await connect(server)).fetch(server.url("/page"))
    with pytest.raises(FetchError, match="robots"):
        await (await connect(server, robots_for_feeds=True)).fetch(server.url("/page"))


async def test_a_redirect_does_not_lead_around_it(serve: Serve, connect: Connect) -> None:
    closed = await serve(_site(answer(b"User-agent: *\nDisallow: /")))
    server = await serve(_site(answer(b""), moved=redirect(closed.url("/page"))))
    client = await connect(server, closed, robots_for_pages=True)
    with pytest.raises(FetchError, match=r"redirected to .*robots\.txt asks us not to"):
        await client.fetch(server.url("/moved"), kind="page")
    assert closed.paths == ["/robots.txt"]


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "401 Unauthorized", "410 Gone", "204 None"])
async def test_a_site_without_the_file_allows_everything(status: str, serve: Serve, connect: Connect) -> None:
    server = await serve(_site(answer(b"", status)))
    client = await connect(server, robots_for_pages=True)
    assert await client.fetch(server.url("/page"), kind="page")


@pytest.mark.parametrize(
    "robots",
    [
        answer(b"", "500 Oops"),
        answer(b"", "503 Later"),
        answer(b"", "429 Slow"),
        answer(b"Disallow", content_encoding="gzip"),
        b"noise\r\n\r\n",
    ],
)
async def test_a_site_in_trouble_is_left_alone_for_now(robots: bytes, serve: Serve, connect: Connect) -> None:
    server = await serve(_site(robots))
    client = await connect(server, robots_for_pages=True)
    for _ in range(2):
        with pytest.raises(FetchError, match=r"robots\.txt could not be read") as caught:
            await client.fetch(server.url("/page"), kind="page")
        assert caught.value.retry_after == timedelta(minutes=10)
    assert server.paths == ["/robots.txt"]


@pytest.mark.parametrize("robots", [b"\xef\xbb\xbf" + CLOSED, CLOSED + b"#" * 600_000])
async def test_a_byte_order_mark_or_its_length_hides_no_rule(robots: bytes, serve: Serve, connect: Connect) -> None:
    server = await serve(_site(answer(robots)))
    client = await connect(server, robots_for_pages=True)
    assert await client.fetch(server.url("/page"), kind="page")
    with pytest.raises(FetchError, match=r"robots\.txt asks us not to read"):
        await client.fetch(server.url("/private"), kind="page")


@pytest.mark.parametrize(
    "robots", [b"", b"\xff\xfe\x00", b"<html>login</html>", b"Disallow: /", b"User-agent: *\nDisallow:"]
)
async def test_nonsense_forbids_nothing(robots: bytes, serve: Serve, connect: Connect) -> None:
    server = await serve(_site(answer(robots)))
    client = await connect(server, robots_for_pages=True)
    assert await client.fetch(server.url("/page"), kind="page")


async def test_the_file_is_followed_to_where_it_moved(serve: Serve, connect: Connect) -> None:
    moved = answer(b"User-agent: *\nDisallow: /page")
    server = await serve(_site(redirect("/files/robots"), **{"files/robots": moved}))
    client = await connect(server, robots_for_pages=True)
    with pytest.raises(FetchError, match=r"robots\.txt asks us not to"):
        await client.fetch(server.url("/page"), kind="page")


async def test_many_pages_at_once_ask_once(serve: Serve, connect: Connect) -> None:
    server = await serve(_site(answer(b"")))
    client = await connect(server, robots_for_pages=True)
    await asyncio.gather(*(client.fetch(server.url("/page"), kind="page") for _ in range(10)))
    assert server.paths.count("/robots.txt") == 1


async def test_the_file_is_read_anew_once_it_is_old(serve: Serve, connect: Connect) -> None:
    server = await serve(_site(answer(b"")))
    client = await connect(server, robots_for_pages=True, robots_kept_for=timedelta(0))
    for _ in range(2):
        await client.fetch(server.url("/page"), kind="page")
    assert server.paths.count("/robots.txt") == 2


@pytest.mark.parametrize(
    ("wish", "interval"), [("99999999999999999999", 86_400), ("1e30", 86_400), ("inf", 0), ("nan", 0), ("-5", 0)]
)
async def test_a_crawl_delay_without_measure_is_a_day_or_none(wish: str, interval: float) -> None:
    async with listen(_site(answer(f"User-agent: *\nCrawl-delay: {wish}\n".encode()))) as server:
        policy, budget = policy_for(server, robots_for_pages=True), RecordingBudget()
        async with AiohttpTransport(policy) as transport:
            await Client(policy, transport, budget).fetch(server.url("/page"), kind="page")
    assert [asked.interval for asked in budget.asked] == [0, interval]


async def test_a_file_that_our_own_pace_kept_from_us_is_asked_for_at_the_next_page() -> None:
    async with listen(_site(answer(b""))) as server:
        policy, budget = policy_for(server, robots_for_pages=True), RecordingBudget(None, Turn(0.0, "lease"))
        async with AiohttpTransport(policy) as transport:
            client = Client(policy, transport, budget)
            with pytest.raises(FetchError, match="than its pace allows") as caught:
                await client.fetch(server.url("/page"), kind="page")
            assert await client.fetch(server.url("/page"), kind="page")
    assert caught.value.kind is FetchFailure.PACED


async def test_the_crawl_delay_sets_the_pace_of_pages_only() -> None:
    async with listen(_site(answer(SLOW))) as server:
        policy = policy_for(server, robots_for_pages=True, min_interval=timedelta(seconds=1))
        budget = RecordingBudget()
        async with AiohttpTransport(policy) as transport:
            client = Client(policy, transport, budget)
            await client.fetch(server.url("/page"), kind="page")
            await client.fetch(server.url("/page"), kind="feed")
    assert [wish.interval for wish in budget.asked] == [1, 3, 1]
