"""Where the fields of an article come from."""

from datetime import UTC, datetime

import pytest

from extractors.article import read_article
from extractors.page import Page
from extractors.provenance import find_sources
from news.articles import Quality, ReadingHints

HINTS = ReadingHints(first_seen_at=datetime(2026, 3, 5, tzinfo=UTC))
URL = "https://www.alderpost.example/news/1"
BODY = f"<article><p>{'The council agreed on Thursday to widen the northern lock. ' * 9}</p></article>"
LINKED = """<script type="application/ld+json">{"@type": "Article", "headline": "A lock is widened", "author": "Ann Smith",
"articleSection": "Harbour", "image": "https://alderpost.example/i.jpg"}</script>"""
METAS = """<meta property="og:title" content="A lock is widened | alderpost"><meta name="author" content="Ann Smith">
<meta property="article:section" content="Harbour"><meta property="og:image" content="/i.jpg">"""


def test_the_site_is_known_from_the_canonical_link_where_no_address_is_given() -> None:
    markup = f'<title>A lock is widened - alderpost</title><link rel="canonical" href="{URL}">{BODY}'
    article = read_article(markup.encode(), url=URL, hints=HINTS, quality=Quality.QUICK)
    sources = find_sources(Page(markup), article, "", HINTS)
    assert (sources["url"], sources["title"]) == ("canonical link", "title element")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (LINKED, {"title": "json-ld", "authors": "json-ld", "section": "json-ld", "image": "json-ld"}),
        (METAS, {"title": "meta", "authors": "meta", "section": "meta", "image": "meta"}),
        ("<title>A lock is widened - alderpost</title>", {"title": "title element"}),
        ('<link rel="canonical" href="/news/one">', {"url": "canonical link"}),
    ],
)
def test_each_field_names_the_surest_place_that_gives_it(head: str, expected: dict[str, str]) -> None:
    markup = f"<html><head>{head}</head><body>{BODY}</body></html>"
    article = read_article(markup.encode(), url=URL, hints=HINTS, quality=Quality.QUICK)
    assert find_sources(Page(markup), article, URL, HINTS) == {
        "url": "address given",
        "text": "quick reader",
        "published_at": "first-seen",
        "language": "text",
        **expected,
    }
