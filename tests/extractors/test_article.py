from dataclasses import replace
from datetime import UTC, datetime

import pytest

from extractors.article import article_record, read_article, read_entry
from news.articles import DateSource, Quality, ReadingHints
from news.errors import ReadError

SEEN_AT = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
HINTS = ReadingHints(first_seen_at=SEEN_AT)
URL = "https://news.example.org/2026/03/05/harbour"

PARAGRAPHS = [
    "The harbour council of Port Alder agreed on Thursday to widen the northern lock by four metres within two years.",
    "Work starts in May, the council said, and the lock will stay open to fishing boats at high tide throughout the summer.",
    "Skippers had asked for the change since the storm of 2019, which closed the lock for eleven days and cost the fleet dearly.",
]


def make_page(paragraphs: list[str] | None = None, head: str = "", beside: str = "") -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or PARAGRAPHS)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Lock to be widened - Alder Post</title>{head}</head>"
        f"<body><nav><a href='/'>Home</a></nav><article><h1>Lock to be widened</h1>{text}</article>{beside}</body></html>"
    ).encode()


def test_a_page_gives_its_article() -> None:
    article = read_article(make_page(head='<meta property="og:site_name" content="Alder Post">'), url=URL, hints=HINTS)
    assert article.text.splitlines()[-3:] == PARAGRAPHS
    assert (article.title, article.language, article.url) == ("Lock to be widened", "en", URL)
    assert (article.published_from, article.date_only) == (DateSource.URL, True)
    assert article.quality is Quality.CAREFUL


@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"<html></html>", b"\x00\x01\x02", b"<br>" * 200_000, b"x" * 10_000_001]
)
def test_what_is_no_page_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(ReadError, match=r"this page"):
        read_article(body, url=URL, hints=HINTS)


def test_an_entry_stands_in_for_a_page_that_cannot_be_had() -> None:
    hints = ReadingHints(
        first_seen_at=SEEN_AT,
        entry_title="Lock <b>to be</b> widened",
        entry_text="<p>One.</p><p>Two.</p>",
        entry_published_at=datetime(2026, 3, 5, 7, 30, tzinfo=UTC),
    )
    article = read_entry(URL, hints=hints, authors=("A. Writer",))
    assert (article.title, article.text, article.authors) == ("Lock to be widened", "One.\nTwo.", ("A. Writer",))
    assert (article.quality, article.partial, article.published_from) == (Quality.FEED, True, DateSource.FEED)


def test_an_entry_that_its_feed_dates_long_ago_is_doubted() -> None:
    long_ago = datetime(2024, 3, 5, tzinfo=UTC)
    hints = ReadingHints(first_seen_at=SEEN_AT, entry_title="Lock widened", entry_published_at=long_ago)
    article = read_entry(URL, hints=hints)
    assert (article.published_at, article.published_from) == (long_ago, DateSource.FEED)
    assert article.notes == ("its date, 2024-03-05, is 730 days before it was first seen",)
    assert article.date_confidence < read_entry(URL, hints=replace(hints, entry_published_at=SEEN_AT)).date_confidence


@pytest.mark.parametrize(
    ("text", "partial"),
    [
        (" ".join(PARAGRAPHS * 4), False),
        (" ".join(PARAGRAPHS), True),
        (" ".join(PARAGRAPHS * 4) + " […]", True),
        (" ".join(PARAGRAPHS * 4) + "<p>Continue reading →</p>", True),
        ("북부 갑문을 4미터 넓히기로 했다. " * 60 + "더보기", True),
        ("", True),
    ],
)
def test_a_long_text_of_a_feed_that_ends_is_the_whole(text: str, partial: bool) -> None:
    hints = ReadingHints(first_seen_at=SEEN_AT, entry_title="Lock to be widened", entry_text=text)
    assert read_entry(URL, hints=hints).partial is partial


def test_an_empty_entry_is_refused() -> None:
    with pytest.raises(ReadError, match="neither a title nor a text"):
        read_entry(URL, hints=HINTS)


def test_a_record_says_how_each_field_was_found() -> None:
    record = article_record(read_article(make_page(), url=URL, hints=HINTS))
    assert record["published_at"] == "2026-03-05T00:00:00+00:00"
    assert (record["published_from"], record["quality"], record["partial"]) == ("url", "careful", False)


@pytest.mark.parametrize(
    ("url", "is_noted"),
    [("https://bit.ly/3xyz", True), ("https://news.google.com/rss/articles/CBM!", True), (URL, False)],
)
def test_a_link_that_does_not_tell_where_it_leads_is_noted(url: str, is_noted: bool) -> None:
    hints = ReadingHints(
        first_seen_at=datetime(2026, 3, 5, tzinfo=UTC), entry_title="A lock", entry_text="It is widened."
    )
    page = f"<title>A lock</title><p>{'The council agreed on Thursday to widen the lock. ' * 6}</p>"
    for article in (read_article(page.encode(), url=url, hints=hints), read_entry(url, hints=hints)):
        assert any("a redirector's" in note for note in article.notes) == is_noted
