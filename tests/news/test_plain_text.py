from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.plain_text import drop_controls, read_line, read_paragraphs


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("<p>One</p>\n<p>Two<br/>Three", "One\nTwo\nThree"),
        ("<P CLASS=x>One<P>Two", "One\nTwo"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a <b>bold</b> <em>word</em>, <a href='x'>linked</a>", "a bold word, linked"),
        ("source line\nbroken <b>in</b> two", "source line broken in two"),
        ("AT&amp;T &lt;tag&gt; &#8217; &nbsp;end", "AT&T <tag> ’ end"),
        ("x < y & z, 3 <4, a <3", "x < y & z, 3 <4, a <3"),
        ("<b>x</b> -> y", "x -> y"),
        ('<img alt="a > b" src=x>text', "text"),
        ("<p title=\"a>b\" id='x'>text</p>", "text"),
        ('cut off <a href="https://exam', "cut off"),
        ("<script>if (a<b) alert('<p>')</script>seen", "seen"),
        ("<style>p{}</style >seen<script>never closed", "seen"),
        ("before<!-- hidden <p> -->after", "beforeafter"),
        ("<![CDATA[twice <i>wrapped</i>]]>", "twice wrapped"),
        ("<xhtml:p>a</xhtml:p><xhtml:p>b</xhtml:p>", "a\nb"),
        ("so\u00adft zero\u200bwidth\ufeff", "soft zerowidth"),
        ("  runs \t of\xa0 \u00a0space \r\n\r\n next ", "runs of space\nnext"),
    ],
)
def test_markup_becomes_paragraphs(markup: str, text: str) -> None:
    assert read_paragraphs(markup) == text


def test_a_title_is_one_line() -> None:
    assert read_line(" <b>Talks</b>\n in &quot;Seoul&quot;<br> today ") == 'Talks in "Seoul" today'


@pytest.mark.parametrize(
    "bomb",
    [
        "<",
        "<a ",
        '<a "',
        "<a \"'",
        "<!--",
        "<script>",
        "<script></scrip>",
        "<p>",
        "&",
        "&#",
        "  ",
        " \n",
        '"',
        "]]>",
        "<a x='>",
    ],
)
def test_repetition_is_harmless(bomb: str) -> None:
    assert len(read_paragraphs(bomb * 50_000)) <= len(bomb) * 50_000


@given(st.text())
def test_paragraphs_are_tidy(markup: str) -> None:
    for line in read_paragraphs(markup).split("\n"):
        assert line == line.strip()
        assert "  " not in line


@given(st.text(st.characters(categories=("L", "N"))))
def test_words_pass_through(text: str) -> None:
    assert read_paragraphs(f"<div>{text}</div>") == text


@given(st.text())
def test_no_control_is_left_that_a_terminal_would_obey(text: str) -> None:
    left = drop_controls(text)
    assert {one for one in left if category(one) in {"Cc", "Cs"}} <= {"\n", "\t", "\r"}
    assert len(left) == len(text)
    assert drop_controls(left) == left
    assert not {one for one in read_line(text) if category(one) in {"Cc", "Cs"}}
