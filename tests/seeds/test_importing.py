from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.errors import ParseError
from news.sources import PressSystem
from seeds.declarations import Declarations, load_declarations
from seeds.importing import prepare_feeds, read_feed_list
from seeds.opml import ImportedFeed


@pytest.fixture
def declared(seeds: Path) -> Declarations:
    return load_declarations(seeds, None)


def test_a_plain_list_gives_addresses_and_says_which_lines_hold_none() -> None:
    document = b"""# my feeds
https://a.example/rss

- [The Bay](https://bay.example/feed)
feed://b.example/atom.xml , and more
nothing here
"""
    feeds, problems = read_feed_list(document, "list.txt")
    assert feeds == [
        ImportedFeed("https://a.example/rss"),
        ImportedFeed("https://bay.example/feed", "The Bay"),
        ImportedFeed("http://b.example/atom.xml"),
    ]
    assert problems == ["list.txt, line 6: there is no web address here"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_by_the_names_of_its_columns(delimiter: str) -> None:
    rows = [["Name", "Lang", "feed_url"], ["Bay", "en", "https://bay.example/rss"], ["Cove", "ko", ""]]
    document = "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows)
    feeds, problems = read_feed_list(document.encode(), "feeds.csv")
    assert feeds == [ImportedFeed("https://bay.example/rss", "Bay", "en")]
    assert problems == ["feeds.csv, line 3: there is no web address here"]


def test_a_column_of_languages_counts_where_it_names_one(declared: Declarations) -> None:
    document = b'url,langs\nhttps://bay.example/rss,ko\nhttps://cove.example/rss,"ko,en"\n'
    feeds, _ = read_feed_list(document, "feeds.csv")
    added = prepare_feeds(feeds, declared.feeds, declared.outlets)
    assert [feed.language for feed in added.feeds] == ["ko", "und"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_without_a_header_is_read_by_what_its_cells_hold(delimiter: str) -> None:
    rows = [
        ['"Bay, the"', "https://bay.example/rss", "en"],
        ["Cove", "https://cove.example/rss", "ko"],
        ["Dune", "", ""],
    ]
    feeds, problems = read_feed_list("\n".join(map(delimiter.join, rows)).encode(), "feeds.csv")
    assert feeds == [
        ImportedFeed("https://bay.example/rss", "Bay, the", "en"),
        ImportedFeed("https://cove.example/rss", "Cove", "ko"),
    ]
    assert problems == ["feeds.csv, line 3: there is no web address here"]


def test_a_comma_inside_addresses_is_no_delimiter() -> None:
    document = b"https://a.example/0,1518,00.rss\nhttps://a.example/1,1518,00.rss\n"
    feeds, _ = read_feed_list(document, "list.txt")
    assert [feed.url for feed in feeds] == document.decode().split()


@pytest.mark.parametrize(
    "before", ["", "\n", "Notice: deprecated at https://host.example/export.php\n", "<br /><b>Warning</b>"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_opml_is_told_by_its_content(before: str, encoding: str) -> None:
    opml = '<OPML><body><outline text="Bay" htmlUrl="https://bay.example/" xmlUrl="https://bay.example/rss"/></body></OPML>'
    feeds, problems = read_feed_list((before + opml).encode(encoding), "export.txt")
    assert (feeds, problems) == ([ImportedFeed("https://bay.example/rss", "Bay")], [])


def test_what_cannot_be_fetched_is_left_out_with_a_reason() -> None:
    document = b"""url
https://a.example/rss
https://a.example/rss
ftp://a.example/rss
https://me:hunter2@a.example/rss
https://a.example:99999/
https://a.example/two words
"""
    feeds, problems = read_feed_list(document, "f.csv")
    assert [feed.url for feed in feeds] == ["https://a.example/rss", "https://a.example/two%20words"]
    assert problems == [
        "f.csv: https://a.example/rss is listed twice; the first is kept",
        "f.csv: ftp://a.example/rss is no web address",
        "f.csv: an address on a.example holds a user name or password; it is left out",
        "f.csv: https://a.example:99999/ is no web address: Port out of range 0-65535",
    ]


@pytest.mark.parametrize(
    "end", ["hunter2@a.example:99999/", "hunter2/x@a.example/", "hunter2@[a.example/", "hunter2@/"]
)
def test_a_password_in_a_wrong_address_is_not_repeated(end: str) -> None:
    _, (problem,) = read_feed_list(f"url\nhttps://me:{end}\nhttps://b.example/".encode(), "f.csv")
    assert "hunter2" not in problem


@pytest.mark.parametrize("document", [b"", b"\n\n", b"# only a comment", b"no address", b"url\n"])
def test_a_list_without_feeds_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match=r"list\.txt lists no feed"):
        read_feed_list(document, "list.txt")


def test_a_list_of_another_encoding_is_read_with_a_warning() -> None:
    feeds, problems = read_feed_list("url,title\nhttps://a.example/,\ubd81\ud55c".encode("cp949"), "a.csv")
    assert [feed.url for feed in feeds] == ["https://a.example/"]
    assert problems == ["a.csv is not UTF-8; the titles in it may be wrong"]


def test_a_table_that_breaks_off_keeps_what_was_read() -> None:
    document = "url,title\nhttps://a.example/,A\nhttps://b.example/," + "b" * 200_000
    feeds, problems = read_feed_list(document.encode(), "a.csv")
    assert [feed.url for feed in feeds] == ["https://a.example/"]
    assert len(problems) == 1
    assert problems[0].startswith("a.csv, line 3: this is not readable as a table")


def test_a_table_in_the_encoding_of_a_spreadsheet_is_read() -> None:
    feeds, _ = read_feed_list("url\ttitle\nhttps://a.example/\t북한\n".encode("utf-16"), "a.txt")
    assert feeds == [ImportedFeed("https://a.example/", "북한")]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(document: bytes) -> None:
    try:
        feeds, _ = read_feed_list(document, "x")
    except ParseError:
        return
    assert feeds


def test_a_feed_of_a_known_host_belongs_to_its_outlet(declared: Declarations) -> None:
    added = prepare_feeds(
        [ImportedFeed("https://www.harbour.example/sport.rss", "Sport")], declared.feeds, declared.outlets
    )
    assert [(feed.id, feed.outlet, feed.language) for feed in added.feeds] == [("sport", "harbour-post", "en")]
    assert not added.outlets


def test_a_feed_of_a_new_host_brings_an_outlet_of_which_nothing_is_claimed(declared: Declarations) -> None:
    imported = [
        ImportedFeed("https://bay.example/a", "\ubd81\ud55c"),
        ImportedFeed("https://bay.example/b", "Bay B", "ja"),
    ]
    added = prepare_feeds(imported, declared.feeds, declared.outlets)
    assert [(feed.id, feed.title, feed.language) for feed in added.feeds] == [
        ("bay-example", "\ubd81\ud55c", "und"),
        ("bay-b", "Bay B", "ja"),
    ]
    assert not any(feed.verified for feed in added.feeds)
    (outlet,) = added.outlets
    assert (outlet.id, outlet.country, outlet.language, outlet.press_system) == (
        "bay-example",
        "ZZ",
        "und",
        PressSystem.UNKNOWN,
    )


def test_a_host_that_serves_many_publishers_says_nothing_about_the_outlet(declared: Declarations) -> None:
    imported = [
        ImportedFeed("https://feeds.feedburner.com/one", "Bay One"),
        ImportedFeed("https://feeds.feedburner.com/two", "Cove Two"),
    ]
    added = prepare_feeds(imported, declared.feeds, declared.outlets)
    assert [outlet.id for outlet in added.outlets] == ["bay-one", "cove-two"]


def test_a_feed_declared_already_is_left_out(declared: Declarations) -> None:
    imported = [ImportedFeed("http://CAPITAL.example/all.rss/"), ImportedFeed("https://new.example/")]
    added = prepare_feeds(imported, declared.feeds, declared.outlets)
    assert [feed.url for feed in added.feeds] == ["https://new.example/"]
    assert added.problems == ('http://CAPITAL.example/all.rss/ is declared already as "capital-all"',)


def test_ids_are_numbered_where_they_are_taken(declared: Declarations) -> None:
    imported = [ImportedFeed(f"https://{name}.example/", "Harbour World") for name in ("a", "b")]
    added = prepare_feeds(imported, declared.feeds, declared.outlets)
    assert [feed.id for feed in added.feeds] == ["harbour-world-2", "harbour-world-3"]


def test_a_host_in_another_script_gets_an_id_all_the_same(declared: Declarations) -> None:
    added = prepare_feeds([ImportedFeed("https://뉴스.한국/rss", "뉴스")], declared.feeds, declared.outlets)
    assert [(feed.id, feed.outlet) for feed in added.feeds] == [("feed", "feed")]


def test_real_lists_are_read_whole(shared_data: Path) -> None:
    document = (shared_data / "opml" / "all_feeds.csv").read_bytes()
    feeds, problems = read_feed_list(document, "all_feeds.csv")
    assert len(feeds) + len(problems) == document.decode().count("\n") - 1
    assert len(feeds) > 16_900
