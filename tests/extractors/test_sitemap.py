from collections.abc import Callable

import pytest

from extractors.feed import parse_feed
from extractors.sitemap import list_sitemaps, parse_sitemap
from news.errors import ParseError
from news.sources import ParsedFeed

URL = "https://paper.example.org/sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

SITEMAP = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {NAMESPACE}><url><loc>https://paper.example.org/a/2</loc><lastmod>2024-03-02</lastmod></url>
<url><loc>
  https://paper.example.org/a/1</loc></url><url/></urlset>"""

INDEX = f"""<sitemapindex {NAMESPACE}><sitemap><loc>https://paper.example.org/old.xml</loc><lastmod>2023-01-01</lastmod></sitemap>
<sitemap><loc>/new.xml.gz</loc><lastmod>2024-01-01</lastmod></sitemap><sitemap><loc>https://paper.example.org/undated.xml</loc></sitemap>
<sitemap/></sitemapindex>"""


@pytest.mark.parametrize("body", [SITEMAP.encode(), b"\n" + SITEMAP.encode()])
def test_a_plain_sitemap_names_pages_and_days_of_change(body: bytes) -> None:
    first, second, empty = parse_sitemap(body, url=URL).entries
    assert (first.key, first.link) == ("https://paper.example.org/a/2", "https://paper.example.org/a/2")
    assert first.updated_at is not None
    assert first.published_at is None, "a change is no publication"
    assert second.link == "https://paper.example.org/a/1"
    assert empty.link is None


def test_an_index_lists_its_sitemaps_last_changed_first() -> None:
    assert list_sitemaps(INDEX.encode(), url=URL) == (
        "https://paper.example.org/new.xml.gz",
        "https://paper.example.org/old.xml",
        "https://paper.example.org/undated.xml",
    )
    assert list_sitemaps(SITEMAP.encode(), url=URL) == ()
    assert list_sitemaps(b"<html>", url=URL) == ()


def test_an_address_that_cannot_be_read_costs_no_other() -> None:
    bad = "<{0}><loc>http://[x</loc></{0}>"
    index = INDEX.replace("<sitemap/>", bad.format("sitemap"))
    assert list_sitemaps(index.encode(), url=URL) == list_sitemaps(INDEX.encode(), url=URL)
    links = [
        entry.link for entry in parse_sitemap(SITEMAP.replace("<url/>", bad.format("url")).encode(), url=URL).entries
    ]
    assert links == ["https://paper.example.org/a/2", "https://paper.example.org/a/1", "http://[x"]


PROBLEM = "not a strictly well-formed sitemap: what could be read of it was"
BOMB = '<!DOCTYPE urlset [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY file SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("parse", [parse_sitemap, parse_feed])
@pytest.mark.parametrize(
    ("before", "bad", "title", "problems"),
    [
        ("", "AT&T", "AT&T", (PROBLEM,)),
        ("", "Foreign&nbsp;ministry", "Foreign ministry", (PROBLEM,)),
        ("", "<![CDATA[AT&T]]> & co", "AT&T & co", (PROBLEM,)),
        ("", "a\x08b", "ab", ()),
        ("<!DOCTYPE urlset>", "a", "a", (PROBLEM,)),
        (BOMB, "&b;&file;", "&b;&file;", (PROBLEM,)),
    ],
)
def test_a_bad_entry_costs_a_sitemap_nothing(
    parse: Callable[..., ParsedFeed], before: str, bad: str, title: str, problems: tuple[str, ...]
) -> None:
    news = f"<n:news><n:title>{bad}</n:title></n:news>"
    read = parse(
        f"""{before}<urlset {NAMESPACE} xmlns:n="https://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>/a</loc>{news}</url><url><loc>/b</loc></url></urlset>\0\0""".encode(),
        url=URL,
    )
    assert [(entry.link, entry.title) for entry in read.entries] == [
        ("https://paper.example.org/a", title),
        ("https://paper.example.org/b", ""),
    ]
    assert read.problems == problems


def test_a_bare_ampersand_in_an_address_stands_for_itself() -> None:
    first, *_ = parse_sitemap(SITEMAP.replace("/a/2", "/a?x=1&y=2").encode(), url=URL).entries
    assert first.link == "https://paper.example.org/a?x=1&y=2"


@pytest.mark.parametrize("end", ["<url><loc>https://paper.example.org/a/4", "<url>", "</urlset", ""])
def test_a_sitemap_that_breaks_off_ends_with_its_last_whole_entry(end: str) -> None:
    read = parse_sitemap(SITEMAP.replace("<url/></urlset>", end).encode(), url=URL)
    assert [entry.link for entry in read.entries] == ["https://paper.example.org/a/2", "https://paper.example.org/a/1"]
    assert read.problems == (PROBLEM,)


@pytest.mark.parametrize("prefix", ["", "sm:"])
@pytest.mark.parametrize("close", [">", " >"])
@pytest.mark.parametrize("comment", ["", f"<!-- {'made for machines ' * 300}-->"])  # of 5,400 characters
def test_what_breaks_off_keeps_its_whole_items_however_it_is_written(prefix: str, close: str, comment: str) -> None:
    namespace = NAMESPACE.replace("xmlns", f"xmlns:{prefix}".rstrip(":"))
    sitemap, index = (
        f"<?xml version='1.0'?>{comment}<{prefix}{root} {namespace}>"
        + "".join(f"<{prefix}{item}><{prefix}loc>/{n}</{prefix}loc></{prefix}{item}{close}" for n in (1, 2))
        + f"<{prefix}{item}><{prefix}loc>/3"
        for root, item in (("urlset", "url"), ("sitemapindex", "sitemap"))
    )
    links = ["https://paper.example.org/1", "https://paper.example.org/2"]
    assert [entry.link for entry in parse_sitemap(sitemap.encode(), url=URL).entries] == links
    assert sorted(list_sitemaps(index.encode(), url=URL)) == links


@pytest.mark.parametrize(
    "index",
    [
        INDEX.replace("/new.xml.gz", "/new.xml.gz?a=1&b=2"),
        INDEX.replace("/new.xml.gz", "/new.xml.gz?a=1&amp;b=2").replace(f" {NAMESPACE}", ""),
        INDEX.replace("/new.xml.gz", "/new.xml.gz?a=1&amp;b=2").replace("http://www.s", "https://www.s") + "\0",
    ],
)
def test_an_index_is_read_as_far_as_it_goes(index: str) -> None:
    listed = list_sitemaps(index.encode(), url=URL)
    assert (len(listed), listed[0]) == (3, "https://paper.example.org/new.xml.gz?a=1&b=2")


def test_an_index_is_no_sitemap_and_says_what_to_declare() -> None:
    with pytest.raises(
        ParseError, match=r"an index of 3 more sitemaps, .* such as https://paper.example.org/new.xml.gz"
    ):
        parse_sitemap(INDEX.encode(), url=URL)


def test_what_is_no_sitemap_is_named() -> None:
    with pytest.raises(ParseError, match=r"this is a web page \(title 'Paper'\), not a sitemap"):
        parse_sitemap(b"<html><title>Paper</title></html>", url=URL)
