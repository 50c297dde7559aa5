"""What is broken or hostile costs a feed nothing, and what is no feed is named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.feed import parse_feed
from news.errors import ParseError
from tests.extractors.sample_feeds import AT, RSS2, URL, only, parse, rss


def test_what_no_text_can_hold_is_left_out_of_json() -> None:
    item = {
        "id": "1\0",
        "url": "https://paper.example.org/1",
        "title": "A\0B \ud83d\ude00 \ud83d",
        "content_text": "\b1",
    }
    [entry] = parse(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})).entries
    assert (entry.key, entry.title, entry.content) == ("1", "AB 😀", "1")


def test_a_raw_tab_or_line_break_costs_a_json_feed_nothing() -> None:
    feed = parse('{"items": [{"id": "1", "title": "a\tb", "content_text": "c\nd"}, {"id": "2", "title": "e"}]}')
    assert [(entry.id, entry.title) for entry in feed.entries] == [("1", "a b"), ("2", "e")]


@pytest.mark.parametrize(
    "document",
    [
        RSS2.replace("</channel></rss>", ""),
        RSS2.replace("xmlns:dc", "xmlns:cd"),
        RSS2.replace("<rss", "<!DOCTYPE rss [<!ENTITY x 'y'>]><rss"),
        RSS2 + "<script>trailing()</script>",
        RSS2.replace("First.", "First.\x0b\x00"),
        "\n\n <br />\n" + RSS2,
        RSS2.replace("isPermaLink", "isPermaLink=false isPermaLink"),
        RSS2.replace("version=", "xmlns='a b' version="),
    ],
    ids=[
        "truncated",
        "undeclared prefix",
        "doctype",
        "trailing",
        "control characters",
        "leading",
        "doubled attribute",
        "space in a namespace",
    ],
)
def test_defects_cost_nothing(document: str) -> None:
    entry = only(parse(document))
    assert (entry.link, entry.title, entry.published_at) == (
        "https://paper.example.org/a/1?x=1&y=2",
        "Talks & trade",
        AT,
    )
    assert entry.summary == "First.\nSecond."


def test_html_entities_survive_where_xml_knows_none() -> None:
    assert (
        only(parse(rss("<item><title>Talks&nbsp;in&nbsp;S&eacute;oul &mdash; today</title></item>"))).title
        == "Talks in Séoul — today"
    )


def test_undeclared_prefixes_are_no_defect_of_xml_but_hide_none() -> None:
    items = "<item><dc:title>Talks</dc:title><dc:date>2024-03-01T09:30:00+09:00</dc:date><x:y/></item>" * 100
    feed = parse(rss(items))
    assert [(entry.title, entry.published_at) for entry in feed.entries] == [("Talks", AT)] * 100
    assert not any("well-formed" in problem for problem in feed.problems)
    broken = parse(rss(items).replace("</channel>", ""))
    assert len(broken.entries) == 100
    assert broken.problems[0].startswith("not strictly well-formed"), "a real defect is seen behind a hundred others"


def test_a_defect_is_a_problem_for_people() -> None:
    feed = parse(rss("<item><title>a</title><pubDate>soon</pubDate></item><item><title>b</title></item><broken>"))
    assert feed.problems[0].startswith("not strictly well-formed")
    assert feed.problems[1:] == ("2 entries without a link", "1 entry with a time that cannot be read ('soon')")
    times = "".join(f"<item><link>/{n}</link><pubDate>in {n} hours</pubDate></item>" for n in range(9))
    assert parse(rss(times)).problems == ("9 entries with a time that cannot be read ('in 0 hours')",)


def test_one_bad_entry_never_costs_the_feed() -> None:
    items = (
        "<item><link>http://[broken</link><pubDate>99 Foo 0000</pubDate></item><item/><item><title>good</title></item>"
    )
    assert [entry.title for entry in parse(rss(items)).entries] == ["", "", "good"]


@pytest.mark.parametrize("doctype", ["", "<!DOCTYPE feed>"], ids=["strict", "lenient"])
@pytest.mark.parametrize("base", ['xml:base="http://[bad"', "xml:base = 'http://[bad'", 'xml:base="http://bad]"'])
def test_a_base_that_is_no_address_costs_no_link(base: str, doctype: str) -> None:
    entry = '<entry {}><id>{}</id><title>t</title><link href="/1"/></entry>'
    document = '<feed xmlns="http://www.w3.org/2005/Atom">' + entry.format(base, "a") + entry.format("", "b")
    links = {entry.key: entry.link for entry in parse(f"{doctype}{document}</feed>").entries}
    assert links == dict.fromkeys("ab", "https://paper.example.org/1")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "this document is empty, not a feed"),
        (" \n ", "this document is empty, not a feed"),
        ("nothing here", "this is not a feed; it begins with 'nothing here'"),
        ('{"error": "no such feed"}', 'this is not a feed; it begins with \'{"error": "no such feed"}\''),
        (
            '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap/></sitemapindex>',
            'this is an index of sitemaps, not a feed; declare it with kind = "sitemap"',
        ),
        ("[" * 100_000, "this is not a feed; it begins with '" + "[" * 60 + "'"),
        ("<!DOCTYPE html><html><title>Paper &amp; Co</title>", "this is a web page (title 'Paper & Co'), not a feed"),
        ("<!-- a --><html><title>로그인 - Paper</title>", "this is a login page (title '로그인 - Paper'), not a feed"),
        ("<html><form><input name=p type='password'></form>", "this is a login page, not a feed"),
        ("<html><title>系统维护中</title>", "this is a maintenance page (title '系统维护中'), not a feed"),
        (
            "<html><title>Just a moment...</title>",
            "this is a page that wants proof of a human reader (title 'Just a moment...'), not a feed",
        ),
        (
            "<html><title>404 Not Found</title>",
            "this is a page that says 'not found' (title '404 Not Found'), not a feed",
        ),
    ],
)
def test_what_is_no_feed_is_named(document: str, reason: str) -> None:
    with pytest.raises(ParseError) as raised:
        parse(document)
    assert str(raised.value) == reason


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE rss [<!ENTITY e0 "boom">{BOMB}]>',
        '<!DOCTYPE rss [<!ENTITY e11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % all SYSTEM "http://127.0.0.1:1/x.dtd"> %all;]>',
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd">',
    ],
    ids=["bomb", "external entity", "parameter entity", "external subset"],
)
def test_entities_are_harmless(doctype: str) -> None:
    feed = parse(doctype + rss("<item><title>a &e11; b</title></item>").partition("?>")[2])
    title = only(feed).title
    assert title.startswith("a ")
    assert len(title) < 100
    assert "root:" not in title


def test_what_no_database_can_hold_is_taken_out() -> None:
    item = {"id": "a\0b", "url": "https://a.example/\ud800n", "title": "x\0y", "content_text": "z\udfff"}
    entry = only(parse(json.dumps({"items": [item]})))
    assert (entry.id, entry.link, entry.title, entry.content) == ("ab", "https://a.example/n", "xy", "z")
    loose = only(parse(rss("<item><guid>x&#0;y</guid><title>a&#xD800;&#55296;b</title></item>")))
    assert (loose.id, loose.title) == ("xy", "ab")


def test_what_is_longer_than_an_index_takes_is_known_by_a_hash() -> None:
    one, other = parse(rss("".join(f"<item><guid>{'n' * 1_000_000}{n}</guid></item>" for n in (1, 2)))).entries
    assert one.key != other.key
    assert len(one.key) < 100
    assert len(only(parse(rss(f"<item><title>{'t' * 1_000_000}</title></item>"))).title) == 1000


def test_depth_is_harmless() -> None:
    assert len(parse(rss("<item><title>a</title></item>" + "<a>" * 100_000)).entries) == 1


FRAGMENTS = st.sampled_from(
    [
        *(
            "<rss>",
            "<channel>",
            "<item>",
            "</item>",
            "<title>",
            "</title>",
            "<link>",
            "<link href='",
            "<guid>",
            "<pubDate>",
            "<![CDATA[",
        ),
        *(
            "]]>",
            "&amp;",
            "&bad;",
            "<!DOCTYPE rss [",
            "<!ENTITY a 'b'>",
            "]>",
            "<?xml version='1.0' encoding='euc-kr'?>",
            "<feed xmlns='",
        ),
        *(
            "http://www.w3.org/2005/Atom'>",
            "<entry>",
            "<content type='xhtml'>",
            "{",
            '"items"',
            ":",
            "[",
            "<urlset>",
            "\x00",
            "\xff",
            "<html>",
        ),
    ]
)


@given(st.binary())
def test_arbitrary_bytes_are_a_feed_or_said_not_to_be(body: bytes) -> None:
    read_or_refuse(body)


@given(st.lists(FRAGMENTS | st.text(max_size=5), max_size=25).map("".join))
def test_broken_feeds_are_read_or_refused(document: str) -> None:
    read_or_refuse(document.encode("utf-8", "replace"))


@given(st.integers(0, len(RSS2)), st.integers(0, len(RSS2)), st.binary(max_size=3))
def test_damaged_feeds_are_read_or_refused(start: int, end: int, junk: bytes) -> None:
    read_or_refuse(RSS2.encode()[:start] + junk + RSS2.encode()[end:])


def read_or_refuse(body: bytes) -> None:
    try:
        feed = parse_feed(body, url=URL, content_type="application/rss+xml")
    except ParseError as error:
        assert str(error)  # noqa: PT017 - either answer is right, an empty reason is not
        return
    assert all(entry.key for entry in feed.entries)
