"""Polling feeds through a client whose servers are functions: manners by declaration, and what is believed of answers."""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from extractors.workers import WorkerPool, open_pool
from fetching.client import Client
from fetching.policy import FetchPolicy
from flows.steps import parsing
from flows.steps.refreshing import OpenPolls, refresh_feeds
from news.sources import (
    Backoff,
    DueFeed,
    Feed,
    FeedKind,
    FeedState,
    Fetched,
    Outcome,
    Outlet,
    ParsedFeed,
    Poll,
    PressSystem,
    Rhythm,
)

NOW = datetime(2026, 1, 5, tzinfo=UTC)
POLICY = FetchPolicy("Dateline/0.1 (+mailto:test@example.org)", min_interval=timedelta(0))
OUTLET = Outlet("hanbit", "Hanbit Daily", "KR", "ko", PressSystem.SOUTH_KOREA, "hanbit", "Asia/Seoul")
LISTING = b"<ul><li><a href=/news/1>One</a></li><li><a href=/news/2>Two</a></li></ul>"
LOGIN = b"<!doctype html><title>Sign in</title><form><input type=password></form>"
SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
RSS = b"<rss><channel><title>t</title><item><title>a</title><link>https://a.example/1</link></item></channel></rss>"
Answer = Callable[[httpx.Request], httpx.Response]
WORKERS = open_pool(workers=1)  # starts no process before it is given something to do


def make_due(id_: str, url: str, backoff: Backoff = Backoff.HOST, kind: FeedKind = FeedKind.FEED) -> DueFeed:
    feed = Feed(id_, url, id_, "hanbit", "ko", kind, link_selector="a[href^='/news/']")
    return DueFeed(feed, replace(OUTLET, backoff=backoff), FeedState(id_, url))


async def poll(answer: Answer, *due: DueFeed, workers: WorkerPool = WORKERS) -> list[Poll]:
    """Poll one after the other through one client."""

    def serve(request: httpx.Request) -> httpx.Response:
        response = answer(request)
        response.request = request  # as our own transport does
        return response

    client = Client(POLICY, httpx.MockTransport(serve))
    return [polled for feed in due for polled in await refresh_feeds([feed], client, workers, lambda: NOW)]


@pytest.mark.parametrize(
    ("backoff", "asked"),
    [
        (Backoff.FEED, ["https://a.example/1", "https://a.example/2", "https://b.example/3"]),
        (Backoff.HOST, ["https://a.example/1", "https://b.example/3"]),
        (Backoff.FAMILY, ["https://a.example/1"]),
    ],
)
async def test_what_rests_after_a_429_is_what_the_outlet_declares(backoff: Backoff, asked: list[str]) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(429, headers={"retry-after": "600"})

    urls = ("https://a.example/1", "https://a.example/2", "https://b.example/3")
    polls = await poll(answer, *(make_due(f"feed-{n}", url, backoff) for n, url in enumerate(urls)))
    assert seen == asked
    assert [one.refresh.failure for one in polls] == ["rate-limited"] * 3
    assert [one.state.failures > 0 for one in polls] == [url in asked for url in urls]


async def test_a_listing_is_asked_of_robots_txt_and_keeps_its_validators() -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.path, request.headers.get("if-none-match")))
        if request.url.path == "/robots.txt":
            return httpx.Response(200, text="User-agent: *\nDisallow: /closed")
        if "if-none-match" in request.headers:
            return httpx.Response(304)
        return httpx.Response(200, content=LISTING, headers={"etag": '"1"'})

    due = make_due("list", "https://a.example/open", kind=FeedKind.LISTING)
    (first,) = await poll(answer, due)
    second, closed = await poll(
        answer, replace(due, state=first.state), make_due("no", "https://a.example/closed", kind=FeedKind.LISTING)
    )
    assert [one.refresh.outcome for one in (first, second)] == [Outcome.UPDATED, Outcome.NOT_MODIFIED]
    assert (len(first.entries), second.state.etag, closed.refresh.failure) == (2, '"1"', "robots")
    assert seen == [("/robots.txt", None), ("/open", None), ("/robots.txt", None), ("/open", '"1"')]


@pytest.mark.parametrize(
    ("body", "kind", "is_adopted"),
    [(RSS, FeedKind.FEED, True), (LOGIN, FeedKind.FEED, False), (LOGIN, FeedKind.LISTING, False)],
)
async def test_a_move_to_a_login_page_is_never_adopted(body: bytes, kind: FeedKind, is_adopted: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        if request.url.path == "/old":
            return httpx.Response(301, headers={"location": "/new"})
        return httpx.Response(200, content=body, headers={"etag": '"login"'})

    due = make_due("moving", "https://a.example/old", kind=kind)
    for _ in range(4):
        (polled,) = await poll(answer, replace(due, state=replace(due.state, etag=None)))
        due = replace(due, state=polled.state)
    assert due.state.url == f"https://a.example/{'new' if is_adopted else 'old'}"
    assert is_adopted or (due.state.etag, polled.refresh.failure) == (None, "not-a-feed")


async def test_a_defect_costs_its_own_feed_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    parse = parsing.parse

    def break_once(due: DueFeed, fetched: Fetched) -> ParsedFeed:
        if due.feed.id == "bad":
            raise TypeError("a bug")
        return parse(due, fetched)

    monkeypatch.setattr(parsing, "parse", break_once)
    client = Client(POLICY, httpx.MockTransport(lambda request: httpx.Response(200, content=RSS, request=request)))
    feeds = [make_due("bad", "https://a.example/1"), make_due("good", "https://b.example/2")]
    bad, good = await refresh_feeds(feeds, client, WORKERS, lambda: NOW)
    assert (bad.refresh.failure, good.refresh.outcome) == ("defect", Outcome.UPDATED)
    assert bad.state.next_check_at
    assert bad.state.next_check_at > NOW
    assert "a bug" in caplog.text


@pytest.mark.parametrize("packed", [False, True])
async def test_a_long_document_is_parsed_in_a_worker_that_can_be_killed(packed: bool, impatient: WorkerPool) -> None:
    long = RSS.replace(b"<title>a", b"<title>" + b"a" * 200_000)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=gzip.compress(long) if packed else long)

    due = make_due("long", "https://a.example/feed.xml")
    [given_up] = await poll(answer, due, workers=impatient)
    assert given_up.refresh.failure == "not-a-feed"
    assert given_up.refresh.reason.endswith("bytes could not be parsed: it took longer than 20 s to read")
    with open_pool(workers=1) as workers:
        [polled] = await poll(answer, due, workers=workers)
    assert [entry.link for entry in polled.entries] == ["https://a.example/1"]


async def test_a_host_that_hangs_holds_up_nobody_else_and_is_given_up_when_stopped() -> None:
    was_stopped = False

    async def serve(request: httpx.Request) -> httpx.Response:
        nonlocal was_stopped
        if request.url.host == "hangs.example":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                was_stopped = True
                raise
        return httpx.Response(200, content=RSS, request=request)

    polls = OpenPolls(Client(POLICY, httpx.MockTransport(serve)), WORKERS, lambda: NOW)
    polls.begin(make_due(host, f"https://{host}.example/rss") for host in ("hangs", "a", "b"))
    ended = await polls.collect(2)
    assert sorted(poll.refresh.feed_id for poll in ended) == ["a", "b"]
    assert len(polls) == 1
    assert await polls.collect(1, within=timedelta(0)) == []
    await polls.stop()
    assert was_stopped


async def test_a_publishers_wish_is_kept_for_answers_that_do_not_repeat_it() -> None:
    wish = RSS.replace(b"<title>t", b"<ttl>90</ttl><title>t", 1)
    answers = iter([httpx.Response(200, content=wish, headers={"etag": "x"})])
    [first] = await poll(lambda _: next(answers), due := make_due("a", "https://a.example/rss"))
    assert first.state.wish_seconds == 90 * 60
    answers = iter([httpx.Response(304)])
    [again] = await poll(lambda _: next(answers), replace(due, state=first.state))
    assert again.refresh.outcome is Outcome.NOT_MODIFIED
    assert again.state.next_check_at is not None
    assert again.state.next_check_at >= NOW + timedelta(minutes=90)


@pytest.mark.parametrize(("silence", "is_believed"), [(timedelta(hours=3), True), (timedelta(hours=13), False)])
async def test_a_304_is_not_believed_of_a_feed_that_falls_silent(silence: timedelta, is_believed: bool) -> None:
    """The server says 'not modified' to whoever names an ETag, though it has something new."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(304 if "if-none-match" in request.headers else 200, content=RSS)

    due = make_due("hourly", "https://a.example/rss")
    hourly = Rhythm(NOW - silence - timedelta(hours=9), NOW - silence, 10)
    [polled] = await poll(answer, replace(due, state=replace(due.state, etag='"1"'), rhythm=hourly))
    assert polled.refresh.outcome is (Outcome.NOT_MODIFIED if is_believed else Outcome.UPDATED)


@pytest.mark.parametrize("status", [200, 304])
async def test_how_long_an_answer_without_news_is_fresh_counts_for_the_next_look(status: int) -> None:
    answers = iter([httpx.Response(200, content=RSS, headers={"etag": "x"})])
    [first] = await poll(lambda _: next(answers), due := make_due("a", "https://a.example/rss"))
    answers = iter([httpx.Response(status, content=RSS, headers={"cache-control": "max-age=9000"})])
    [again] = await poll(lambda _: next(answers), replace(due, state=first.state))
    assert again.refresh.outcome in {Outcome.NOT_MODIFIED, Outcome.UNCHANGED}
    assert again.state.next_check_at is not None
    assert again.state.next_check_at >= NOW + timedelta(seconds=9000)


def test_an_index_of_sitemaps_is_polled_as_the_sitemaps_that_changed_last() -> None:
    """The index stays as it is while one of its sitemaps grows; one that cannot be had does not cost the others."""
    pages = {f"/{number}.xml": [f"https://a.example/{number}"] for number in range(5)}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        asked.append(path)
        if path == "/index.xml":
            listed = "".join(
                f"<sitemap><loc>/{n}.xml</loc><lastmod>2026-01-0{n + 1}</lastmod></sitemap>" for n in range(5)
            )
            return httpx.Response(
                200, headers={"etag": '"same"'}, content=f"<sitemapindex {SITEMAPS}>{listed}</sitemapindex>"
            )
        if path == "/3.xml":
            return httpx.Response(404)
        urls = "".join(f"<url><loc>{page}</loc></url>" for page in pages[path])
        return httpx.Response(200, content=f"<urlset {SITEMAPS}>{urls}</urlset>")

    due = make_due("site", "https://a.example/index.xml", kind=FeedKind.SITEMAP)
    [first] = asyncio.run(poll(answer, due))
    assert asked == ["/index.xml", "/4.xml", "/3.xml", "/2.xml"]
    assert {entry.link for entry in first.entries} == {"https://a.example/4", "https://a.example/2"}
    [problem] = first.problems
    assert problem.startswith("https://a.example/3.xml could not be had: ")
    [same] = asyncio.run(poll(answer, replace(due, state=first.state)))
    assert same.refresh.outcome is Outcome.UNCHANGED
    pages["/4.xml"].append("https://a.example/2")
    pages["/4.xml"].append("https://a.example/5")
    [second] = asyncio.run(poll(answer, replace(due, state=same.state)))
    assert second.refresh.outcome is Outcome.UPDATED
    assert sorted(str(entry.link) for entry in second.entries) == [f"https://a.example/{n}" for n in (2, 4, 5)]


def test_a_sitemap_of_an_index_that_goes_away_or_comes_back_is_told_at_once() -> None:
    index = "".join(f"<sitemap><loc>/{name}.xml</loc></sitemap>" for name in ("a", "b"))
    answers = {"/index.xml": f"<sitemapindex {SITEMAPS}>{index}</sitemapindex>"}
    answers |= {
        f"/{name}.xml": f"<urlset {SITEMAPS}><url><loc>https://a.example/{name}</loc></url></urlset>" for name in "ab"
    }
    missing: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        return httpx.Response(404 if path in missing else 200, content=answers[path])

    due = make_due("site", "https://a.example/index.xml", kind=FeedKind.SITEMAP)
    [whole] = asyncio.run(poll(answer, due))
    missing.add("/b.xml")
    [without] = asyncio.run(poll(answer, replace(due, state=whole.state)))
    [still] = asyncio.run(poll(answer, replace(due, state=without.state)))
    missing.clear()
    [back] = asyncio.run(poll(answer, replace(due, state=still.state)))
    polls = (whole, without, still, back)
    updated, unchanged = Outcome.UPDATED, Outcome.UNCHANGED
    assert [poll.refresh.outcome for poll in polls] == [updated, updated, unchanged, updated]
    assert [len(poll.problems) for poll in polls] == [0, 1, 0, 0]


@pytest.mark.parametrize("status", [503, 410])
def test_an_index_whose_sitemaps_cannot_be_had_is_a_failure_with_its_reason(status: int) -> None:
    """It is not at its end though all that it lists now are gone."""
    index = f"<sitemapindex {SITEMAPS}><sitemap><loc>/1.xml</loc></sitemap></sitemapindex>"
    answers = {"/index.xml": httpx.Response(200, content=index), "/1.xml": httpx.Response(status)}
    due = make_due("site", "https://a.example/index.xml", kind=FeedKind.SITEMAP)
    [polled] = asyncio.run(poll(lambda request: answers[request.url.path], due))
    assert (polled.refresh.outcome, polled.refresh.failure) == (Outcome.FAILED, "status")
    assert f"such as https://a.example/1.xml: the server answered {status}" in polled.refresh.reason
    assert polled.state.gone_at is None


def test_a_sitemap_of_an_index_that_is_none_costs_no_other() -> None:
    index = "".join(f"<sitemap><loc>/{name}</loc></sitemap>" for name in ("login", "good.xml"))
    answers = {
        "/index.xml": f"<sitemapindex {SITEMAPS}>{index}</sitemapindex>".encode(),
        "/login": LOGIN,
        "/good.xml": f"<urlset {SITEMAPS}><url><loc>https://a.example/1</loc></url></urlset>".encode(),
    }
    due = make_due("site", "https://a.example/index.xml", kind=FeedKind.SITEMAP)

    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=answers[request.url.path])

    [polled] = asyncio.run(poll(serve, due))
    assert polled.refresh.outcome is Outcome.UPDATED
    assert [entry.link for entry in polled.entries] == ["https://a.example/1"]
    [problem] = polled.problems
    assert problem.startswith("https://a.example/login was left out: this is a login page")
    answers["/good.xml"] = LOGIN
    [polled] = asyncio.run(poll(serve, due))
    assert (polled.refresh.failure, "a login page" in polled.refresh.reason) == ("not-a-feed", True)


@pytest.mark.parametrize("is_direct_once", [False, True])
async def test_a_feed_that_never_changes_moves_with_its_permanent_redirect(is_direct_once: bool) -> None:
    outcomes: list[Outcome] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/old" and not (is_direct_once and len(outcomes) == 1):
            return httpx.Response(301, headers={"location": "/new"})
        is_known = "if-none-match" in request.headers
        return httpx.Response(304) if is_known else httpx.Response(200, content=RSS, headers={"etag": "x"})

    due = make_due("moving", "https://a.example/old")
    for _ in range(3):
        [polled] = await poll(answer, due)
        due = replace(due, state=polled.state)
        outcomes.append(polled.refresh.outcome)
    assert outcomes == [Outcome.UPDATED, Outcome.NOT_MODIFIED, Outcome.NOT_MODIFIED]
    if is_direct_once:
        assert (due.state.url, due.state.moved_count) == ("https://a.example/old", 1)
    else:
        assert (due.state.url, due.state.moved_count, due.state.etag) == ("https://a.example/new", 0, "x")


@pytest.mark.parametrize(("failures", "is_back"), [(1.0, False), (3.0, True)])
async def test_a_feed_that_is_lost_where_it_moved_is_looked_for_where_it_is_declared(
    failures: float, is_back: bool
) -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.path, request.headers.get("if-none-match")))
        return httpx.Response(404) if request.url.path == "/moved" else httpx.Response(200, content=RSS)

    due = make_due("back", "https://a.example/declared")
    state = FeedState("back", "https://a.example/moved", etag='"1"', failures=failures, moved_at=NOW)
    [polled] = await poll(answer, replace(due, state=state))
    assert polled.asked_url == "https://a.example/moved"
    assert seen == [("/moved", '"1"'), ("/declared", None)][: 1 + is_back]
    if is_back:
        assert polled.refresh.outcome is Outcome.UPDATED
        assert (polled.state.url, polled.state.failures, polled.state.moved_at) == (
            "https://a.example/declared",
            0,
            None,
        )
    else:
        assert (polled.refresh.outcome, polled.state.url) == (Outcome.FAILED, "https://a.example/moved")
