"""Listing pages: each declared primary source on a page of our own with its structure, and pages that have changed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.listing import parse_listing
from news.errors import ParseError
from news.sources import Feed, FeedKind, ParsedFeed
from seeds.declarations import load_declarations

SEEDS = load_declarations(Path(__file__).resolve().parents[2] / "seeds", None)
LISTINGS = {feed.id: feed for feed in SEEDS.feeds.values() if feed.kind is FeedKind.LISTING}

# What stands around every list: a menu, and a footer with a date that belongs to nothing.
BEFORE = '<!DOCTYPE html><html><head><title>Office</title></head><body><nav><a href="/">Home</a><a href="/news/">News</a></nav>'
BEHIND = '<footer><a href="/sitemap">Site map</a> last changed 2001-01-01</footer></body></html>'


@dataclass(frozen=True)
class Page:
    """A list of two items dated 5 and 4 January 2026, as a site writes it; `links` as they read when absolute."""

    body: str
    links: tuple[str, str]


def china(path: str, suffix: str, url: str) -> Page:
    """`.../202601/t20260105_11.html` below the list's own address, the date in a span behind the link."""
    items = "".join(
        f'<li><a href="./202601/t2026010{day}_1180{day}.{suffix}" target="_blank">Item {day}</a>'
        f"<span>（2026-01-0{day}）</span></li>"
        for day in (5, 4)
    )
    return Page(
        f'<ul class="{path}">{items}</ul>',
        (f"{url}202601/t20260105_11805.{suffix}", f"{url}202601/t20260104_11804.{suffix}"),
    )


def defence(section: str) -> Page:
    """Pictures and headlines that lead to the same page, by a number, the time in a small tag."""
    items = "".join(
        f'<li><a href="{number}.html"><img src="x.jpg"></a><h3><a href="{number}.html">Item {day}</a></h3>'
        f"<small>2026-01-0{day} 16:30</small></li>"
        for number, day in ((16430005, 5), (16430004, 4))
    )
    base = f"http://www.mod.gov.cn/gfbw/xwfyr/{section}"
    return Page(f'<ul id="main-news-list">{items}</ul>', (f"{base}/16430005.html", f"{base}/16430004.html"))


def korean_board(board: str) -> Page:
    """A table: number, title, department, date."""
    rows = "".join(
        f'<tr><td>{day}</td><td class="al"><a href="./view.do?seq=37{day}&amp;page=1">Item {day}</a></td>'
        f"<td>Division</td><td>2026-01-0{day}</td></tr>"
        for day in (5, 4)
    )
    base = f"https://www.mofa.go.kr/{board}/view.do?seq=37"
    return Page(f"<table><tbody>{rows}</tbody></table>", (f"{base}5&page=1", f"{base}4&page=1"))


def minister_board(url: str) -> Page:
    """A table in which another date stands before the one that counts; addresses are a query alone."""
    rows = "".join(
        f'<tr><td>{day}</td><td><a href="?mode=view&amp;articleNo=20260{day}">Item {day}</a></td>'
        f"<td>2019.12.31</td><td>2026.01.0{day}</td></tr>"
        for day in (5, 4)
    )
    links = (f"{url}?mode=view&articleNo=202605", f"{url}?mode=view&articleNo=202604")
    return Page(f"<table><tbody>{rows}</tbody></table>", links)


def japanese_list(path: str) -> Page:
    """A definition list: the date of a group in `dt`, its links in `dd`, in the emperor's years."""
    groups = "".join(
        f'<dt class="list-title">令和8年1月{day}日</dt>'
        f'<dd><ul class="link-list"><li><a href="{path}_00{day}.html">Item {day}</a></li></ul></dd>'
        for day in (5, 4)
    )
    base = f"https://www.mofa.go.jp{path}"
    return Page(f'<dl class="title-list">{groups}</dl>', (f"{base}_005.html", f"{base}_004.html"))


def taiwanese_table(host: str, query: str) -> Page:
    """A table of Taiwan's government template: the full title in an attribute, the date in the Republic's years."""
    rows = "".join(
        f"<tr><td><span>{day}</span></td>"
        f'<td><a href="News_Content.aspx?{query}&amp;s=990{day}" title="Item {day}">Item {day}...</a></td>'
        f"<td><span>115-01-0{day}</span></td></tr>"
        for day in (5, 4)
    )
    base = f"https://{host}/News_Content.aspx?{query}&s=990"
    return Page(f"<table><tbody>{rows}</tbody></table>", (f"{base}5", f"{base}4"))


def cards(path: str, host: str, *, date: str) -> Page:
    """Boxes in which all is one link: title and date."""
    boxes = "".join(
        f'<div class="card"><a href="{path}{day}"><p class="title">Item {day}</p>'
        f'<p class="date">{date.format(day)}</p></a></div>'
        for day in (5, 4)
    )
    return Page(f'<div class="list">{boxes}</div>', (f"{host}{path}5", f"{host}{path}4"))


MFA, TAO = "https://www.mfa.gov.cn", "http://www.gwytb.gov.cn"
PAGES = {
    "china-mfa-press-conferences-en": china("list1", "html", f"{MFA}/eng/xw/fyrbt/lxjzh/"),
    "china-mfa-news-en": china("list1", "html", f"{MFA}/eng/xw/zyxw/"),
    "china-mfa-press-conferences": china("list1", "shtml", f"{MFA}/web/fyrbt_673021/jzhsl_673025/"),
    "china-mfa-answers": china("list1", "shtml", f"{MFA}/web/fyrbt_673021/dhdw_673027/"),
    "china-mnd-press-conferences": defence("lxjzh_246940"),
    "china-mnd-answers": defence("fyrthhdjzw"),
    "china-mnd-monthly": defence("yzxwfb"),
    "china-tao-press-conferences": china("scviewlist", "htm", f"{TAO}/xwdt/xwfb/xwfbh/"),
    "china-tao-statements": china("scviewlist", "htm", f"{TAO}/xwdt/xwfb/wyly/"),
    "china-state-council-en": cards(
        "/news/202601/05/content_WS69", "https://english.www.gov.cn", date="January {}, 2026"
    ),
    "korea-president-briefings": cards("/newsroom/briefing/Ab", "https://www.president.go.kr", date="2026.01.0{}"),
    "korea-prime-minister-press-releases": minister_board("https://www.opm.go.kr/opm/news/press-release.do"),
    "korea-mofa-press-releases": korean_board("www/brd/m_4080"),
    "korea-mofa-press-releases-en": korean_board("eng/brd/m_5676"),
    "japan-mofa-press-releases": japanese_list("/mofaj/press/release/pressit"),
    "japan-mofa-press-conferences": japanese_list("/mofaj/press/kaiken/kaiken24"),
    "taiwan-executive-yuan-news": cards("/Page/9277F759E41CCD91/b", "https://www.ey.gov.tw", date="115-01-0{}"),
    "taiwan-mofa-press-releases": taiwanese_table("www.mofa.gov.tw", "n=95&sms=73"),
    "taiwan-mac-press-releases": taiwanese_table("www.mac.gov.tw", "n=05B73310C5C3A632&sms=1A40B00E4C745211"),
    "taiwan-mnd-activity": cards("/news/plaact/850", "https://www.mnd.gov.tw", date="115/01/0{}"),
    "taiwan-mnd-press-releases": cards("/news/pressrelease/850", "https://www.mnd.gov.tw", date="115/01/0{}"),
}


def parse(feed: Feed, body: str) -> ParsedFeed:
    return parse_listing(
        (BEFORE + body + BEHIND).encode(),
        url=feed.url,
        link_selector=feed.link_selector or "",
        date_selector=feed.date_selector,
        zone=SEEDS.outlets[feed.outlet].zone,
    )


def test_every_declared_listing_has_a_page_here() -> None:
    assert set(PAGES) == set(LISTINGS)


@pytest.mark.parametrize("feed_id", sorted(LISTINGS))
def test_a_primary_source_is_read_like_a_feed(feed_id: str) -> None:
    feed, page = LISTINGS[feed_id], PAGES[feed_id]
    parsed = parse(feed, page.body)
    zone = ZoneInfo(SEEDS.outlets[feed.outlet].zone)
    assert [entry.link for entry in parsed.entries] == list(page.links)
    assert [entry.title for entry in parsed.entries] == ["Item 5", "Item 4"]
    days = [entry.published_at and entry.published_at.astimezone(zone).date().isoformat() for entry in parsed.entries]
    assert days == ["2026-01-05", "2026-01-04"]


@pytest.mark.parametrize("feed_id", sorted(LISTINGS))
def test_a_primary_source_that_was_rebuilt_is_reported(feed_id: str) -> None:
    with pytest.raises(ParseError, match=r"finds nothing on a web page \(title 'Office'\); has the site changed\?"):
        parse(LISTINGS[feed_id], "<ul><li><a href='/somewhere/else'>Item</a></li></ul>")


def read(body: str, *, selector: str = "a", dates: str | None = None) -> list[tuple[str | None, str, datetime | None]]:
    parsed = parse_listing(
        body.encode(), url="https://example.org/list/", link_selector=selector, date_selector=dates, zone="Asia/Seoul"
    )
    return [
        (entry.link, entry.title, entry.published_at and entry.published_at.astimezone(ZoneInfo("Asia/Seoul")))
        for entry in parsed.entries
    ]


def titles(body: str) -> list[str]:
    return [title for _, title, _ in read(body)]


def test_a_date_in_a_title_stays_there() -> None:
    assert titles("<p><a href=1>2026年1月5日外交部例行记者会</a></p><p><a href=2>On the 2025-09-03 parade</a></p>") == [
        "2026年1月5日外交部例行记者会",
        "On the 2025-09-03 parade",
    ]


def test_a_date_that_the_title_speaks_of_is_not_its_own() -> None:
    assert [
        at for *_, at in read("<ul><li><a href=1>On the 2025-09-03 parade</a></li><li><a href=2>b</a></li></ul>")
    ] == [None, None]


def test_a_date_beside_counts_more_than_one_inside() -> None:
    (_, _, at), _ = read("<li><a href=1>2025-09-03 parade</a> 2026-01-05</li><li><a href=2>b</a></li>")
    assert at == datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Seoul"))


def test_a_time_of_day_is_read_in_the_outlets_zone() -> None:
    ((_, _, at),) = read("<li><a href=1>a</a> 2026.01.05 09:30</li>")
    assert at == datetime(2026, 1, 5, 9, 30, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.mark.parametrize(
    "link",
    [
        "<span>2026-01-05</span><span>Talks</span>",
        "Talks<span>（2026-01-05）</span>",
        "Talks（<span>2026-01-05</span>）",
        "（<i>2026-01-05</i>）Talks",
        "Talks （ 2026-01-05 ）",
        "【2026-01-05】 Talks",
        "Talks [Jan 05, 2026]",
    ],
)
def test_a_date_that_stands_apart_leaves_a_title_with_its_brackets(link: str) -> None:
    (_, title, at), _ = read(f"<li><a href=1>{link}</a></li><li><a href=2>b</a></li>")
    assert (title, at) == ("Talks", datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Seoul")))


def test_a_date_written_into_a_title_is_read_and_stays() -> None:
    title = "会見記録（令和8年1月6日（火曜日）14時30分）"
    (_, found, at), _ = read(f"<li><a href=1>{title}</a></li><li><a href=2>b</a></li>")
    assert (found, at) == (title, datetime(2026, 1, 6, 14, 30, tzinfo=ZoneInfo("Asia/Seoul")))


@pytest.mark.parametrize("date", ["Jan 05, 2026", "JAN 05 2026", "Posted:Jan 05,2026", "05-Jan-2026", "5 January 2026"])
def test_english_dates_are_read(date: str) -> None:
    (_, _, at), _ = read(f"<li><a href=1>a</a><b>{date}</b></li><li><a href=2>b</a></li>")
    assert at == datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.mark.parametrize(
    "written",
    [
        "March 1, 2026 3:05 PM",
        "March 1, 2026 at 3:05 p.m.",
        "1 March 2026 03:05pm",
        "2026-03-01 PM 03:05",
        "2026.3.1. 15:05",
        "2026. 3. 1. 오후 3:05",
        "2026. 3. 1. (일) 15:05",
        "2026-03-01T15:05:00",
        "2026-03-01T06:05Z",
        "2026-03-01 09:05:00 +0300",
        "2026-03-01T01:05:00.000-05:00",
        "2026-03-01 15:05-16:35",
    ],
)
def test_a_time_of_day_is_read_whole(written: str) -> None:
    at = datetime(2026, 3, 1, 15, 5, tzinfo=ZoneInfo("Asia/Seoul"))
    assert [found for *_, found in read(f"<li><a href=1>a</a> {written}</li>")] == [at]


def test_a_date_with_a_time_of_day_leaves_a_title_whole() -> None:
    assert titles("<a href=1>Talks 2026.3.1. 15:05</a><a href=2>Mar 1, 2026 3:05 PM Talks</a>") == ["Talks", "Talks"]


def test_a_long_run_of_blanks_behind_a_date_does_not_hold_a_listing_up() -> None:
    assert titles(f"<a href=1>2026-03-01{' ' * 200_000}Talks</a>") == ["Talks"]  # it took minutes


@pytest.mark.parametrize("selector", [None, "time", ".when"])
@pytest.mark.parametrize(
    ("stamp", "text", "hour"),
    [
        ("2026-03-01T15:05:00+09:00", "3 hours ago", 15),
        ("2026-03-01T06:05Z", "Mar 1, 2026", 15),
        ("2026-03-01", "2026.3.1. 16:05", 16),
        ("2026-03-01T00:00:00Z", "2026.3.1. 16:05", 16),
        ("PT3H", "2026.3.1. 16:05", 16),
    ],
)
def test_a_date_in_an_attribute_counts_where_it_is_more_exact(
    selector: str | None, stamp: str, text: str, hour: int
) -> None:
    row = f'<li><a href=1>a</a><p class=when>by A <time datetime="{stamp}">{text}</time></p></li>'
    ((_, _, at),) = read(row, dates=selector)
    assert at == datetime(2026, 3, 1, hour, 5, tzinfo=ZoneInfo("Asia/Seoul"))


def test_a_number_and_a_year_are_no_date() -> None:
    assert [at for *_, at in read("<li><a href=1>The Group 20 2025 talks</a></li><li><a href=2>b</a></li>")] == [
        None,
        None,
    ]


def test_elements_side_by_side_are_words_of_their_own_and_those_inside_a_word_are_not() -> None:
    assert titles("<a href=1><b>Talks</b><i>today</i></a><a href=2>Ko<b><i>re</i></b>a</a>") == ["Talks today", "Korea"]


def test_a_heading_inside_a_link_is_its_title() -> None:
    assert titles("<a href=1><h3>Talks &lt;today&gt;</h3><p>A long teaser about the talks.</p></a>") == [
        "Talks <today>"
    ]


def test_a_cut_title_is_taken_from_its_attribute() -> None:
    assert titles('<a href=1 title="Talks in Seoul">Talks i…</a><a href=2 title="x">Whole</a>') == [
        "Talks in Seoul",
        "Whole",
    ]


def test_a_selector_may_find_what_holds_the_link_or_stands_inside_it() -> None:
    body = "<div class=x><a href=1>one</a></div><a href=2><b class=x>two</b></a><div class=x>none</div><a class=x>no address</a>"
    assert [link for link, *_ in read(body, selector=".x")] == [
        "https://example.org/list/1",
        "https://example.org/list/2",
    ]


def test_links_that_lead_to_no_page_are_left_out() -> None:
    body = "<a href='javascript:x()'>a</a><a href='mailto:x@example.org'>b</a><a href='http://[x'>c</a><a href='1#top'>d</a>"
    assert [link for link, *_ in read(body)] == ["https://example.org/list/1"]


def test_pages_say_their_encoding_and_their_base() -> None:
    page = '<meta charset="euc-kr"><base href="/other/"><a href="1">회담</a>'
    (entry,) = parse_listing(page.encode("cp949"), url="https://example.org/list/", link_selector="a").entries
    assert (entry.link, entry.title) == ("https://example.org/other/1", "회담")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "this page is empty"),
        ("<title>Scheduled maintenance</title>", "the link selector 'a' finds nothing on a maintenance page"),
        ("<title>Sign in</title>", "the link selector 'a' finds nothing on a login page"),
    ],
)
def test_a_page_without_links_is_named(body: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read(body)


def test_a_wrong_selector_is_said() -> None:
    with pytest.raises(ParseError, match="'a\\[' is no CSS selector"):
        read("<a href=1>a</a>", selector="a[")


@given(st.binary())
def test_no_bytes_break_it(body: bytes) -> None:
    try:
        parsed = parse_listing(b"<a href='" + body, url="https://example.org/", link_selector="a", zone="Asia/Taipei")
    except ParseError:
        return
    assert all(entry.link for entry in parsed.entries)


@pytest.mark.parametrize(("selector", "is_problem"), [(".day", True), (".date", False), (None, False)])
def test_a_date_selector_that_finds_nothing_is_a_problem(selector: str | None, is_problem: bool) -> None:
    rows = "<ul><li><a href=/1>One</a><i class=date>2024-03-01</i></li><li><a href=/2>Two</a><i class=day>soon</i></li></ul>"
    parsed = parse_listing(rows.encode(), url="https://example.org/", link_selector="a", date_selector=selector)
    problem = "the date selector '.day' finds no date in any of 2 rows"
    assert parsed.problems == ((problem,) if is_problem else ())
