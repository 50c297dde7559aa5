import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.links import Candidate, find_feeds, find_sitemaps, guess_feeds
from news.errors import ParseError
from news.sources import FeedKind

URL = "https://paper.example.org/section/world"


def found(page: str) -> list[tuple[str, str]]:
    return [(candidate.url, candidate.found_in) for candidate in find_feeds(page.encode(), url=URL)]


@pytest.mark.parametrize(
    ("tag", "address"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss.xml">', "https://paper.example.org/rss.xml"),
        (
            '<link rel="Alternate home" type="Application/Atom+XML; charset=utf-8" href="atom">',
            "https://paper.example.org/section/atom",
        ),
        ("<link rel=feed href=//feeds.example.org/all>", "https://feeds.example.org/all"),
        (
            '<link rel="alternate" type="application/feed+json" href="feed.json#top">',
            "https://paper.example.org/section/feed.json",
        ),
        (
            '<base href="https://cdn.example.org/x/"><link rel="alternate" type="text/xml" href="r">',
            "https://cdn.example.org/x/r",
        ),
    ],
)
def test_link_tags(tag: str, address: str) -> None:
    assert found(f"<html><head>{tag}</head></html>") == [(address, "link tag")]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="alternate" hreflang="ko" href="/ko">',
        '<link rel="stylesheet" type="text/xml" href="/x">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:x()">',
        '<link rel="alternate" type="application/rss+xml" href="http://[broken">',
    ],
)
def test_other_link_tags_are_no_feeds(tag: str) -> None:
    assert found(f"<html><head>{tag}</head><p>text</html>") == []


@pytest.mark.parametrize(
    "path",
    [
        "/rss",
        "/rss/politics.xml",
        "/all.rss",
        "/feed/",
        "/index.rdf",
        "/news?format=rss",
        "/rss_all.xml",
        "/atom.xml",
        "/rssAll.aspx?rss=1",
    ],
)
def test_links_that_look_like_feeds(path: str) -> None:
    assert found(f'<a href="{path}">Feed</a>') == [(f"https://paper.example.org{path}", "link on the page")]


@pytest.mark.parametrize(
    "path",
    ["/feedback", "/embarrassment", "/atomic-energy", "/a/1", "mailto:rss@example.org", "https://rss.example.org/"],
)
def test_links_that_only_sound_so(path: str) -> None:
    assert found(f'<a href="{path}">x</a>') == []


def test_one_candidate_for_an_address_surest_first() -> None:
    tag = '<link rel="alternate" type="application/rss+xml" title=" All\n news " href="/feed">'
    page = f'<a href="/rss">RSS</a><a href="/feed">2</a>{tag}'
    assert find_feeds(page.encode(), url=URL) == (
        Candidate("https://paper.example.org/feed", "All news", FeedKind.FEED, "link tag"),
        Candidate("https://paper.example.org/rss", "RSS", FeedKind.FEED, "link on the page"),
    )


def test_common_paths_are_on_the_same_host() -> None:
    guessed = guess_feeds(URL)
    assert guessed[0].url == "https://paper.example.org/feed"
    assert all(candidate.url.startswith("https://paper.example.org/") for candidate in guessed)
    assert {candidate.kind for candidate in guessed} == {FeedKind.FEED, FeedKind.SITEMAP}


def test_robots_txt_names_sitemaps() -> None:
    robots = "User-agent: *\nSitemap: https://paper.example.org/all.xml\n sitemap:/news-map.xml\nSitemap: /all.xml\n"
    assert [candidate.url for candidate in find_sitemaps(robots, url=URL)] == [
        "https://paper.example.org/news-map.xml",
        "https://paper.example.org/all.xml",
    ]


def test_an_empty_page_is_said() -> None:
    with pytest.raises(ParseError, match="empty"):
        find_feeds(b" ", url=URL)


@given(st.binary())
def test_no_bytes_break_it(body: bytes) -> None:
    try:
        candidates = find_feeds(b"<a href='" + body, url=URL)
    except ParseError:
        return
    assert all(candidate.url.startswith("http") for candidate in candidates)
