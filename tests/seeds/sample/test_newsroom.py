import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from news.sources import Feed
from seeds.declarations import load_declarations
from seeds.sample.newsroom import Edition, Newsroom, load_edition, respond, serve_edition, write_declarations

NOW = datetime(2031, 7, 8, 22, 30, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8123"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition()


@pytest.mark.parametrize("revision", [1, 2])
def test_every_feed_parses_to_the_entries_that_the_edition_declares(edition: Edition, revision: int) -> None:
    for feed in edition.feeds.values():
        if feed.status != 200:
            continue
        answer = respond(edition, f"/{feed.outlet}/{feed.path}", now=NOW, origin=ORIGIN, revision=revision)
        declared = [
            f"{ORIGIN}/{report.outlet}/{report.path}"
            for report in sorted(edition.reports.values(), key=lambda report: report.hours_before)
            if feed.id in report.feeds and report.first_revision <= revision
        ]
        assert _links(answer.body, feed.format, dict(answer.headers)) == declared, feed.id


def _links(document: bytes, format_: str, headers: dict[str, str]) -> list[str]:
    if format_ == "json":
        return [item["url"] for item in json.loads(document)["items"]]
    parsed = feedparser.parse(document, response_headers=headers)
    assert not parsed.bozo
    return [entry.link for entry in parsed.entries]


def test_declarations_written_for_an_origin_load_with_the_checks_of_real_ones(edition: Edition, tmp_path: Path) -> None:
    write_declarations(edition, tmp_path, ORIGIN)

    declared = load_declarations(tmp_path, None)

    assert declared.feeds.keys() == edition.feeds.keys()
    assert declared.feeds["mirinae-main"] == Feed(
        id="mirinae-main",
        url=f"{ORIGIN}/mirinae-business/rss/main.xml",
        title="미리내경제 주요기사",
        outlet="mirinae-business",
        language="ko",
        country="KR",
    )
    assert declared.outlets == edition.outlets
    assert declared.subscriptions.keys() == {"sample"}


def _get(url: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - a loopback address of our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def newsroom(edition: Edition) -> Iterator[Newsroom]:
    with serve_edition(edition, now=NOW) as running:
        yield running


def test_a_moved_feed_leads_to_its_new_address_and_a_broken_one_says_so(newsroom: Newsroom) -> None:
    status, body = _get(f"{newsroom.origin}/han-river-observer/rss.xml")  # urllib follows the 301

    assert status == 200
    assert b"<rss" in body
    assert _get(f"{newsroom.origin}/neoul-ilbo/rss/sports.xml")[0] == 503
    assert newsroom.respond("/han-river-observer/rss.xml").status == 301


def test_a_second_revision_changes_a_report_under_its_address_and_the_etag_of_its_feed(newsroom: Newsroom) -> None:
    feed, page = "/aranuri/rss/politics.xml", "/aranuri/view/71003"
    first_feed, first_page = newsroom.respond(feed), newsroom.respond(page)

    assert newsroom.respond(feed, first_feed.headers["etag"]).status == 304
    newsroom.revision = 2

    assert newsroom.respond(feed, first_feed.headers["etag"]).status == 200
    assert "정상회담 시작" in first_page.body.decode()
    assert "정상회담 시작" not in newsroom.respond(page).body.decode()


def test_a_feed_not_changed_is_not_sent_again_over_http(newsroom: Newsroom) -> None:
    url = f"{newsroom.origin}/northgate-wire/rss/asia.xml"
    etag = newsroom.respond("/northgate-wire/rss/asia.xml").headers["etag"]

    assert _get(url, **{"If-None-Match": etag}) == (304, b"")
