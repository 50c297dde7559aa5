"""Whatever bytes come: an article or a `ReadError`, within bounds, never anything else."""

import json
from datetime import UTC, datetime
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.article import read_article
from extractors.head import read_head
from extractors.markup import MAX_DEPTH, MAX_TAG_LENGTH, MAX_TAGS, decode_page
from extractors.scripted import find_scripted_markup
from news.articles import Article, Quality, ReadingHints
from news.errors import ReadError

HINTS = ReadingHints(first_seen_at=datetime(2026, 3, 5, tzinfo=UTC), zone="Asia/Seoul")
WORDS = "The council agreed on Thursday to widen the northern lock. " * 8
TAGS = (
    "p",
    "div",
    "b",
    "a",
    "table",
    "tr",
    "td",
    "ul",
    "li",
    "h1",
    "script",
    "style",
    "article",
    "form",
    "select",
    "svg",
    "time",
)
ODD = (
    "<",
    ">",
    "&",
    "&#0;",
    "&#xD800;",
    "\0",
    "\x01",
    "\x0b",
    "\ufffe",
    "<!--",
    "-->",
    "]]>",
    '"',
    "=",
    "\u202e",
    "한국",
    "中国",
    WORDS,
)


def read(body: bytes, quality: Quality = Quality.CAREFUL) -> Article | None:
    try:
        return read_article(body, url="https://example.org/2026/03/04/a", hints=HINTS, quality=quality)
    except ReadError:
        return None


@st.composite
def soups(draw: st.DrawFn) -> str:
    """Markup of known tags, opened and closed at random, with odd text and attributes between them."""
    pieces = st.one_of(
        st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
        st.sampled_from(ODD),
        st.sampled_from(
            ['<p class="date">', '<time datetime="2026-13-45">', '<meta name="date" content="00/00/0000">']
        ),
        st.text(max_size=20),
    )
    return "".join(draw(st.lists(pieces, max_size=60)))


ENCODINGS = ["utf-8", "cp949", "gb18030", "utf-16", "shift_jis"]
COMMANDS = "\x1b[2J \x9b31m \x07 &#x1b;]0;owned &#155; \x7f"


@pytest.mark.parametrize("quality", [Quality.QUICK, Quality.CAREFUL])
def test_nothing_of_a_page_commands_a_terminal(quality: Quality) -> None:
    linked = json.dumps({"@type": "NewsArticle", "author": f"Kim {COMMANDS}", "articleSection": COMMANDS + "\ud800"})
    page = (
        f"<title>{COMMANDS} Lock</title><meta property='og:site_name' content='Paper {COMMANDS}'>"
        f"<script type='application/ld+json'>{linked}</script><h1>The lock {COMMANDS}</h1>"
        f"<article>{''.join(f'<p>{COMMANDS} {WORDS} {number}.</p>' for number in range(9))}</article>"
    )
    article = read(page.encode(), quality)
    assert article
    said = (article.title, article.text, *article.authors, article.section or "", article.site_name or "")
    assert all(said)
    assert not {one for text in said for one in text if category(one) in {"Cc", "Cs"}} - {"\n"}


@pytest.mark.parametrize("quality", [Quality.QUICK, Quality.CAREFUL])
@pytest.mark.parametrize("url", ["http://[bad", "http://\u2100.com/", "not a url", ""])
def test_an_address_that_is_none_costs_no_article(url: str, quality: Quality) -> None:
    page = f'<title>Lock</title><link rel="canonical" href="{url}"><article><p>{WORDS}</p></article>'
    assert read_article(page.encode(), url=url, hints=HINTS, quality=quality).title == "Lock"


@given(st.binary(max_size=3000), st.sampled_from([Quality.CAREFUL, Quality.QUICK]))
@settings(max_examples=60)
def test_arbitrary_bytes(body: bytes, quality: Quality) -> None:
    read(body, quality)


@given(soups(), st.sampled_from(ENCODINGS), st.sampled_from(list(Quality)))
@settings(max_examples=80)
def test_tag_soup_in_any_encoding(soup: str, encoding: str, quality: Quality) -> None:
    article = read(soup.encode(encoding, "replace"), quality)
    if article:
        assert article.text.strip()
        assert article.published_at.tzinfo is UTC or article.published_at.utcoffset() is not None


@given(
    st.lists(st.tuples(soups(), st.sampled_from(ENCODINGS)), min_size=2, max_size=5),
    st.sampled_from(["", *(f"text/html; charset={encoding}" for encoding in ENCODINGS)]),
    st.sampled_from([Quality.CAREFUL, Quality.QUICK]),
)
@settings(max_examples=60)
def test_several_encodings_within_one_page(parts: list[tuple[str, str]], content_type: str, quality: Quality) -> None:
    """As where an advertisement or a comment is set into a page of another encoding."""
    body = b"".join(soup.encode(encoding, "replace") for soup, encoding in parts)
    try:
        assert len(decode_page(body, content_type=content_type)) <= len(body)
        article = read_article(
            body, url="https://example.org/a", hints=HINTS, content_type=content_type, quality=quality
        )
    except ReadError:
        return
    assert len(article.title) + len(article.text) <= 3 * len(body)  # a line may be title, standfirst and text at once
    article.text.encode()


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12)),
        lambda inner: st.lists(inner, max_size=3),
    )
)
@settings(max_examples=40)
def test_linked_data_of_any_shape(value: object) -> None:
    import json  # noqa: PLC0415 - this test alone writes JSON

    keys = (
        "headline",
        "author",
        "datePublished",
        "dateModified",
        "image",
        "articleSection",
        "publisher",
        "isAccessibleForFree",
    )
    linked = json.dumps([{"@type": "NewsArticle"} | dict.fromkeys(keys, value), value])
    page = f"<script type='application/ld+json'>{linked}</script><body><article><p>{WORDS}</p></article></body>"
    assert read(f"<html>{page}</html>".encode()) is not None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<div>" * 100_000, "nests more than"),
        (b"<html><body>" + b"<p>a</p>" * 1_000_000, "tags"),
        (b"<br>" * (MAX_TAGS + 1), "tags"),
        (b"<b>" * (MAX_DEPTH + 1), "nests more than"),
    ],
)
def test_what_would_hold_a_parser_for_minutes_is_refused_first(body: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        decode_page(body)


def test_a_tag_of_fifty_thousand_attributes_loses_them() -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(50_000))
    page = f"<html><body><article><p {attributes}>{WORDS}</p></article></body></html>".encode()
    assert len(decode_page(page)) < 2_000
    article = read(page)
    assert article is not None
    assert WORDS.strip() in article.text


def test_linked_data_that_never_ends_is_looked_through_once() -> None:
    assert read_head('<script type="application/ld+json">{' * 20_000).articles == ()  # once for each took minutes
    assert read_head("<title>" * 20_000).title == ""
    assert find_scripted_markup('<script>{"a":1' * 20_000) is None


@given(st.integers(0, 2 * MAX_TAG_LENGTH), st.integers(-3, 3), st.sampled_from([">", "<p>", ""]))
def test_a_tag_loses_its_attributes_from_a_length_on_wherever_it_stands(before: int, over: int, after: str) -> None:
    attributes, text = "x" * (MAX_TAG_LENGTH + over), f"<p>{'y' * before}"
    markup = decode_page(f"{text}<i {attributes}{after}".encode())
    assert markup == f"{text}<i {attributes if over < 0 else ''}{after}"


@pytest.mark.parametrize("tag", ["div", "b", "table", "font", "a"])
@pytest.mark.parametrize("quality", [Quality.CAREFUL, Quality.QUICK])
def test_nesting_within_the_bound_is_survived(tag: str, quality: Quality) -> None:
    read(f"<html><body>{f'<{tag}>' * 2_000}{WORDS}{f'</{tag}>' * 2_000}</body></html>".encode(), quality)
