import pytest

from extractors.sitemap import list_sitemaps, parse_sitemap
from news.errors import ParseError

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


def test_an_index_is_no_sitemap_and_says_what_to_declare() -> None:
    with pytest.raises(
        ParseError, match=r"an index of 3 more sitemaps, .* such as https://paper.example.org/new.xml.gz"
    ):
        parse_sitemap(INDEX.encode(), url=URL)


def test_what_is_no_sitemap_is_named() -> None:
    with pytest.raises(ParseError, match=r"this is a web page \(title 'Paper'\), not a sitemap"):
        parse_sitemap(b"<html><title>Paper</title></html>", url=URL)
