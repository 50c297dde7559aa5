"""What tests of feeds share: a feed to read and how to write, parse and look into one."""

from datetime import UTC, datetime

from extractors.feed import parse_feed
from news.sources import Entry, ParsedFeed

URL = "https://paper.example.org/rss/all.xml"
AT = datetime(2024, 3, 1, 0, 30, tzinfo=UTC)


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
