"""`dateline feeds`."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from news.sources import FeedKind
from seeds.declarations import SHIPPED, load_declarations
from tests.servers import serve_http

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline  # for the type alone: conftest is no module to import at run time

RSS = b"""<rss version="2.0"><channel><title>Harbour Herald</title><language>en</language>
<item><title>Ferry returns</title><link>https://harbour.example/1</link><guid>one</guid>
<pubDate>Mon, 05 Jan 2026 06:00:00 GMT</pubDate><description>It is back.</description></item>
<item><title>Pier closed</title><link>https://harbour.example/2</link></item></channel></rss>"""
SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url>
<loc>https://harbour.example/3</loc><lastmod>2026-01-05</lastmod></url></urlset>"""
ROBOTS = b"\xef\xbb\xbfSitemap: /news-map.xml"  # behind a byte order mark, as some editors write it
PAGE = b"""<html><head><link rel="alternate" type="application/rss+xml" title="News" href="/news.xml">
<link rel="alternate" type="application/rss+xml" href="/gone.xml"></head><body>Harbour</body></html>"""


def test_entries_of_saved_feeds_are_lines_and_a_file_that_is_none_is_named(
    dateline: "Dateline", tmp_path: Path
) -> None:
    good, packed, bad = tmp_path / "good.xml", tmp_path / "packed.xml.gz", tmp_path / "bad.xml"
    good.write_bytes(RSS)
    packed.write_bytes(gzip.compress(RSS))
    bad.write_bytes(b"<html><body>Please log in</body></html>")
    ended = dateline("feeds", "parse", good, bad, packed, "--json")
    assert ended.status == 1
    assert str(bad) in ended.err
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row["file"] for row in rows] == [str(good)] * 2 + [str(packed)] * 2
    assert {name: rows[0][name] for name in ("id", "link", "title", "published_at", "summary")} == {
        "id": "one",
        "link": "https://harbour.example/1",
        "title": "Ferry returns",
        "published_at": "2026-01-05T06:00:00+00:00",
        "summary": "It is back.",
    }


@pytest.fixture
def serve_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Serve what a test gives for each path; a status alone where it gives a number, 404 where it gives nothing."""
    with ExitStack() as stack:

        def serve(answers: Mapping[str, bytes | int]) -> str:
            def answer(path: str, _: bytes) -> tuple[int, Mapping[str, str], bytes]:
                said = answers.get(path, 404)
                kind = "text/html" if path == "/" else "application/rss+xml"
                return (said, {}, b"") if isinstance(said, int) else (200, {"content-type": kind}, said)

            place = stack.enter_context(serve_http(answer))
            monkeypatch.setenv("DATELINE_ALLOWED_NETWORKS", "127.0.0.0/8")
            monkeypatch.setenv("DATELINE_ALLOWED_PORTS", place.rpartition(":")[2])
            monkeypatch.setenv("DATELINE_HOST_SECONDS", "0")
            return place

        yield serve


@pytest.fixture
def origin(serve_site: Callable[..., str]) -> str:
    """A site that names two feeds, of which one answers."""
    return serve_site({"/": PAGE, "/news.xml": RSS})


def test_a_site_s_feeds_are_found_shown_and_declared(dateline: "Dateline", home: Path, origin: str) -> None:
    ended = dateline("feeds", "discover", origin)
    assert ended.status == 0, ended.err
    assert "Harbour Herald" in ended.out
    assert "2 entries" in ended.out
    assert "gone.xml" not in ended.out
    assert f"tried (link tag) {origin}/gone.xml: the server answered 404" in ended.err
    assert "common path" not in ended.err, "nobody is asked for what the page led to"
    assert dateline("feeds", "discover", origin, "--add", 2).status == 2
    added = dateline("feeds", "discover", origin, "--add", f"{origin}/news.xml")
    assert added.status == 0
    assert f"Chosen: Harbour Herald, {origin}/news.xml" in added.err
    assert "declared already" in dateline("feeds", "discover", origin, "--add", 1).err
    [feed] = [feed for feed in load_declarations(SHIPPED, home / "seeds").feeds.values() if feed.url.startswith(origin)]
    assert (feed.title, feed.kind, feed.language, feed.verified) == ("Harbour Herald", FeedKind.FEED, "en", True)


def test_a_site_without_feeds_says_so(dateline: "Dateline", origin: str) -> None:
    ended = dateline("feeds", "discover", f"{origin}/gone.xml")
    assert ended.status == 1
    assert "404" in ended.err


def test_a_name_is_asked_over_http_where_no_https_is_spoken(
    dateline: "Dateline", serve_site: Callable[..., str]
) -> None:
    site = serve_site({"/": RSS})
    ended = dateline("feeds", "discover", site.removeprefix("http://"))
    assert ended.status == 0, ended.err
    assert f"{site} is tried in its place" in ended.err
    assert "TLS" in dateline("feeds", "discover", site.replace("http", "https")).err


@pytest.mark.parametrize("answers", [{}, {"/rss.xml": RSS}, {"/": RSS}])
def test_what_is_discovered_is_told_without_passwords(
    dateline: "Dateline", serve_site: Callable[..., str], answers: Mapping[str, bytes]
) -> None:
    site = serve_site(answers).replace("://", "://ada:s3cret@")
    plain, lines = (dateline("feeds", "discover", site, *json) for json in ((), ("--json",)))
    added = dateline("feeds", "discover", site, "--add", 1)
    assert not [ended for ended in (plain, lines, added) if "s3cret" in ended.out + ended.err]
    assert ("holds a user name or password; it is left out" in added.err) == ("/rss.xml" in answers)
    assert dateline("feeds", "list").status == 0


@pytest.mark.parametrize("front", [403, 500, b"", b"<html><body>Harbour</body></html>"])
def test_a_front_page_that_refuses_or_says_nothing_ends_no_search(
    dateline: "Dateline", serve_site: Callable[..., str], front: bytes | int
) -> None:
    site = serve_site({"/": front, "/robots.txt": ROBOTS, "/news-map.xml": SITEMAP, "/rss.xml": RSS})
    ended = dateline("feeds", "discover", site, "--json")
    assert ended.status == 0, ended.err
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [(row["url"], row["found_in"]) for row in rows] == [
        (f"{site}/news-map.xml", "robots.txt"),
        (f"{site}/rss.xml", "common path"),
    ]
    assert f"tried (the address itself) {site}: " in ended.err
    assert "addresses such as" in ended.err


def test_a_host_that_nobody_answers_at_is_asked_no_further(dateline: "Dateline", origin: str) -> None:
    ended = dateline("feeds", "discover", "http://127.0.0.1:9/")
    assert ended.status == 1
    assert "tried" not in ended.err
    assert origin


@pytest.mark.parametrize("command", [("feeds", "discover"), ("topics", "suggest", "--url")])
def test_a_host_that_wants_to_be_left_alone_is_asked_by_no_later_command(
    dateline: "Dateline", serve_site: Callable[..., str], command: tuple[str, ...]
) -> None:
    site = serve_site({"/": 429, "/robots.txt": 404})
    assert "the server answered 429" in dateline(*command, f"{site}/").err
    ended = dateline(*command, f"{site}/")
    assert ended.status == 1
    assert "not asked, since a moment ago" in ended.err.splitlines()[0]


def test_feeds_are_added_once(dateline: "Dateline", home: Path) -> None:
    assert dateline("feeds", "add", "https://harbour.example/rss", "--title", "Harbour", "--language", "ko").status == 0
    feed = load_declarations(SHIPPED, home / "seeds").feeds["harbour"]
    assert (feed.url, feed.language) == ("https://harbour.example/rss", "ko")
    again = dateline("feeds", "add", "https://harbour.example/rss")
    assert "Nothing to add" in again.out
    assert "declared already" in again.err


def test_what_is_exported_can_be_imported_elsewhere(dateline: "Dateline", home: Path, tmp_path: Path) -> None:
    assert dateline("feeds", "add", "https://harbour.example/rss", "--title", "Harbour").status == 0
    exported = tmp_path / "feeds.opml"
    assert dateline("feeds", "export", exported).status == 0
    assert "https://harbour.example/rss" in exported.read_text(encoding="utf-8")
    (home / "seeds" / "feeds.toml").unlink()
    ended = dateline("feeds", "import", exported)
    assert "Added 1 feed (harbour)" in ended.out
    assert "declared already" in ended.err


def test_the_list_says_when_each_is_polled(dateline: "Dateline") -> None:
    ended = dateline("feeds", "list", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert {row["id"] for row in rows} == set(load_declarations(SHIPPED, None).feeds)
    assert {row["checked_at"] for row in rows} == {None}
    assert f"{len(rows)} feeds" in dateline("feeds", "list").out
