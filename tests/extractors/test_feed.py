"""What is read of a feed and of its entries, whatever its format."""

import json
from datetime import UTC, datetime

import pytest

from extractors.feed import entry_record, parse_feed
from news.sources import Entry
from tests.extractors.sample_feeds import AT, RSS2, URL, only, parse, rss

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


def test_items_are_found_wherever_they_stand() -> None:
    inside = rss("<items><item><title>a</title></item></items><item><title>b</title></item>")
    assert sorted(entry.title for entry in parse(inside).entries) == ["a", "b"]
    beside = rss("").replace("</channel>", "</channel><item><title>c</title></item>")
    assert only(parse(beside)).title == "c"


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


def test_a_record_for_programs_has_plain_values() -> None:
    record = entry_record("paper.xml", only(parse(RSS2)))
    assert (record["file"], record["published_at"], record["authors"]) == (
        "paper.xml",
        "2024-03-01T00:30:00+00:00",
        ["Kim", "Lee"],
    )
    assert json.loads(json.dumps(record)) == record
