"""The ten digests whose renderings are kept, and every form they are rendered in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import timedelta

from digests.channels.email import build_message
from digests.feeds import render_atom, render_json_feed, to_items
from digests.render import render_html, render_markdown, render_slack, render_slack_thread, render_text
from news.digests import Digest
from news.stories import Story, ToldState
from news.topics import Match
from tests.digests import samples
from tests.digests.samples import JAPAN, NOW, SUMMITRY, TAIWAN, blind, compose, make_match, make_report

HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(1)> </style></td></table> {{ 7*7 }} {% raw %}'
LONG = "A very long headline that says the same thing again and again without ever coming to its end, " * 6


def make_empty() -> Digest:
    return compose([], blind=(blind("Tamsui Times"),))


def make_one() -> Digest:
    return compose([samples.summit_story()], number=1, first=True)


def make_fifty() -> Digest:
    stories = [samples.summit_story(), samples.strait_story(), samples.japan_story(), samples.ledger_story()]
    return compose(
        [*stories, *_talks(3), *samples.brief_stories(43)], blind=(blind("Tamsui Times"), blind("Yanjing Finance"))
    )


def _talks(count: int) -> list[Story]:
    """Stories in English with long sentences and several outlets: the wordiest that a digest can hold in full."""
    stories = []
    for n in range(count):
        title = f"Ministers from Seoul and Beijing sign accord {n + 2} of more than ten on trade and climate change"
        sentence = (
            "The agreements, which officials on both sides had prepared since the autumn meeting, cover customs checks, "
            "supply chains, young companies and the climate, and South Korea hopes that they will outlast the summit."
        )
        match = make_match(SUMMITRY, 0.9, title, sentence, (("korea", "South Korea"), ("china", "Beijing")))
        reports = [
            make_report(300 + 10 * n + k, outlet, title, match, hours=6 + k)
            for k, outlet in enumerate(("seo", "vic", "pot", "pac"))
        ]
        stories.append(Story(300 + n, tuple(reports)))
    return stories


def make_four_languages() -> Digest:
    readers = replace(samples.SUBSCRIPTION, languages=("en", "ko"), zone="Asia/Seoul")
    return compose([samples.strait_story(), samples.japan_story(), *samples.brief_stories(5)], readers)


def make_surge() -> Digest:
    return compose([samples.summit_story(surge="three times the usual volume of China and South Korea")])


def make_change_only() -> Digest:
    told = ToldState(
        digest_number=41,
        told_at=NOW - timedelta(hours=6),
        reports=2,
        origins=2,
        press_systems=("south-korea", "prc-state", "wire", "hong-kong"),
        entities=("lee", "visit"),
    )
    story = samples.summit_story(told=told)
    revised = replace(story.reports[2], revised_at=NOW - timedelta(hours=1))
    removed = replace(story.reports[1], removed_at=NOW - timedelta(hours=2))
    return compose([replace(story, reports=(story.reports[0], removed, revised, *story.reports[3:]))])


def make_long_headlines() -> Digest:
    chinese = "兩岸關係與區域情勢研討會今日登場，各方學者就相關議題交換意見並提出多項建議，" * 6
    return compose(
        [
            _single(401, LONG, "pot", TAIWAN),
            _single(402, chinese, "tam", TAIWAN),
            _single(403, "한" * 200, "han", JAPAN),
        ]
    )


def _single(
    number: int, title: str, outlet: str, topic: str, url: str | None = None, language: str | None = None
) -> Story:
    match = make_match(topic, 0.9, title, f"{title} and more", (("taiwan", title[:6]),))
    return Story(number, (make_report(number, outlet, title, match, url=url, language=language),))


def make_hostile() -> Digest:
    subscription = replace(samples.SUBSCRIPTION, title=f"Morning {HOSTILE}")
    stories = [
        _single(501, HOSTILE, "pot", TAIWAN, url="javascript:alert(1)"),
        _single(502, "Line one\r\nBcc: all@example.org\x00 and \u202eback\u202c", "pac", TAIWAN),
        _single(
            503,
            "*bold* _under_ ~gone~ `code` <!channel> <@U1> <https://evil.example|here> & | [x](javascript:1)",
            "vic",
            JAPAN,
        ),
        _single(504, "# Heading\n- list\n> quote", "seo", JAPAN, url='https://seo.example/"><b>|x>)'),
    ]
    return compose(stories, subscription, blind=(blind(HOSTILE, HOSTILE),))


def make_right_to_left() -> Digest:
    return compose(
        [
            _single(601, "قمة في بكين بين الصين وكوريا الجنوبية (2026)", "pac", SUMMITRY, language="ar"),
            _single(602, "פגישה בבייג'ינג: 10 הסכמים ייחתמו", "pac", SUMMITRY, language="he"),
            _single(603, "Taiwan says العربية stays in one line", "vic", TAIWAN),
        ]
    )


def make_limits() -> Digest:
    """Everything at its limit: as many stories as fit, each with the longest of everything."""
    return compose(
        [swell(700 + n) for n in range(40)], blind=tuple(blind(f"Silent source number {n}") for n in range(30))
    )


def swell(number: int) -> Story:
    """Make a story at every limit."""
    title = f"{number} {LONG}"
    url = f"https://long.example/{number}/" + "p" * 900
    words = tuple(
        (f"e{n}", word) for n, word in enumerate(("headline", "same", "thing", "again", "without", "coming", "end"))
    )

    def match(outlet: str) -> Match:
        return make_match(SUMMITRY, 0.9, title, f"{outlet} {LONG}", words)

    reports = [
        make_report(number * 100 + n, outlet, title, match(outlet), url=f"{url}{n}", language="vi")
        for n, outlet in enumerate(samples.OUTLETS)
    ]
    return Story(number, tuple(reports), surge="ten times the usual volume " * 4)


EDITIONS: Mapping[str, Callable[[], Digest]] = {
    "empty": make_empty,
    "one": make_one,
    "fifty": make_fifty,
    "four-languages": make_four_languages,
    "surge": make_surge,
    "change-only": make_change_only,
    "long-headlines": make_long_headlines,
    "hostile": make_hostile,
    "right-to-left": make_right_to_left,
    "limits": make_limits,
}


def render_mail_headers(digest: Digest) -> str:
    """Render what mail adds to the page and the text: its headers, as they go over the wire."""
    message = build_message(digest, "reader@example.org", "Dateline <news@example.org>", delivery_id=digest.id)
    return message.as_bytes().partition(b"\r\n\r\n")[0].decode("ascii")


def render_feeds(digest: Digest) -> str:
    """Render a digest's topics as Atom, one after the other, and as JSON Feed."""
    titles = {story.topic: story.topic_title for story in digest.stories}
    items = {topic: to_items(digest, topic) for topic in titles}
    atom = [render_atom(topic, title, items[topic]) for topic, title in titles.items()]
    return "\n".join([*atom, *(render_json_feed(title, items[topic]) for topic, title in titles.items())])


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


FORMS: Mapping[str, Callable[[Digest], str]] = {
    "html": render_html,
    "txt": render_text,
    "md": render_markdown,
    "slack.json": lambda digest: _dump(asdict(render_slack(digest))),
    "slack-thread.json": lambda digest: _dump(asdict(render_slack_thread(digest))),
    "headers.txt": render_mail_headers,
    "feeds.txt": render_feeds,
}
