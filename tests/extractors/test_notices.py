"""Pages with 200 that are no article: told by their phrases, or by what they do not say."""

from datetime import UTC, datetime

import pytest

from extractors.article import read_article
from news.articles import Quality, ReadingHints
from news.errors import ReadError

URL = "https://hanbit.example/news/envoys-met-12345"


def read_as(title: str, markup: str, quality: Quality = Quality.CAREFUL, text: str = "") -> str:
    hints = ReadingHints(datetime(2026, 1, 5, tzinfo=UTC), entry_title=title, entry_text=text)
    return read_article(markup.encode(), url=URL, hints=hints, quality=quality).text


@pytest.mark.parametrize("quality", [Quality.CAREFUL, Quality.QUICK])
@pytest.mark.parametrize(
    "markup",
    [
        "<title>One moment</title><div>Your browser is being checked. You will soon be led to the page you asked for.</div>",
        "<div id=app></div><p>To view this page, please switch JavaScript on.</p>",
        "<title>Denied</title><h1>Denied</h1><p>Your address may not look at this page. Your number is 18.2d.</p>",
        "<title>안내</title><h1>안내</h1><p>찾으시는 페이지가 없습니다. 주소를 다시 확인해 주시기 바랍니다.</p>",
    ],
)
def test_a_notice_is_no_article(markup: str, quality: Quality) -> None:
    for title in ("Envoys meet in Seoul over the islands", "외교장관들, 서울에서 <b>회담</b> 열어"):
        with pytest.raises(ReadError, match="says nothing of the article"):
            read_as(title, markup, quality)


OFFERS = "".join(f"<p>{each} of our reports for a year.</p>" for each in ("All", "Some", "Half", "None") * 4)


@pytest.mark.parametrize(
    ("title", "markup"),
    [
        ("", "<title>Just a moment...</title><p>Your connection is looked at before you can go on.</p>"),
        ("Boats halted", "<title>Hanbit</title><p>Please verify that you are human by a click below.</p>"),
        ("Envoys meet in Seoul", f"<title>Subscribe to read | Hanbit</title><h1>Subscribe to read</h1>{OFFERS}"),
        ("Envoys meet in Seoul", "<title>Envoys meet in Seoul</title><p>Please log in to read this report now.</p>"),
        (
            "Envoys meet in Seoul",
            "<title>한빛</title><p>요청하신 페이지를 찾을 수 없습니다. 주소를 다시 확인해 주세요.</p>",
        ),
        ("外交部長會談", "<title>页面不存在</title><article><p>您访问的页面不存在，请返回首页。</p></article>"),
        (
            "両国外相がソウルで会談",
            "<title>ページが見つかりません</title><article><p>移動したか、消されました。</p></article>",
        ),
    ],
)
@pytest.mark.parametrize("quality", [Quality.CAREFUL, Quality.QUICK])
def test_a_notice_is_known_by_what_it_says_whatever_was_announced(title: str, markup: str, quality: Quality) -> None:
    with pytest.raises(ReadError, match="says nothing of the article"):
        read_as(title, markup, quality)


@pytest.mark.parametrize("quality", [Quality.CAREFUL, Quality.QUICK])
def test_what_is_shown_without_scripts_is_no_text(quality: Quality) -> None:
    title = "Envoys meet in Seoul"
    with pytest.raises(ReadError, match="no article text"):
        read_as(title, f"<title>{title}</title><noscript>Our pages want scripts to run.</noscript><div></div>", quality)


def test_a_page_with_little_of_what_its_feed_tells_is_none() -> None:
    page = "<title>Envoys meet in Seoul</title><p>Envoys met. Become a friend of ours for the rest of the report.</p>"
    told = "<p>The envoys met for two hours in Seoul.</p>" * 40
    with pytest.raises(ReadError, match="a fraction of the text"):
        read_as("Envoys meet in Seoul", page, text=told)
    assert read_as("Envoys meet in Seoul", page, text=told[:450])  # a teaser, though it is longer than the page


@pytest.mark.parametrize(
    ("title", "markup"),
    [
        (
            "속보: 외교장관 회담 서울서 시작",
            "<title>속보: 외교장관 회담 서울서 시작</title><p>(끝) 사진은 이어서 보내 드립니다.</p>",
        ),
        ("Envoys meet in Seoul", "<title>Talks begin</title><p>Envoys of both states met in Seoul on Monday.</p>"),
        ("外交部長會談在首爾舉行", "<title>外交部长会谈在首尔举行</title><p>详细消息稍后播发。请继续关注。</p>"),
        ("Photo", "<title>The harbour at dawn</title><p>Boats leave the harbour at dawn, seen from the lock.</p>"),
        ("Envoys meet in Seoul over the islands", f"<p>{'The talks were long. ' * 20}</p>"),
        (
            "Explosion reported near central station",
            "<title>Gas leak blamed for blast</title><article><p>Three persons were taken to hospital.</p></article>",
        ),
        ("Xi meets South Korean president", "<title>习近平会见韩国总统</title><p>双方就共同关心的问题交换了意见。</p>"),
        (
            "Read the full story",
            "<title>Ferry halted</title><p>The boats between both islands lay still on Monday.</p>",
        ),
        ("続きを読む", "<title>本日の為替</title><p>円は対ドルで小幅に上昇した。</p>"),
        (
            "Won-dollar, KOSPI: closing figures",
            "<title>Markets at the close - Daily</title><h1>Markets at the close</h1><p>Turnover was light.</p>",
        ),
        (
            "Won-dollar, KOSPI: closing figures",
            '<script type="application/ld+json">{"@type": "NewsArticle"}</script><p>Turnover was light on Monday.</p>',
        ),
        ("외교장관들, 서울에서 회담 열어", f"<p>{'두 나라는 섬 문제를 논의하였다. ' * 8}</p>"),
        (
            "Envoys meet in Seoul",
            "<title>Envoys meet in Seoul</title><h1>Subscribe to read</h1><p>Envoys of both states met on Monday.</p>",
        ),
        (
            "Envoys meet in Seoul",
            "<title>Envoys meet in Seoul</title><p>Please enable JavaScript.</p><p>Envoys met in Seoul on Monday.</p>",
        ),
        ("삭제된 기사 논란", "<title>논란</title><p>삭제된 기사입니다라는 문구를 두고 논란이 일었다.</p>"),
        ("Robot maker fined", "<title>Fined</title><p>To verify that you are human, sites may ask for an iris.</p>"),
        ("Access denied to the border", "<title>Access denied</title><p>Nobody may pass since Monday.</p>"),
        ("", "<p>Boats leave the harbour at dawn, seen from the lock.</p>"),
    ],
)
def test_a_short_article_is_one(title: str, markup: str) -> None:
    assert read_as(title, markup)
