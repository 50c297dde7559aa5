import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from news.errors import ParseError
from news.sources import Feed, FeedKind
from seeds.opml import ImportedFeed, read_declared_feeds, read_opml, write_opml

FEED = Feed("harbour-world", "https://harbour.example/?a=1&b=2", "Harbour & <World>", "harbour", "en", country="HK")
LISTING = Feed(
    "capital-briefings",
    "https://capital.example/list",
    "브리핑",
    "capital",
    "ko",
    FeedKind.LISTING,
    "KR",
    link_selector='a[href*="view"]',
    date_selector="td:nth-of-type(4)",
    verified=False,
)


def read_back(document: bytes, folder: Path) -> list[Feed]:
    path = folder / "feeds.opml"
    path.write_bytes(document)
    return [placed.value for placed in read_declared_feeds(path)]


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    assert read_back(write_opml([FEED, LISTING]), tmp_path) == [FEED, LISTING]


def test_characters_that_xml_cannot_hold_are_left_out(tmp_path: Path) -> None:
    feed = replace(FEED, title="Bell\x07 and\x00 null")
    assert [read.title for read in read_back(write_opml([feed]), tmp_path)] == ["Bell and null"]


def test_a_remark_inside_an_outline_hides_no_feed(tmp_path: Path) -> None:
    document = write_opml([FEED]).replace(b'"/>\n      </outline>', b'"><!-- a remark --></outline></outline>')
    assert b"remark" in document
    assert read_back(document, tmp_path) == [FEED]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=20)


@given(title=WORDS, path=WORDS)
def test_any_title_and_address_survive(tmp_path_factory: pytest.TempPathFactory, title: str, path: str) -> None:
    feed = Feed("one", f"https://example.org/{path}", title, "outlet", "ko", country="KR")
    assert read_back(write_opml([feed]), tmp_path_factory.mktemp("opml")) == [feed]


def test_other_readers_see_feeds_grouped_and_listings_as_links() -> None:
    root = etree.fromstring(write_opml([FEED, LISTING], "Mine"))
    assert root.get("version") == "2.0"
    assert root.findtext("head/title") == "Mine"
    assert [group.get("text") for group in root.findall("body/outline")] == ["Hong Kong", "Korea (South)"]
    assert [group.get("text") for group in root.findall("body/outline/outline")] == ["English", "Korean"]
    feed, listing = root.findall("body/outline/outline/outline")
    assert (feed.get("type"), feed.get("xmlUrl"), feed.get("category")) == ("rss", FEED.url, "/Hong Kong/English")
    assert (listing.get("type"), listing.get("xmlUrl"), listing.get("url")) == ("link", None, LISTING.url)
    own = [str(name) for element in (feed, listing) for name in element.attrib if str(name).startswith("{")]
    assert set(own) == {f"{{urn:dateline:feeds}}{name}" for name in ("id", "outlet", "kind", "country", "verified")} | {
        "{urn:dateline:feeds}linkSelector",
        "{urn:dateline:feeds}dateSelector",
    }


def test_an_import_keeps_the_path_title_and_language() -> None:
    document = b"""<opml version="1.1"><body><outline text="Asia"><outline title="Korea">
      <outline TEXT="Papers" Title="The Paper" XMLURL=" https://a.example/rss " language="ko"/>
    </outline></outline></body></opml>"""
    assert read_opml(document) == [ImportedFeed("https://a.example/rss", "The Paper", "ko", ("Asia", "Korea"))]


@pytest.mark.parametrize(
    ("broken", "url", "title"),
    [
        (b'<outline text="A & B" xmlUrl="https://a.example/?x=1&y=2"/>', "https://a.example/?x=1&y=2", "A & B"),
        (b'<outline text="Paper "K" today" xmlUrl="https://a.example/"/>', "https://a.example/", 'Paper "K" today'),
        (b"<outline text='It's' xmlUrl='https://a.example/'/>", "https://a.example/", "It's"),
        (b'<outline text="a <b>c</b><p>d" xmlUrl="https://a.example/"/>', "https://a.example/", "a <b>c</b><p>d"),
        (b'<outline text="caf&eacute;" xmlUrl="https://a.example/"/>', "https://a.example/", "caf\u00e9"),
        (b'<outline text="x &amp;amp; y" xmlUrl="https://a.example/?x&amp;amp;y"/>', "https://a.example/?x&y", "x & y"),
        (b'<outline text="bell\x07" xmlUrl="https://a.example/"/>', "https://a.example/", "bell"),
        (b'<OUTLINE text="loud" xmlUrl="https://a.example/"/>', "https://a.example/", "loud"),
        (b"<outline text=bare xmlUrl=https://a.example/?x=1&y=2 />", "https://a.example/?x=1&y=2", "bare"),
        (b'<outline text="half bare" xmlUrl=https://a.example/x></outline>', "https://a.example/x", "half bare"),
    ],
)
def test_broken_markup_loses_no_feed(broken: bytes, url: str, title: str) -> None:
    after = b'<outline text="after" xmlUrl="https://after.example/"/>'
    document = b'<?xml version="1.0"?><opml version="1.0"><body>' + broken + after + b"</body></opml>"
    assert read_opml(document) == [ImportedFeed(url, title), ImportedFeed("https://after.example/", "after")]


@pytest.mark.parametrize(
    "before", ["", "<br />\n<b>Warning</b>: no such key in <b>/srv/export.php</b>\n", "Notice: x < y\n"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb2312"])
def test_documents_behind_a_warning_and_behind_another_are_read(before: str, encoding: str) -> None:
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?><opml><head><title>mine</title></head><body>'
        '<outline text="\u65b0\u95fb"><outline text="One" xmlUrl="https://a.example/1"/></outline></body></opml>\n'
    )
    both = before + document + document.replace("1", "2").replace("One", "Two")
    assert read_opml(both.encode(encoding)) == [
        ImportedFeed(f"https://a.example/{number}", title, path=("\u65b0\u95fb",))
        for number, title in ((1, "One"), (2, "Two"))
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "euc-kr", "gb2312"])
def test_encodings_are_read_as_declared(encoding: str) -> None:
    title = "\ubd81\ud55c" if encoding == "euc-kr" else "\u65b0\u95fb"
    text = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="{title}" xmlUrl="https://a.example/"/></body></opml>'
    assert read_opml(text.encode(encoding)) == [ImportedFeed("https://a.example/", title)]


def test_a_false_encoding_harms_only_the_titles() -> None:
    text = '<?xml version="1.0" encoding="no-such"?><opml><body><outline text="\ubd81" xmlUrl="https://a.example/"/></body></opml>'
    assert read_opml(text.encode("cp949"))[0].url == "https://a.example/"


def test_an_entity_bomb_is_not_expanded() -> None:
    document = b"""<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
      <!ENTITY f SYSTEM "file:///etc/passwd">]>
      <opml><body><outline text="&b;&f;" xmlUrl="https://a.example/"/></body></opml>"""
    (feed,) = read_opml(document)
    assert "aaaa" not in feed.title
    assert "root" not in feed.title


@pytest.mark.parametrize("document", [b"", b"<", b"hello", b"<html><body><p>no</p></body></html>", b"\x00\x01\x02"])
def test_what_is_not_opml_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="not OPML"):
        read_opml(document)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(document: bytes) -> None:
    try:
        feeds = read_opml(b"<opml><body><outline " + document)
    except ParseError:
        return
    assert all(feed.url for feed in feeds)


def test_every_feed_of_real_files_is_found(shared_data: Path) -> None:
    """81 of these 98 files are not well-formed XML; a plain count of the attribute is what they must give."""
    files = sorted((shared_data / "opml").rglob("*.opml"))
    broken = 0
    for path in files:
        document = path.read_bytes()
        assert len(read_opml(document)) == len(re.findall(rb'xmlUrl\s*=\s*["\'][^"\']', document, re.IGNORECASE)), path
        try:
            etree.fromstring(document)
        except etree.XMLSyntaxError:
            broken += 1
    assert broken >= 40
