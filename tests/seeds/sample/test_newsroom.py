import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest

from news.sources import Feed
from seeds.declarations import SHIPPED, load_declarations
from seeds.sample.edition import Edition, Report, SampleFeed, load_edition
from seeds.sample.newsroom import Newsroom, Response, respond, serve_edition, write_declarations

NOW = datetime(2031, 7, 8, 22, 30, 17, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8123"
SHOWN_DATE = re.compile(r"(20\d\d)(?:-|\.|/|년 |年)(\d\d?)(?:-|\.|/|월 |月)(\d\d?)")


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition()


@pytest.fixture
def newsroom(edition: Edition) -> Iterator[Newsroom]:
    with serve_edition(edition, now=NOW) as running:
        yield running


def _ask(edition: Edition, what: SampleFeed | Report, *, revision: int = 2, now: datetime = NOW) -> Response:
    return respond(edition, f"/{what.outlet}/{what.path}", now=now, origin=ORIGIN, revision=revision)


def _read_page(edition: Edition, report: Report, *, now: datetime = NOW) -> str:
    return _ask(edition, report, now=now).body.decode(edition.papers[report.outlet].encoding)


def _entries(answer: Response) -> list[tuple[str, str]]:
    if answer.headers["content-type"].startswith("application/feed+json"):
        return [(item["url"], item["title"]) for item in json.loads(answer.body)["items"]]
    parsed = feedparser.parse(answer.body, response_headers=dict(answer.headers))
    assert not parsed.bozo
    return [(entry.link, entry.title) for entry in parsed.entries]


@pytest.mark.parametrize("revision", [1, 2])
def test_every_feed_parses_to_the_entries_that_the_edition_declares(edition: Edition, revision: int) -> None:
    announced = 0
    for feed in edition.feeds.values():
        if feed.status != 200:
            continue
        entries = _entries(_ask(edition, feed, revision=revision))
        declared = [
            (f"{ORIGIN}/{report.outlet}/{report.path}", edition.text_of(report, revision).title)
            for report in sorted(edition.reports.values(), key=lambda report: report.hours_before)
            if feed.id in report.feeds and report.first_revision <= revision
        ]
        assert [link for link, _ in entries] == [link for link, _ in declared], feed.id
        if not edition.papers[feed.outlet].wide_digits:
            assert [title for _, title in entries] == [title for _, title in declared], feed.id
        announced += len(entries)
    assert announced == sum(report.first_revision <= revision for report in edition.reports.values())


def test_feeds_date_their_entries_in_the_form_of_their_kind(edition: Edition) -> None:
    def dates(feed: str) -> list[str]:
        parsed = feedparser.parse(_ask(edition, edition.feeds[feed]).body)
        return [entry.get("published") or entry.get("updated") for entry in parsed.entries]

    assert dates("northgate-asia")[0] == "Tue, 08 Jul 2031 17:42:00 +0100"
    assert dates("aranuri-politics")[0] == "2031-07-08 21:00:00"
    assert dates("pengdao-front")[0] == "2031-07-09T00:00:00+08:00"
    assert dates("sokai-asia")[0] == "2031-07-09T01:24:00+09:00"
    assert dates("mirinae-main")[2] is None  # the report whose day alone is known


def test_every_page_is_served_labelled_and_whole(edition: Edition) -> None:
    for report in edition.reports.values():
        answer = _ask(edition, report)
        assert answer.status == report.status, report.id
        if report.status != 200:
            continue
        page = _read_page(edition, report)
        assert '<meta name="sample" content="invented report of an invented outlet">' in page
        assert 'class="sample-label"' in page
        if not edition.papers[report.outlet].wide_digits:
            last = edition.text_of(report, 2).paragraphs[: report.shown_paragraphs][-1]
            assert re.split(r"\{|[\"'&<>]", last)[0] in page, report.id


def test_a_paywalled_page_holds_back_its_end(edition: Edition) -> None:
    cut = {report.id: report.shown_paragraphs for report in edition.reports.values() if report.shown_paragraphs}
    assert cut.keys() == {"lantern-bay-analysis", "shiomi-trade"}
    for id_, shown in cut.items():
        report = edition.reports[id_]
        page, paragraphs = _read_page(edition, report), edition.text_of(report, 1).paragraphs

        assert paragraphs[shown - 1][:30] in page
        assert paragraphs[shown][:30] not in page
        assert re.search(r'"isAccessibleForFree": (false|"False")', page)


def test_a_page_with_a_date_alone_shows_no_time_of_day(edition: Edition) -> None:
    page = _read_page(edition, edition.reports["mirinae-visit"])

    assert "입력 2031년 7월 8일</div>" in page
    assert re.search(r"\d\d:\d\d", page.replace(ORIGIN, "")) is None


def test_encodings_are_what_they_say(edition: Edition) -> None:
    for outlet, encoding, word in (("mirinae-business", "euc-kr", "韓中"), ("wangchao", "gb18030", "李在明")):
        feed = next(feed for feed in edition.feeds.values() if feed.outlet == outlet)
        answer = _ask(edition, feed)
        assert f'encoding="{encoding}"' in answer.body[:60].decode("ascii")
        assert answer.headers["content-type"].endswith(f"charset={encoding}")
        assert word in answer.body.decode(encoding)
        with pytest.raises(UnicodeDecodeError):
            answer.body.decode("utf-8")


@pytest.mark.parametrize("now", [NOW, datetime(2027, 1, 1, 0, 5, tzinfo=UTC)])
def test_every_date_that_is_shown_is_of_these_days(edition: Edition, now: datetime) -> None:
    shown = 0
    first, last = now - timedelta(days=4), now + timedelta(days=1)
    printed: list[SampleFeed | Report] = [*edition.feeds.values(), *edition.reports.values()]
    for what in printed:
        document = _ask(edition, what, now=now).body.decode(edition.papers[what.outlet].encoding)
        for year, month, day in SHOWN_DATE.findall(document):
            assert first < datetime(int(year), int(month), int(day), tzinfo=UTC) <= last, what.id
            shown += 1
    assert shown > 100


def test_reports_of_one_event_name_the_same_day_on_either_side_of_midnight(edition: Edition) -> None:
    midnight_in_beijing = datetime(2031, 7, 8, 16, 0, tzinfo=UTC)
    for minutes in (-1, 1):
        now = midnight_in_beijing + timedelta(hours=12, minutes=minutes)
        day = (now - timedelta(hours=12)).astimezone(timezone(timedelta(hours=8))).day
        for id_, told in (("neoul-summit", f"{day}일 베이징"), ("shiomi-summit", f"国家主席は{day}日")):
            assert told in _read_page(edition, edition.reports[id_], now=now)


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
    assert declared.topics == load_declarations(SHIPPED, None).topics


def test_declarations_can_be_written_again_for_another_origin(edition: Edition, tmp_path: Path) -> None:
    write_declarations(edition, tmp_path, ORIGIN)
    write_declarations(edition, tmp_path, "http://127.0.0.1:9")

    feeds = load_declarations(tmp_path, None).feeds.values()

    assert all(feed.url.startswith("http://127.0.0.1:9/") for feed in feeds)


def test_front_pages_link_all_reports_and_announce_the_feeds(edition: Edition) -> None:
    for outlet, paper in edition.papers.items():
        page = respond(edition, f"/{outlet}/", now=NOW, origin=ORIGIN).body.decode(paper.encoding)
        listed = [one for one in edition.reports.values() if one.outlet == outlet and one.first_revision == 1]
        assert all(f'href="{ORIGIN}/{outlet}/{report.path}"' in page for report in listed)
        assert 'rel="alternate" type="application/' in page


def _get(url: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - a loopback address of our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_moved_feed_leads_to_its_new_address_and_a_broken_one_says_so(newsroom: Newsroom) -> None:
    status, body = _get(f"{newsroom.origin}/han-river-observer/rss.xml")  # urllib follows the 301

    assert status == 200
    assert b"<rss" in body
    assert newsroom.respond("/han-river-observer/rss.xml").status == 301
    assert _get(f"{newsroom.origin}/neoul-ilbo/rss/sports.xml")[0] == 503


@pytest.mark.parametrize("path", ["/", "/nobody/rss.xml", "/aranuri/view/1", "/hualan/politics/c_88460.html"])
def test_what_is_not_printed_is_not_found(newsroom: Newsroom, path: str) -> None:
    assert _get(newsroom.origin + path)[0] == 404


def test_robots_may_read_everything(newsroom: Newsroom) -> None:
    assert _get(newsroom.origin + "/robots.txt") == (200, b"User-agent: *\nAllow: /\n")


def test_a_picture_is_served(newsroom: Newsroom) -> None:
    assert _get(newsroom.origin + "/shiomi/picture.svg")[1].startswith(b"<svg")


def test_a_feed_not_changed_is_not_sent_again(newsroom: Newsroom) -> None:
    path = "/northgate-wire/rss/asia.xml"
    headers = newsroom.respond(path).headers

    assert headers["last-modified"] == "Tue, 08 Jul 2031 16:42:00 GMT"
    assert _get(newsroom.origin + path, **{"If-None-Match": headers["etag"]}) == (304, b"")
    assert _get(newsroom.origin + path, **{"If-None-Match": '"another"'})[0] == 200


def test_the_second_revision_changes_a_report_under_its_address_and_adds_one(newsroom: Newsroom) -> None:
    feed, page, added = "/aranuri/rss/politics.xml", "/aranuri/view/71003", "/hualan/politics/c_88460.html"
    before = newsroom.respond(feed)
    assert "정상회담 시작" in newsroom.respond(page).body.decode()
    assert "수정 2031.07.09" not in newsroom.respond(page).body.decode()

    newsroom.revision = 2

    assert newsroom.respond(feed, before.headers["etag"]).status == 200
    assert "정상회담 시작" not in newsroom.respond(page).body.decode()
    assert "수정 2031.07.09" in newsroom.respond(page).body.decode()
    assert newsroom.respond(page).headers["last-modified"] == "Tue, 08 Jul 2031 22:12:00 GMT"
    assert newsroom.respond(added).status == 200


def test_only_the_feeds_that_the_second_revision_touches_change(edition: Edition) -> None:
    changed = {
        feed.id
        for feed in edition.feeds.values()
        if _ask(edition, feed, revision=1).headers != _ask(edition, feed, revision=2).headers
    }

    assert changed == {"aranuri-politics", "hualan-news"}


def test_one_connection_takes_several_requests_and_head_sends_no_body(newsroom: Newsroom) -> None:
    connection = http.client.HTTPConnection(urlsplit(newsroom.origin).netloc, timeout=10)
    try:
        sizes = []
        for method in ("HEAD", "GET"):
            connection.request(method, "/sokai/rdf/asia.rdf")
            answer = connection.getresponse()
            sizes.append((answer.getheader("content-length"), len(answer.read())))
    finally:
        connection.close()

    assert sizes[0] == (str(sizes[1][1]), 0)
    assert sizes[1][1] > 1000


def test_the_server_is_quiet(newsroom: Newsroom, capfd: pytest.CaptureFixture[str]) -> None:
    _get(newsroom.origin + "/aranuri/rss/politics.xml")

    assert capfd.readouterr() == ("", "")
