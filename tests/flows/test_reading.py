"""Reading pages through a client whose servers are functions: what is taken for an article, and what is waited for."""

import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest

from extractors.workers import WorkerPool
from fetching.client import Client
from fetching.pacing import Budget
from fetching.policy import FetchPolicy
from flows.steps.pages import Page, equip_worker, pack_matcher
from flows.steps.reading import read_pages
from matching.matcher import Matcher
from news.articles import Quality
from news.errors import ReadError
from news.reading import PageResult, PageTask
from news.sources import Backoff, Entry, Feed, FeedState, Outcome, Outlet, Poll, PressSystem, Refresh
from storage.articles import claim_due_rereads, claim_unread_entries
from storage.engine import Store
from storage.feeds import record_polls, sync_feeds
from storage.recording import record_articles
from tests.fetching.servers import RecordingBudget

NOW = datetime(2026, 1, 5, tzinfo=UTC)
OUTLET = Outlet("hanbit", "Hanbit Daily", "KR", "ko", PressSystem.SOUTH_KOREA, "hanbit", "Asia/Seoul")
PAGE = f"<title>News</title><article><h1>News</h1><p>{'The envoys met for two hours in Seoul. ' * 20}</p></article>"

Answer = Callable[[httpx.Request], httpx.Response]


class Here:
    """Reads pages in this process."""

    async def run(self, function: Callable[[object], object], item: object) -> object:
        try:
            return function(item)
        except ReadError as error:
            return error


@pytest.fixture(autouse=True)
def _equipped(tmp_path: Path) -> None:
    pack_matcher(Matcher({}, {}, []), tmp_path / "matcher")
    equip_worker(tmp_path / "matcher")


async def read(
    answer: Answer, *tasks: PageTask, workers: Here | None = None, budget: Budget | None = None
) -> list[PageResult]:
    def serve(request: httpx.Request) -> httpx.Response:
        response = httpx.Response(404) if request.url.path == "/robots.txt" else answer(request)
        response.request = request  # as our own transport does
        return response

    policy = FetchPolicy("Dateline/0.1 (+mailto:test@example.org)", min_interval=timedelta(0))
    client = Client(policy, httpx.MockTransport(serve), budget)
    return await read_pages(tasks, client, cast("WorkerPool", workers or Here()), lambda: NOW)


def task(path: str, **parts: object) -> PageTask:
    return PageTask(OUTLET, f"https://hanbit.example{path}", f"About {path}", NOW, entry_id=1, **parts)  # type: ignore[arg-type]


def lead_to(place: str) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/news/") and request.url.path != place:
            return httpx.Response(302, headers={"location": place})
        return httpx.Response(200, headers={"content-type": "text/html"}, text=PAGE)

    return answer


@pytest.mark.parametrize(
    "place",
    [
        "/",
        "/index.html",
        "/news",
        "/login?next=1",
        "/member/sign-in",
        "https://consent.hanbit.example/",
        "/error/404.html",
        "/x?" + "a" * 2500,
    ],
)
async def test_what_leads_elsewhere_is_told_from_its_feed(place: str) -> None:
    """Else every such entry would be one article, and a removed page would be taken for a rewritten one."""
    results = await read(lead_to(place), task("/news/1"), task("/news/2"))
    found = [(each.article.url, each.article.title, each.article.quality) for each in results if each.article]
    assert found == [
        ("https://hanbit.example/news/1", "About /news/1", Quality.FEED),
        ("https://hanbit.example/news/2", "About /news/2", Quality.FEED),
    ]
    [again] = await read(lead_to(place), PageTask(OUTLET, "https://hanbit.example/news/1", "One", NOW, article_id=1))
    assert (again.article, again.gone) == (None, False)


@pytest.mark.parametrize("place", ["/news/1-the-envoys-met", "/news/2026/login-wall-debate"])
async def test_a_moved_article_is_read_where_it_stands(place: str) -> None:
    [result] = await read(lead_to(place), task("/news/1"))
    assert result.article
    assert (result.article.quality, result.aliases) == (Quality.CAREFUL, (f"https://hanbit.example{place}",))


async def test_a_notice_with_200_is_no_article() -> None:
    """The feed's own text is told instead, and what is known of an article is not replaced."""
    markup = "<title>One moment</title><div>Your browser is being checked, and you will be led to the page soon.</div>"
    said = task("/news/1", text="The envoys met for two hours in Seoul. " * 20)
    known = replace(said, entry_id=None, article_id=1, text="")

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/html"}, text=markup)

    new, again = await read(answer, *(replace(each, title="Envoys meet in Seoul") for each in (said, known)))
    assert new.article
    assert (new.article.quality, len(new.article.text)) == (Quality.FEED, len(said.text) - 1)
    assert (again.article, again.gone, again.reread_at) == (None, False, NOW + timedelta(hours=1))
    assert "says nothing of the article" in again.reason


async def test_a_packed_page_is_unpacked_where_it_is_read() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "text/html", "content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=Packed(gzip.compress(PAGE.encode())))

    [result] = await read(answer, task("/news/1"))
    assert result.article
    assert (result.article.title, result.article.quality) == ("News", Quality.CAREFUL)


async def test_a_page_that_broke_on_the_way_is_asked_for_again() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "text/html", "content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=Packed(gzip.compress(PAGE.encode())[:-20]))

    [result] = await read(answer, task("/news/1"))
    assert (result.article, result.retry_at) == (None, NOW + timedelta(minutes=4))
    assert "break off" in result.reason


async def test_a_page_that_unpacks_to_more_than_is_allowed_is_told_from_its_feed() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "text/html", "content-encoding": "gzip"}
        return httpx.Response(
            200, headers=headers, stream=Packed(gzip.compress(b" " * (FetchPolicy("x").max_decoded_bytes + 1)))
        )

    [result] = await read(answer, task("/news/1"))
    assert result.article
    assert result.article.quality is Quality.FEED
    assert "unpacks to more than 20,971,520 bytes" in " ".join(result.article.notes)


class Packed(httpx.AsyncByteStream):
    """A body as it comes over the wire."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class Broken(Here):
    """Has a defect that one page meets."""

    async def run(self, function: Callable[[object], object], item: object) -> object:
        if isinstance(item, Page) and item.url.endswith("/bad"):
            raise TypeError("a bug")
        return await super().run(function, item)


async def test_a_defect_costs_its_own_page_alone_which_is_told_from_its_feed(caplog: pytest.LogCaptureFixture) -> None:
    bad, good = await read(lead_to("/"), task("/x/bad"), task("/x/good"), workers=Broken())
    assert bad.article
    assert good.article
    assert (bad.has_defect, bad.article.quality, good.has_defect, good.article.quality) == (
        *(True, Quality.FEED),
        *(False, Quality.CAREFUL),
    )
    assert "a bug" in caplog.text
    [again] = await read(lead_to("/"), replace(task("/x/bad"), article_id=1, entry_id=None), workers=Broken())
    assert (again.article, again.has_defect, again.gone) == (None, True, False)


async def test_credentials_in_a_link_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    [result] = await read(
        lead_to("/"), replace(task("/"), url="https://reader:word@hanbit.example/bad"), workers=Broken()
    )
    [refused] = await read(lead_to("/"), replace(task("/"), url="https://reader:word@[hanbit/bad"))
    assert result.has_defect
    assert "word" not in f"{caplog.text} {result.reason} {refused.reason}"


@pytest.mark.parametrize(("age", "waits"), [(timedelta(hours=2), True), (timedelta(hours=4), False)])
async def test_a_page_that_our_own_pace_keeps_waiting_is_not_told_from_its_feed(age: timedelta, waits: bool) -> None:
    """Nobody was asked, so it was no attempt; but news is not held back for long either."""
    late = replace(task("/news/1", attempts=3), first_seen_at=NOW - age)
    [result] = await read(lead_to("/"), late, budget=RecordingBudget(None))
    assert (result.retry_at, result.is_counted) == ((NOW + timedelta(minutes=4), False) if waits else (None, True))
    assert (result.article is None) is waits


@pytest.mark.parametrize(
    ("there", "gone", "alive"),
    [({"/news/1"}, False, True), ({"/news/one"}, False, True), (set(), True, False)],
)
async def test_a_page_is_removed_when_it_is_not_found_under_any_address_that_it_had(
    there: set[str], gone: bool, alive: bool
) -> None:
    """A wrong canonical link is no removal, nor is a link of the feed that is no longer kept."""
    known = replace(task("/news/1"), entry_id=None, article_id=1, known_url="https://hanbit.example/news/one")
    [result] = await read(
        lambda request: (
            httpx.Response(200, headers={"content-type": "text/html"}, text=PAGE)
            if request.url.path in there
            else httpx.Response(404)
        ),
        known,
    )
    assert (result.gone, result.article is not None) == (gone, alive)


@pytest.mark.parametrize(
    ("backoff", "rests"),
    [
        (Backoff.HOST, {"hanbit.example"}),
        (Backoff.FEED, {"hanbit.example"}),
        (Backoff.FAMILY, {"hanbit.example", "family hanbit"}),
    ],
)
async def test_what_rests_after_a_pages_429_is_what_its_outlet_declares(backoff: Backoff, rests: set[str]) -> None:
    budget = RecordingBudget()
    asked = replace(task("/news/1"), outlet=replace(OUTLET, backoff=backoff))
    [result] = await read(lambda _: httpx.Response(429, headers={"retry-after": "600"}), asked, budget=budget)
    assert result.retry_at
    assert {rest.scope for rest in budget.rests} == rests
    assert set(budget.asked[-1].scopes) == rests


async def test_a_removed_page_is_looked_at_again_while_it_is_young() -> None:
    young = PageTask(OUTLET, "https://hanbit.example/news/1", "One", NOW, article_id=1)
    old = replace(young, first_seen_at=NOW - timedelta(days=5))
    results = await read(lambda _: httpx.Response(404), young, old)
    assert [(each.gone, each.reread_at) for each in results] == [(True, NOW + timedelta(hours=1)), (True, None)]


@pytest.mark.parametrize(
    ("status", "age", "attempts", "retries"),
    [(503, 10, 1, True), (503, 10, 3, False), (503, 0, 1, False), (403, 10, 1, False)],
)
async def test_a_last_look_survives_a_passing_failure(status: int, age: int, attempts: int, retries: bool) -> None:
    """So does what a replay asks for. A young article is looked at again anyway."""
    known = replace(
        task("/news/1"), entry_id=None, article_id=1, attempts=attempts, first_seen_at=NOW - timedelta(days=age)
    )
    [result] = await read(lambda _: httpx.Response(status), known)
    assert result.retry_at == (NOW + timedelta(minutes=4) if retries else None)
    assert result.reread_at == (NOW + timedelta(hours=1) if age == 0 else None)


async def test_a_known_page_waits_for_its_turn_at_its_host() -> None:
    """A replay may ask for hundreds of one host; nobody was asked, so it is no attempt."""
    known = replace(task("/news/1"), entry_id=None, article_id=1, attempts=3, first_seen_at=NOW - timedelta(days=10))
    [result] = await read(lead_to("/"), known, budget=RecordingBudget(None))
    assert (result.retry_at, result.is_counted) == (NOW + timedelta(minutes=4), False)


async def test_a_page_is_not_waited_for_longer_than_news_lasts() -> None:
    [result] = await read(lambda _: httpx.Response(503, headers={"retry-after": "900000000"}), task("/news/1"))
    assert result.retry_at
    assert result.retry_at <= NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("declared", "own", "told", "read_as"),
    [("en", None, "en", "en"), ("en", "fr", "fr", "fr"), ("und", None, None, None)],  # nothing Korean is in the text
)
async def test_a_report_is_in_the_language_of_its_feed_which_need_not_be_its_outlet_s(
    store: Store, declared: str, own: str | None, told: str | None, read_as: str | None
) -> None:
    feed = Feed("hanbit-en", "https://hanbit.example/en.xml", "Hanbit in English", OUTLET.id, declared)
    sync_feeds(store, [OUTLET], [feed], NOW)
    entry = Entry("1", "https://hanbit.example/en/1", "Envoys meet", language=own)
    state = FeedState(feed.id, feed.url, next_check_at=NOW)
    record_polls(store, [Poll(Refresh(feed.id, NOW, Outcome.UPDATED, entries=1), state, (entry,))])
    [claimed] = claim_unread_entries(store, NOW, limit=1, lease_for=timedelta(minutes=10))
    [result] = await read(lambda _: httpx.Response(404), claimed)
    assert result.article
    assert (claimed.language, result.article.language) == (told, read_as)
    assert not any("its feed in" in note for note in result.article.notes)
    record_articles(store, [replace(result, reread_at=NOW)], NOW)
    [again] = claim_due_rereads(store, NOW, limit=1, lease_for=timedelta(minutes=10))
    assert again.language == told
