"""The kept renderings, and what mail clients and Slack can bear."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import fromstring

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digests.channels.email import build_message
from digests.render import render_html, render_markdown, render_slack, render_slack_thread, render_text
from digests.stored import digest_from_json, digest_to_json
from news.digests import Digest
from news.errors import ParseError
from news.stories import Story
from tests.digests.editions import EDITIONS, FORMS, swell
from tests.digests.samples import SUBSCRIPTION, TAIWAN, blind, compose, make_match, make_report, morning_stories

GOLDEN = Path(__file__).parent / "golden"
_HTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(params=EDITIONS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def digest(name: str) -> Digest:
    return digest_from_json((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_composing_gives_the_stored_digest(name: str, digest: Digest) -> None:
    assert EDITIONS[name]() == digest
    assert digest_to_json(digest) + "\n" == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_a_stored_digest_renders_to_the_same_bytes(name: str, digest: Digest, form: str) -> None:
    assert FORMS[form](digest).encode() == (GOLDEN / f"{name}.{form}").read_bytes()


def test_the_page_is_valid_and_bears_what_clients_allow(digest: Digest) -> None:
    page = render_html(digest, unsubscribe="mailto:news@example.org?subject=stop")
    assert len(page.encode()) < 100_000
    tree = html5lib.HTMLParser(strict=True).parse(page)
    elements = {element.tag.removeprefix(_HTML) for element in tree.iter() if isinstance(element.tag, str)}
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "span",
        "table",
        "tbody",
        "tr",
        "td",
        "p",
        "a",
        "b",
    }
    assert elements <= allowed | {"h1", "h2", "h3"}
    styles = " ".join(element.get("style", "") for element in tree.iter())
    assert not re.search(r"position|float|flex|grid|url\(|expression", styles)
    assert max(int(width) for width in re.findall(r"width=\"(\d+)\"", page)) <= 640
    for link in tree.iter(f"{_HTML}a"):
        assert urlsplit(link.get("href")).scheme in {"http", "https", "mailto"}
    for element in tree.iter():
        assert not any(attribute.startswith("on") for attribute in element.attrib)
    for cell in (*tree.iter(f"{_HTML}p"), *tree.iter(f"{_HTML}h3"), *tree.iter(f"{_HTML}a")):
        assert cell.get("style"), "a client that drops <style> must still see this laid out"


def test_every_story_stands_in_every_form_that_has_room(digest: Digest) -> None:
    text, markdown = render_text(digest), render_markdown(digest)
    assert text.count("Why: ") == markdown.count("Why: ") == len(digest.in_full)
    headline_starts = [story.title.split()[0] for story in digest.stories]
    assert all(start in text for start in headline_starts)


def test_slack_limits(digest: Digest) -> None:
    thread = render_slack_thread(digest)
    for message in (render_slack(digest), thread.lead, *thread.details):
        assert message.text
        assert 0 < len(message.blocks) <= 50
        for block in message.blocks:
            if block["type"] == "section":
                assert 0 < len(block["text"]["text"]) < 3000
            for element in block.get("elements", ()):
                assert 0 < len(element["text"]) < 3000
            assert len(block.get("elements", ())) <= 10


def _mrkdwn(value: Any) -> list[str]:  # noqa: ANN401 (JSON)
    return [block["text"]["text"] for block in value if block["type"] == "section"]


def test_hostile_text_stays_text() -> None:
    digest = EDITIONS["hostile"]()
    page = render_html(digest)
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    assert "javascript:" not in re.sub(r">[^<]*<", "><", page)
    thread = render_slack_thread(digest)
    texts = [text for message in (render_slack(digest), *thread.details) for text in _mrkdwn(message.blocks)]
    for text in texts:
        links = re.findall(r"<([^>]*)>", text)
        assert all(
            link.startswith(("https://vic.example/", "https://pac.example/", "https://seo.example/")) for link in links
        )
        assert "<!channel>" not in text
    tokens = MarkdownIt("commonmark").parse(render_markdown(digest))
    children = [child for token in tokens for child in (token, *(token.children or ()))]
    assert not [token for token in children if token.type in {"html_block", "html_inline", "image", "code_inline"}]
    hrefs = [str(token.attrGet("href")) for token in children if token.type == "link_open"]
    assert len(hrefs) == 3
    assert all(href.startswith("https://") for href in hrefs)
    headers = FORMS["headers.txt"](digest)
    assert not re.search(r"^Bcc:", headers, re.MULTILINE)


def test_feeds_are_well_formed(digest: Digest) -> None:
    for part in re.findall(r"<\?xml.*?</feed>", FORMS["feeds.txt"](digest), re.DOTALL):
        feed = fromstring(part.encode())  # noqa: S314 (our own text)
        names = {child.tag.rpartition("}")[2] for child in feed}
        assert {"id", "title", "updated", "author", "entry"} <= names


def test_fifty_stories_take_two_minutes() -> None:
    digest = EDITIONS["fifty"]()
    before = render_text(digest).partition("\nIn brief\n")[0]
    assert (len(digest.in_full), len(digest.briefs), digest.left_out) == (7, 15, 28)
    assert len(before.split()) <= 460


def test_a_large_digest_loses_detail_and_keeps_every_story() -> None:
    digest = EDITIONS["limits"]()
    page = render_html(digest)
    assert all(story.title[:40] in page for story in digest.stories)
    assert "May be blind to" in page


@pytest.mark.parametrize("full", [30, 200])
def test_a_digest_beyond_all_limits_says_what_it_leaves_out(full: int) -> None:
    digest = compose([swell(n) for n in range(700, 910)], replace(SUBSCRIPTION, full_stories=full))
    page = render_html(digest)
    assert len(page.encode()) < 100_000
    hidden = re.search(r">(\d+) stories of this digest had no room", page)
    assert hidden
    assert page.count(">Why<") == len(digest.stories) - int(hidden[1])
    assert len(render_slack(digest).blocks) <= 50
    told = [text for message in render_slack_thread(digest).details for text in _mrkdwn(message.blocks)]
    assert sum("Why: " in text for text in told) == full


def test_right_to_left_headlines_set_their_own_direction() -> None:
    page = render_html(EDITIONS["right-to-left"]())
    assert len(re.findall(r'<h3 dir="auto" lang="(?:ar|he)"', page)) == 2


def test_the_footer_says_how_to_change_and_stop_it_and_mail_can_do_it() -> None:
    digest = EDITIONS["one"]()
    footer = " ".join(render_text(digest).rpartition("--\n")[2].split())
    assert "edit [subscriptions.east-asia-morning] in DATELINE_HOME/seeds/subscriptions.toml" in footer
    assert footer.endswith("to stop it, run: dateline digest stop east-asia-morning")
    stop = "mailto:news@example.org?subject=stop"
    assert render_text(digest, unsubscribe=stop).endswith(f"Stop this digest: {stop}\n")
    assert f'href="{stop}"' in render_html(digest, unsubscribe=stop)
    assert "Stop this digest" not in render_html(digest)


_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_TEMPLATES = Path(__file__).parents[2] / "digests" / "templates"


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["inlined.css", "clients.css"])
def test_every_colour_can_be_read(theme: str) -> None:
    """WCAG 2.1 AA: text stands out from what is behind it by 4.5 to 1, in light and in dark."""
    css = (_TEMPLATES / theme).read_text(encoding="utf-8").partition("dark) {")[2 if theme == "clients.css" else 0]
    rules = {selector.strip(): dict(re.findall(r"([\w-]+): (#\w{6})", body)) for selector, body in _RULE.findall(css)}
    sheet = rules[".sheet"]["background-color"]
    unread = {".preview"} if theme == "inlined.css" else set()  # hidden
    for selector, colours in rules.items():
        if "color" in colours and selector not in unread:
            bright, dark = sorted(map(_luminance, (colours["color"], colours.get("background-color", sheet))))[::-1]
            assert (bright + 0.05) / (dark + 0.05) >= 4.5, selector


def test_a_digest_survives_json() -> None:
    digest = compose(morning_stories(), blind=(blind("a"), blind("b")))
    assert digest_from_json(digest_to_json(digest)) == digest
    with pytest.raises(ParseError, match="no stored digest"):
        digest_from_json(json.dumps({"subscription": "x"}))


_ODD = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["\ufffe\uffff", "\x1b[31m", "]]>", "\ud800", "&#0;", "\u2028", "``*_~"]
)


@settings(max_examples=60)
@given(st.lists(_ODD, min_size=1, max_size=3), _ODD)
def test_any_text_stays_text_in_any_form(titles: list[str], sentence: str) -> None:
    stories = [
        Story(n, (make_report(n, "pot", title, make_match(TAIWAN, 0.9, title, sentence, (("taiwan", title[:4]),))),))
        for n, title in enumerate(titles)
    ]
    digest = compose(stories)
    tree = html5lib.HTMLParser(strict=True).parse(render_html(digest))
    assert len(list(tree.iter(f"{_HTML}h3"))) == len(titles)
    plain = compose(
        [Story(n, (make_report(n, "pot", "x", make_match(TAIWAN, 0.9, "x", "", ())),)) for n in range(len(titles))]
    )
    headings = [
        token.type for token in MarkdownIt("commonmark").parse(render_markdown(digest)) if token.type == "heading_open"
    ]
    assert len(headings) == render_markdown(plain).count("\n#") + 1
    for part in re.findall(r"<\?xml.*?</feed>", FORMS["feeds.txt"](digest), re.DOTALL):
        fromstring(part.encode())  # noqa: S314 (our own text)
    for text in _mrkdwn(render_slack(digest).blocks):
        assert len(re.findall(r"<[^>]*>", text)) == text.count("https://pot.example/") <= 1
    assert digest_from_json(digest_to_json(digest)) == digest
    build_message(digest, "reader@example.org", "news@example.org", delivery_id="d").as_bytes().decode("ascii")
