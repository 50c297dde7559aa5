import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.feed import entry_record, parse_feed
from news.errors import ParseError
from news.sources import Entry, ParsedFeed

URL = "https://paper.example.org/rss/all.xml"


def parse(document: str, *, zone: str | None = None) -> ParsedFeed:
    return parse_feed(document.encode(), url=URL, zone=zone)


def rss(items: str, *, head: str = "", attributes: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0" {attributes}><channel><title>Paper</title>{head}{items}</channel></rss>'


def only(feed: ParsedFeed) -> Entry:
    (entry,) = feed.entries
    return entry


RSS2 = rss(
    """
    <item><title>Talks &amp;amp; trade</title><link>/a/1?x=1&amp;y=2</link><guid isPermaLink="false">n-1</guid>
      <description><![CDATA[<p>First.</p><p>Second.</p>]]></description><content:encoded>&lt;p&gt;Whole.&lt;/p&gt;</content:encoded>
      <pubDate>Fri, 01 Mar 2024 09:30:00 +0900</pubDate><dc:creator>Kim</dc:creator><author>Lee</author></item>
    """,
    head="<link>https://paper.example.org/</link><language>ko</language><ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>",
    attributes='xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"',
)

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja" xml:base="https://paper.example.org/blog/">
  <title type="html">Paper &amp;lt;daily&amp;gt;</title><link rel="self" href="atom.xml"/><link href="/"/>
  <entry><id>urn:uuid:1</id><title type="html">Talks &lt;b&gt;today&lt;/b&gt;</title>
    <link rel="enclosure" href="a.mp3"/><link rel="alternate" href="a/1"/>
    <summary>Short.</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p><p>Two.</p></div></content>
    <published>2024-03-01T09:30:00+09:00</published><updated>2024-03-01T10:00:00+09:00</updated>
    <author><name>Sato</name><email>sato@example.org</email></author></entry></feed>"""

ATOM03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title><entry><id>tag:1</id><title>Talks</title>
  <link rel="alternate" type="text/html" href="https://paper.example.org/a/1"/><issued>2004-03-01T09:30:00Z</issued>
  <modified>2004-03-02T09:30:00Z</modified></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Kantei</title><dc:language>ja</dc:language></channel>
  <item rdf:about="https://paper.example.org/a/1"><title>会談</title><link>https://paper.example.org/a/1</link>
  <dc:date>2024-03-01T09:30:00+09:00</dc:date></item></rdf:RDF>"""

NEWS_SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
  <url><loc>https://paper.example.org/a/1</loc><news:news><news:publication><news:name>Paper</news:name>
  <news:language>ko</news:language></news:publication><news:publication_date>2024-03-01T09:30:00+09:00</news:publication_date>
  <news:title>회담</news:title></news:news></url></urlset>"""

AT = datetime(2024, 3, 1, 0, 30, tzinfo=UTC)


def test_rss() -> None:
    feed = parse(RSS2)
    assert (feed.title, feed.link, feed.language, feed.ttl_minutes, feed.problems) == (
        "Paper",
        "https://paper.example.org/",
        "ko",
        60.0,
        (),
    )
    assert (only(feed).summary, only(feed).content) == ("First.\nSecond.", "Whole.")
    assert only(feed) == Entry(
        key="n-1",
        link="https://paper.example.org/a/1?x=1&y=2",
        title="Talks & trade",
        id="n-1",
        summary_markup="<p>First.</p><p>Second.</p>",
        content_markup="<p>Whole.</p>",
        authors=("Kim", "Lee"),
        published_at=AT,
    )


def test_atom() -> None:
    feed = parse(ATOM)
    assert (feed.title, feed.link, feed.language) == ("Paper <daily>", "https://paper.example.org/", "ja")
    entry = only(feed)
    assert (entry.key, entry.link, entry.title) == ("urn:uuid:1", "https://paper.example.org/blog/a/1", "Talks today")
    assert (entry.summary, entry.content, entry.authors) == ("Short.", "One.\nTwo.", ("Sato",))
    assert (entry.published_at, entry.updated_at) == (AT, datetime(2024, 3, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("document", "title", "published_at", "language"),
    [
        (ATOM03, "Talks", datetime(2004, 3, 1, 9, 30, tzinfo=UTC), None),
        (RDF, "会談", AT, None),
        (NEWS_SITEMAP, "회담", AT, "ko"),
    ],
)
def test_other_formats(document: str, title: str, published_at: datetime, language: str | None) -> None:
    entry = only(parse(document))
    assert (entry.link, entry.title) == ("https://paper.example.org/a/1", title)
    assert (entry.published_at, entry.language) == (published_at, language)


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


def test_json_feed() -> None:
    item = {
        "id": 7,
        "url": "a/1",
        "content_html": "<p>One.</p>",
        "date_published": "2024-03-01T09:30:00+09:00",
        "authors": [{"name": "Kim"}, 1],
    }
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Paper",
        "items": [item, "no item", {"content_text": "1 < 2", "url": None}],
    }
    first, second = parse(json.dumps(document)).entries
    assert (first.id, first.link, first.content, first.authors) == (
        "7",
        "https://paper.example.org/rss/a/1",
        "One.",
        ("Kim",),
    )
    assert first.published_at == AT
    assert (second.link, second.content) == (None, "1 < 2")


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


def test_a_section_of_text_beside_elements_is_text() -> None:
    item = (
        "<item><title>T</title><description>Before <![CDATA[a < b]]> <b>and <![CDATA[c & d]]></b></description></item>"
    )
    assert only(parse_feed(rss(item).encode(), url=URL)).summary == "Before a < b and c & d"


@pytest.mark.parametrize("written", ["kim@paper.example (Kim Min)", "Kim Min (kim@paper.example)", "Kim Min"])
def test_an_author_is_known_by_name(written: str) -> None:
    assert only(parse(rss(f"<item><link>/a</link><author>{written}</author></item>"))).authors == ("Kim Min",)


def test_blanks_between_elements_matter_inside_a_text() -> None:
    entry = only(parse(rss("<item> <title> <b>Xi</b> <i>in</i> <b>Seoul</b> </title> <link>/a</link> </item>")))
    assert entry.title == "Xi in Seoul"


def test_a_title_inside_serves_where_an_item_has_none() -> None:
    caption = "<category>Talks<image><title>Two flags</title></image></category>"
    bare, titled = parse(rss(f"<item>{caption}</item><item>{caption}<title>Xi in Seoul</title></item>")).entries
    assert (bare.title, titled.title) == ("Two flags", "Xi in Seoul")


def test_undeclared_prefixes_are_no_defect_of_xml_but_hide_none() -> None:
    items = "<item><dc:title>Talks</dc:title><dc:date>2024-03-01T09:30:00+09:00</dc:date><x:y/></item>" * 100
    feed = parse(rss(items))
    assert [(entry.title, entry.published_at) for entry in feed.entries] == [("Talks", AT)] * 100
    assert not any("well-formed" in problem for problem in feed.problems)
    broken = parse(rss(items).replace("</channel>", ""))
    assert len(broken.entries) == 100
    assert broken.problems[0].startswith("not strictly well-formed"), "a real defect is seen behind a hundred others"


def test_items_are_found_wherever_they_stand() -> None:
    inside = rss("<items><item><title>a</title></item></items><item><title>b</title></item>")
    assert sorted(entry.title for entry in parse(inside).entries) == ["a", "b"]
    beside = rss("").replace("</channel>", "</channel><item><title>c</title></item>")
    assert only(parse(beside)).title == "c"


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


def test_a_time_without_a_zone_is_the_outlets() -> None:
    document = rss("<item><title>a</title><pubDate>2024-03-01 09:30:00</pubDate></item>")
    assert only(parse(document, zone="Asia/Seoul")).published_at == AT
    assert only(parse(document)).published_at == datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "key", "link"),
    [
        ("<guid>n-1</guid><link>https://example.org/a</link>", "n-1", "https://example.org/a"),
        ("<link>https://example.org/a</link>", "https://example.org/a", "https://example.org/a"),
        ("<guid>https://example.org/a</guid>", "https://example.org/a", "https://example.org/a"),
        ('<guid isPermaLink="false">https://example.org/a</guid>', "https://example.org/a", None),
        ("<link>\n  https://example.org/a\n</link>", "https://example.org/a", "https://example.org/a"),
    ],
)
def test_an_entry_is_known_by_id_else_link(item: str, key: str, link: str | None) -> None:
    entry = only(parse(rss(f"<item><title>a</title>{item}</item>")))
    assert (entry.key, entry.link) == (key, link)


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ({"id": "https://example.org/a"}, "https://example.org/a"),
        ({"id": "https://example.org/a", "external_url": "https://example.org/b"}, "https://example.org/b"),
        ({"id": "tag:example.org,2026:a"}, None),
        ({"id": 7}, None),
    ],
)
def test_an_id_of_a_json_feed_that_can_be_visited_is_a_link(item: dict[str, object], link: str | None) -> None:
    assert only(parse(json.dumps({"items": [{"title": "a", "content_text": "b", **item}]}))).link == link


def test_an_entry_without_id_and_link_is_known_by_its_text() -> None:
    one, same, other = parse(rss("".join(f"<item><title>{title}</title></item>" for title in "aab"))).entries
    assert one.key == same.key != other.key
    assert one.key.startswith("sha256:")


def test_entries_under_one_id_are_told_apart_by_their_links() -> None:
    items = "".join(
        f"<item><guid isPermaLink='false'>0</guid><link>https://example.org/{n}</link></item>" for n in (1, 2, 2)
    )
    first, second, again = parse(rss(items)).entries
    assert first.key != second.key == again.key
    assert first.id == second.id == "0"


def test_a_record_without_summary_has_the_content_for_one() -> None:
    entry = only(parse(rss("<item><body><p>Whole.</p></body></item>")))
    assert (entry.summary, entry.content) == ("", "Whole.")
    assert entry_record("paper.xml", entry)["summary"] == "Whole."


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        ("<ttl>15</ttl>", 15.0),
        ("<ttl>often</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>nan</ttl>", None),
        ("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 360.0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency><ttl>90</ttl>", 90.0),
    ],
)
def test_how_often_a_feed_says_it_changes(head: str, minutes: float | None) -> None:
    feed = parse(rss("<item/>", head=head, attributes='xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'))
    assert feed.ttl_minutes == minutes


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


def test_a_record_for_programs_has_plain_values() -> None:
    record = entry_record("paper.xml", only(parse(RSS2)))
    assert (record["file"], record["published_at"], record["authors"]) == (
        "paper.xml",
        "2024-03-01T00:30:00+00:00",
        ["Kim", "Lee"],
    )
    assert json.loads(json.dumps(record)) == record


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
