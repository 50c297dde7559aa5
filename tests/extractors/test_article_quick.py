"""The quick text must hold what the careful one holds: an article is dropped by it, or not read again."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml.html import HtmlElement, tostring
from lxml.html.builder import P

from benchmarks.extraction import read_body, read_rows
from extractors.article import read_article
from extractors.markup import decode_page, parse_tree
from news.articles import Quality, ReadingHints

HINTS = ReadingHints(first_seen_at=datetime(2026, 12, 31, tzinfo=UTC))
WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


def count_words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.lower()))


def share_held(body: bytes, url: str = "https://example.org/a") -> float:
    """Which share of the words of the careful text stands in the quick one."""
    careful = count_words(read_article(body, url=url, hints=HINTS).text)
    quick = count_words(read_article(body, url=url, hints=HINTS, quality=Quality.QUICK).text)
    return (careful & quick).total() / careful.total()


def put_on(skin: HtmlElement, text: str) -> bytes:
    """Set a text in place of the paragraphs of a page, menus and all left around it."""
    parents = Counter(paragraph.getparent() for paragraph in skin.iter("p") if len(paragraph.text_content()) > 60)
    frame = parents.most_common(1)[0][0]
    for child in list(frame):
        frame.remove(child)
    frame.extend([P(line) for line in text.splitlines() if line.strip()])
    markup: bytes = tostring(skin, encoding="utf-8", doctype="<!doctype html>")
    return markup


@pytest.mark.usefixtures("shared_data")
def test_the_quick_text_of_saved_pages_holds_the_careful_one() -> None:

    shares = [share_held(read_body(row)) for row in read_rows(every=24) if row["kind"] == "full"]
    assert sum(shares) / len(shares) >= 0.99


def test_labelled_articles_on_real_pages_lose_nothing_to_the_quick_reading(shared_data: Path) -> None:

    wanted = ("fundus/kr/HankookIlbo_2025", "fundus/cn")
    skins = [decode_page(read_body(row)) for row in read_rows() if row["id"].startswith(wanted)]
    lines = (shared_data / "matching" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [article for line in lines[::15] if len((article := json.loads(line))["text"]) > 200]
    shares = [share_held(put_on(parse_tree(skin), article["text"])) for skin in skins for article in articles]
    assert len(shares) > 20
    assert min(shares) >= 0.98
