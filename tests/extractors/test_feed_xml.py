"""Where the fast way finds fields that stand in odd places; feedparser finds them too."""

from datetime import UTC, datetime

import pytest

from extractors.announced import finish_feed
from extractors.feed_xml import read_strictly
from news.sources import Entry

URL = "https://paper.example.org/rss/all.xml"
AT = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
PAGE = "https://paper.example.org/a/1"


def read_rss(item: str) -> Entry:
    return _read(
        f'<rss xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Paper</title><item>{item}</item></channel></rss>'
    )


def read_atom(entry: str, namespace: str = "http://www.w3.org/2005/Atom") -> Entry:
    return _read(f'<feed xmlns="{namespace}"><title>Paper</title><entry><id>1</id>{entry}</entry></feed>')


def _read(document: str) -> Entry:
    read = read_strictly(document.encode())
    assert read is not None, "it is well-formed"
    (entry,) = finish_feed(read, url=URL, zone=None).entries
    return entry


MEDIA = """<media:content url="/a.jpg"><media:title>A port</media:title><media:description>Ships.</media:description>
    </media:content>"""


@pytest.mark.parametrize(
    ("own", "title", "summary"),
    [
        ("", "A port", "Ships."),
        ("<title>Talks</title>", "Talks", "Ships."),
        ("<title>Talks</title><description>They met.</description>", "Talks", "They met."),
    ],
)
def test_what_is_said_of_a_picture_serves_where_nothing_else_is_said(own: str, title: str, summary: str) -> None:
    entry = read_rss(own + MEDIA)
    assert (entry.title, entry.summary, entry.content) == (title, summary, "")


@pytest.mark.parametrize("name", ["date", "lastBuildDate"])
def test_a_time_under_an_odd_name_serves_where_there_is_no_other(name: str) -> None:
    entry = read_rss(f"<title>Talks</title><{name}>Fri, 01 Mar 2024 09:30:00 GMT</{name}>")
    assert (entry.published_at, entry.updated_at) == (AT, AT)
    dated = read_rss(f"<pubDate>Fri, 01 Mar 2024 09:30:00 GMT</pubDate><{name}>Sat, 02 Mar 2024 00:00:00 GMT</{name}>")
    assert dated.published_at == AT


@pytest.mark.parametrize(
    "links",
    [
        '<link type="application/json" href="/a/1.json"/><link type="text/html" href="/a/1"/>',
        '<link type="application/json" href="/a/1.json"/><link href="/a/1"/>',
        '<link rel="self" href="/x"/><link rel="ALTERNATE" href="/a/1"/>',
        '<link rel="http://www.iana.org/assignments/relation/alternate" href="/a/1"/>',
        '<link type="text/plain" href="/a/1"/>',
    ],
)
def test_an_entry_leads_to_its_page(links: str) -> None:
    assert read_atom(links).link == PAGE


def test_a_text_of_atom_03_in_base64_is_unpacked() -> None:
    texts = '<title mode="base64">VGFsa3M=</title><content mode="base64">5Lya6LCI</content><summary mode="base64">A</summary>'
    entry = read_atom(texts, "http://purl.org/atom/ns#")
    assert (entry.title, entry.content, entry.summary) == ("Talks", "会谈", "A")
