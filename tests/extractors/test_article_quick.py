"""The quick text must hold what the careful one holds: an article is dropped by it, or not read again."""

import gc
import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from benchmarks.saved_pages import read_body, read_rows
from benchmarks.skins import HIDING_SKINS, Skin
from extractors.article import read_article, read_wide
from extractors.page import Page
from news.articles import Article, Quality, ReadingHints
from news.errors import ReadError

HINTS = ReadingHints(first_seen_at=datetime(2026, 12, 31, tzinfo=UTC))
WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


def count_words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.lower()))


def share_held(body: bytes, url: str = "https://example.org/a") -> float:
    """Which share of the words of the careful text stands in the quick one."""
    careful = count_words(read_article(body, url=url, hints=HINTS).text)
    quick = count_words(read_article(body, url=url, hints=HINTS, quality=Quality.QUICK).text)
    return (careful & quick).total() / careful.total()


@pytest.mark.usefixtures("shared_data")
def test_the_quick_text_of_saved_pages_holds_the_careful_one() -> None:

    shares = [share_held(read_body(row)) for row in read_rows(every=24) if row["kind"] == "full"]
    assert sum(shares) / len(shares) >= 0.99


def test_what_is_likely_the_article_comes_first() -> None:
    """What stands first tells the language and counts as the lead."""
    menu = "".join(
        f"<li><a href='/{n}'>Section number {n} of the newspaper, with news from there</a></li>" for n in range(9)
    )
    story = "".join(
        f"<p>Leaders met for the {n}th time in the capital, and spoke of trade at length.</p>" for n in range(9)
    )
    page = f"<html><body><nav><ul>{menu}</ul></nav><main><article><h1>Talks</h1>{story}</article></main></body></html>"
    text = read_article(page.encode(), url="https://example.org/a", hints=HINTS, quality=Quality.QUICK).text
    assert "Section number 1 of" in text
    assert text.index("Leaders met for the 0th") < text.index("Section number 1 of")


def test_only_what_the_net_catches_is_read_carefully() -> None:
    page = f"<html><body><article>{'<p>Leaders met in the capital today, and spoke of trade.</p>' * 9}</article></body></html>"
    asked: list[Article] = []

    def read(*, is_caught: bool) -> Quality:
        def sift(article: Article) -> str | None:
            asked.append(article)
            return None if is_caught else "nothing"

        article, sifted = read_wide(page.encode(), url="https://example.org/a", hints=HINTS, sift=sift)
        assert sifted == (None if is_caught else "nothing")
        return article.quality

    assert (read(is_caught=True), read(is_caught=False)) == (Quality.CAREFUL, Quality.QUICK)
    assert {article.quality for article in asked} == {Quality.QUICK}


def test_single_characters_between_tags_are_kept() -> None:
    """The fast extractor loses them where it looks for the main content."""
    line = "<p><a href='/c'>中</a>日<b>关系</b>在今天变得更加紧张，双方<b>都</b>没有让步的意思。</p>"
    page = f"<html><body><article>{'<p>代表团周四抵达北京，将与中方讨论贸易与渔业问题。</p>' * 5}{line}</article></body></html>"
    text = read_article(page.encode(), url="https://example.org/a", hints=HINTS, quality=Quality.QUICK).text
    assert "中日关系在今天变得更加紧张，双方都没有让步的意思。" in text.splitlines()


@pytest.mark.parametrize("skin", HIDING_SKINS, ids=lambda skin: skin.id)
def test_an_article_that_the_page_does_not_show_by_itself_is_in_the_quick_text(skin: Skin) -> None:
    story = [f'The "{n}th" council agreed on Thursday to widen the northern lock by four metres.' for n in range(9)]
    quick = read_article(skin.dress("A lock", "\n".join(story)), url=skin.url, hints=HINTS, quality=Quality.QUICK)
    assert quick.text.splitlines()[:9] == story
    assert "We use cookies" in quick.text


@pytest.mark.parametrize("quality", [Quality.QUICK, Quality.CAREFUL])
@pytest.mark.parametrize("inside", ["<article><p>Leaders met for an hour. </p></article>", "<p>Log in</p>", ""])
def test_a_page_is_gone_once_it_is_read(quality: Quality, inside: str) -> None:
    """A tree is large, and resiliparse's may be dropped by no other thread than its own, as the garbage collector might."""
    gc.collect()
    gc.disable()
    try:
        with suppress(ReadError):
            read_article(
                f"<html><body>{inside}</body></html>".encode(),
                url="https://example.org/a",
                hints=HINTS,
                quality=quality,
            )
        assert not [one for one in gc.get_objects() if isinstance(one, Page)]
    finally:
        gc.enable()
