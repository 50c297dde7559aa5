from dataclasses import replace
from datetime import UTC, datetime

import pytest

from extractors.date_places import find_url_day
from extractors.dates import Dated, date_article
from extractors.moments import TimeReader
from extractors.page import Page
from news.articles import DateSource, ReadingHints

SEEN_AT = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
HINTS = ReadingHints(first_seen_at=SEEN_AT)
LINKED = '<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{}"}}</script>'
META = '<meta property="article:published_time" content="{}">'
PARAGRAPH = "<p>The council of Port Alder agreed on Thursday to widen the northern lock by four metres.</p>"


def date_page(
    markup: str, url: str = "https://example.org/a", hints: ReadingHints = HINTS, language: str = "en"
) -> Dated:
    return date_article(Page(f"<html><head>{markup}</head><body></body></html>"), url, hints, language=language)


def date_body(
    markup: str, *, hints: ReadingHints = HINTS, language: str = "en", url: str = "https://example.org/a"
) -> Dated:
    page = Page(f"<html><head><title>A lock</title></head><body><article>{markup}</article></body></html>")
    return date_article(page, url, hints, language=language)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2026-03-04T08:00:00+09:00", "UTC", "2026-03-03T23:00:00+00:00"),
        ("2026-03-04 08:00", "Asia/Seoul", "2026-03-03T23:00:00+00:00"),
        ("Wed, 04 Mar 2026 08:00:00 CST", "Asia/Shanghai", "2026-03-04T00:00:00+00:00"),
        ("Wed, 04 Mar 2026 08:00:00 CST", "America/Chicago", "2026-03-04T14:00:00+00:00"),
        ("입력 2026.03.04. 오후 2:05", "Asia/Seoul", "2026-03-04T05:05:00+00:00"),
        ("2026년 3월 4일 14:05", "Asia/Seoul", "2026-03-04T05:05:00+00:00"),
        ("2026年3月4日 14時05分", "Asia/Tokyo", "2026-03-04T05:05:00+00:00"),
        ("2026年03月04日14:05 来源：新华社", "Asia/Shanghai", "2026-03-04T06:05:00+00:00"),
        ("2026/03/04 14:05", "Asia/Taipei", "2026-03-04T06:05:00+00:00"),
        ("4. März 2026, 14:05 Uhr", "Europe/Berlin", "2026-03-04T13:05:00+00:00"),
        ("le 4 mars 2026 à 14:05", "Europe/Paris", "2026-03-04T13:05:00+00:00"),
        ("4 Mart 2026 14:05", "Europe/Istanbul", "2026-03-04T11:05:00+00:00"),
        ("4 марта 2026 14:05", "Europe/Moscow", "2026-03-04T11:05:00+00:00"),
        ("Mar. 4, 2026 2:05 p.m.", "UTC", "2026-03-04T14:05:00+00:00"),
        ("04.03.26 14:05", "UTC", "2026-03-04T14:05:00+00:00"),
        ("입력 26.03.04 14:05", "Asia/Seoul", "2026-03-04T05:05:00+00:00"),
        ("04.03.2026 14:05", "Asia/Seoul", "2026-03-04T05:05:00+00:00"),
        ("31.03.26 14:05", "Asia/Almaty", "2026-03-31T09:05:00+00:00"),
        ("입력 2026년 3월 4일 밤 11시 5분", "Asia/Seoul", "2026-03-04T14:05:00+00:00"),
        ("2026년 3월 4일 오후 3시", "Asia/Seoul", "2026-03-04T06:00:00+00:00"),
        ("2026年3月4日晚上8点30分", "Asia/Shanghai", "2026-03-04T12:30:00+00:00"),
        ("2026年3月4日 午後3時", "Asia/Tokyo", "2026-03-04T06:00:00+00:00"),
        ("March 4, 2026 at 1 PM", "UTC", "2026-03-04T13:00:00+00:00"),
        ("2026-03-04T1405", "Asia/Seoul", "2026-03-04T05:05:00+00:00"),
        ("令和8年3月4日 午後2時5分", "Asia/Tokyo", "2026-03-04T05:05:00+00:00"),
        ("令和八年三月四日14時05分", "Asia/Tokyo", "2026-03-04T05:05:00+00:00"),
        ("２０２６年３月４日　１４：０５", "Asia/Tokyo", "2026-03-04T05:05:00+00:00"),
        ("民國115年3月4日 下午2時5分", "Asia/Shanghai", "2026-03-04T06:05:00+00:00"),
        ("주체115(2026)년 3월 4일 14:05", "Asia/Pyongyang", "2026-03-04T05:05:00+00:00"),
        ("中華民國 115 年 3 月 4 日 14:05", "Asia/Taipei", "2026-03-04T06:05:00+00:00"),
        ("115-03-04 14:05", "Asia/Taipei", "2026-03-04T06:05:00+00:00"),
        ("115年3月4日 14:05", "Asia/Taipei", "2026-03-04T06:05:00+00:00"),
        ("二〇二六年三月四日 14:05", "Asia/Shanghai", "2026-03-04T06:05:00+00:00"),
        ("Wed Mar 04 14:05:00 CST 2026", "Asia/Shanghai", "2026-03-04T06:05:00+00:00"),
        ("Wed Mar  4 14:05:00 2026", "Asia/Shanghai", "2026-03-04T06:05:00+00:00"),
        ("20260304140500", "Asia/Shanghai", "2026-03-04T06:05:00+00:00"),
        ("1772611200", "UTC", "2026-03-04T08:00:00+00:00"),
    ],
)
def test_times_are_read_as_outlets_write_them(written: str, zone: str, expected: str) -> None:
    (moment,) = TimeReader(zone).read(written)
    assert (moment.at, moment.date_only) == (at(expected), False)


@pytest.mark.parametrize(
    "written",
    [
        "2026",
        "March 2026",
        "31.02.2026",
        "32 March 2026",
        "version 1.2.2026.3",
        "4 Foo 2026",
        "12:30",
        "",
        "١٢٣",
        "115-03-04",
        "八年三月四日",
    ],
)
def test_what_names_no_day_is_no_time(written: str) -> None:
    assert list(TimeReader("UTC").read(written)) == []


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-04",
        "20260304",
        "2026-03-04T00:00:00+09:00",
        "20260304T000000",
        "20260304000000",
        "4 March 2026",
        "令和8年3月4日",
    ],
)
def test_a_day_alone_says_so(written: str) -> None:
    (moment,) = TimeReader("Asia/Seoul").read(written)
    assert (moment.at, moment.date_only) == (at("2026-03-03T15:00:00+00:00"), True)


def test_a_date_with_slashes_is_read_as_the_country_writes_it() -> None:
    days = [next(TimeReader("UTC", month_first=first).read("02/03/2026")).at.month for first in (False, True)]
    assert days == [3, 2]
    assert next(TimeReader("UTC", month_first=True).read("25/02/2026")).at.day == 25


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://example.org/2026/03/04/lock", "2026-03-04"),
        ("https://example.org/2026/3/4/lock", "2026-03-04"),
        ("https://example.org/n1/2026/0304/c1001-2.html", "2026-03-04"),
        ("https://example.org/world/2026-03/04/c_112.htm", "2026-03-04"),
        ("https://example.org/view/AKR20260304012345001", "2026-03-04"),
        ("https://example.org/202603/t20260304_1234.html", "2026-03-04"),
        ("https://archive.example/web/20270101010101/https://example.org/2026/03/04/lock", "2026-03-04"),
        ("https://example.org/articles/194709-13-ways", None),
        ("https://example.org/news/20192020", None),
        ("https://example.org/2026/03/lock", None),
        ("https://example.org/energy/2026/03/260301-lock", "2026-03-01"),
        ("https://example.org/energy/2026/03/260401-lock", None),
    ],
)
def test_the_day_in_an_address(url: str, day: str | None) -> None:
    assert find_url_day(url) == day


def test_linked_data_counts_before_meta_and_meta_before_the_address() -> None:
    url = "https://example.org/2026/03/01/a"
    meta, linked = META.format("2026-03-02T10:00:00Z"), LINKED.format("2026-03-03T10:00:00Z")
    sources = [date_page(markup, url).source for markup in (meta + linked, meta, "")]
    assert sources == [DateSource.JSON_LD, DateSource.META, DateSource.URL]


def test_the_page_gives_the_time_of_day_to_the_day_of_the_address() -> None:
    dated = date_body(f"<p>Posted 4 March 2026, 14:05</p>{PARAGRAPH}", url="https://example.org/2026/03/04/a")
    assert (dated.at, dated.source, dated.date_only) == (at("2026-03-04T14:05:00+00:00"), DateSource.PAGE, False)


def test_the_line_above_the_text_counts_before_lines_elsewhere() -> None:
    dated = date_body(
        f"<div>Edition of 1 March 2026</div>{'<p>Menu</p>' * 20}<h1>A lock</h1><p>4 March 2026</p>{PARAGRAPH}"
    )
    assert (dated.at, dated.date_only) == (at("2026-03-04T00:00:00+00:00"), True)


@pytest.mark.parametrize(
    "markup",
    [
        '<span itemprop="datePublished" data-x="{}" content="2026-03-01">x</span>',
        '<template><p class="date" data-x="{}">1 March 2026</p></template>',
        '<template><p class="{} date">1 March 2026</p></template>',
    ],
)
def test_a_date_in_the_markup_is_looked_for_within_bounds_whose_square_time_grows_with(markup: str) -> None:
    sources = [date_body(markup.format("x" * length)).source for length in (100, 600)]
    assert sources == [DateSource.PAGE, DateSource.FIRST_SEEN]


def test_a_meta_value_that_may_be_the_last_change_counts_after_what_the_page_shows() -> None:
    vague = '<meta name="dcterms.date" content="2026-03-04">'
    shown = date_page(f'{vague}<p>x</p><time datetime="2026-03-01T08:00:00Z">1 March</time>')
    assert (shown.at.day, shown.source) == (1, DateSource.PAGE)
    assert (date_page(vague).at.day, date_page(vague).source) == (4, DateSource.META)


def test_what_is_called_published_counts_before_the_times_of_comments() -> None:
    comment = '<footer><time datetime="2026-03-04T10:00:00Z">yesterday</time></footer>'
    dated = date_body(f"<h1>A lock</h1><p>Posted on 1 March 2026</p>{PARAGRAPH}{comment}")
    assert dated.at == at("2026-03-01T00:00:00+00:00")


def test_a_line_that_tells_only_when_counts_before_lines_that_quote_a_date() -> None:
    quoted = "<p>Journal of Locks, volume 3, pages 260 to 264, 15 January 2026</p>"
    dated = date_body(f"{PARAGRAPH * 5}{quoted}<p>Updated 1 March 2026</p>")
    assert dated.at == at("2026-03-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "written",
    ["平成31年3月4日", "民國108年3月4日", "108年3月4日", "108/03/04", "２０１９年３月４日", "二〇一九年三月四日"],
)
def test_a_line_with_a_year_of_another_count_is_found_anywhere_on_a_page(written: str) -> None:
    dated = date_body(f"{PARAGRAPH * 5}<p>{written}</p>", hints=replace(HINTS, zone="Asia/Taipei"))
    assert (dated.at, dated.source) == (at("2019-03-03T16:00:00+00:00"), DateSource.PAGE)


def test_the_outlets_zone_counts_before_the_languages() -> None:
    markup = f"<p>2026年3月4日 08:00</p><p>{'港口委员会周四同意把北部船闸加宽四米。' * 3}</p>"
    assert date_body(markup, language="zh-Hans").at == at("2026-03-04T00:00:00+00:00")
    hints = replace(HINTS, zone="America/New_York")
    assert date_body(markup, language="zh-Hans", hints=hints).at == at("2026-03-04T13:00:00+00:00")


def test_a_future_date_is_noted_and_the_next_source_used() -> None:
    dated = date_page(LINKED.format("2026-04-01T10:00:00Z") + META.format("2026-03-04T10:00:00Z"))
    assert (dated.at, dated.source) == (at("2026-03-04T10:00:00+00:00"), DateSource.META)
    assert dated.notes == ("the date 2026-04-01 10:00 UTC (json-ld) is in the future and was not used",)
    assert dated.confidence < date_page(META.format("2026-03-04T10:00:00Z")).confidence


def test_a_date_before_the_web_is_not_used() -> None:
    dated = date_page(META.format("1971-01-01T10:00:00Z"))
    assert dated.source is DateSource.FIRST_SEEN
    assert "older than the web" in dated.notes[0]


@pytest.mark.parametrize(
    ("written", "url", "note"),
    [
        ("Published: 2027-01-05 10:00", "/a", "the date 2027-01-05 10:00 UTC (page) is in the future"),
        ("Published: 2026-02-31 10:00", "/a", "the date 'Published: 2026-02-31 10:00' (page) is impossible"),
        ("公開：令和8年2月31日", "/a", "the date '公開：令和8年2月31日' (page) is impossible"),
        ("Harbour", "/2026/02/31/a", "the date '2026-02-31' (url) is impossible"),
    ],
)
def test_a_date_that_a_page_shows_as_its_own_or_its_address_holds_is_noted_when_it_is_none(
    written: str, url: str, note: str
) -> None:
    dated = date_body(f"<p>{written}</p>{PARAGRAPH}", url=f"https://example.org{url}")
    assert dated.source is DateSource.FIRST_SEEN
    assert any(said.startswith(note) for said in dated.notes)


@pytest.mark.parametrize("line", ["The council meets on 2027-01-05", "Chapter 2026-02-31", "Posted by Ann"])
def test_other_dates_of_a_page_are_not_claims_of_its_own(line: str) -> None:
    (note,) = date_body(f"<p>{line}</p>{PARAGRAPH}").notes
    assert note.startswith("no date was found")


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-31T10:00:00Z",
        "2026-13-45",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "2026-03-04T10:00:00+99:00",
        "{{ date }}",
    ],
)
@pytest.mark.parametrize("claim", [LINKED, META])
def test_a_claimed_date_that_is_none_is_noted(claim: str, written: str) -> None:
    source = DateSource.META if claim is META else DateSource.JSON_LD
    dated = date_page(claim.format(written))
    assert dated.source is DateSource.FIRST_SEEN
    assert f"the date {written!r} ({source}) is impossible or cannot be read, and was not used" in dated.notes


def test_only_what_was_tried_before_the_date_that_is_used_is_noted() -> None:
    broken = '<meta name="pubdate" content="2026-02-31">'
    assert date_page(META.format("2026-03-04T10:00:00Z") + broken).notes == ()
    later = date_page(broken, url="https://example.org/2026/03/04/a")
    assert later.source is DateSource.URL
    assert later.notes == ("the date '2026-02-31' (meta) is impossible or cannot be read, and was not used",)
    assert later.confidence < 0.95
    hints = replace(HINTS, entry_published_at=at("2026-03-04T10:00:00+00:00"))
    assert date_page(broken, hints=hints).notes == ()
    vague = '<meta name="date" content="2026-02-31">'
    assert date_page(vague).notes[-1] == later.notes[0]
    assert date_page(vague, url="https://example.org/2026/03/04/a").notes == ()


def test_without_any_date_the_time_of_first_sight_is_used_and_said() -> None:
    dated = date_page("")
    assert (dated.at, dated.source) == (SEEN_AT, DateSource.FIRST_SEEN)
    assert dated.notes == ("no date was found; this is when the article was first seen",)


def test_a_stale_date_is_used_and_noted() -> None:
    dated = date_page(META.format("2024-03-04T10:00:00Z"))
    assert dated.source is DateSource.META
    assert dated.notes == ("its date, 2024-03-04, is 730 days before it was first seen",)


def test_the_feed_counts_first_and_is_held_against_the_page() -> None:
    hints = replace(HINTS, entry_published_at=at("2026-03-04T10:00:00+00:00"))
    agreeing = date_page(LINKED.format("2026-03-04T08:00:00Z"), hints=hints)
    assert (agreeing.source, agreeing.at, agreeing.notes) == (DateSource.FEED, hints.entry_published_at, ())
    other = date_page(LINKED.format("2026-02-20T08:00:00Z"), hints=hints)
    assert other.notes == ("the feed says 2026-03-04, the page 2026-02-20 (json-ld)",)


def test_a_stale_date_of_the_feed_is_noted_whatever_the_page_says() -> None:
    hints = replace(HINTS, entry_published_at=at("2024-03-04T10:00:00+00:00"))
    stale = "its date, 2024-03-04, is 730 days before it was first seen"
    alone = date_page("", hints=hints)
    assert (alone.source, alone.notes) == (DateSource.FEED, (stale,))
    against = date_page(META.format("2026-03-04T10:00:00Z"), hints=hints)
    assert against.notes == ("the feed says 2024-03-04, the page 2026-03-04 (meta)", stale)
    assert against.confidence == alone.confidence < 0.95


def test_an_update_counts_only_after_publication() -> None:
    later = (
        META.format("2026-03-04T10:00:00Z") + '<meta property="article:modified_time" content="2026-03-04T12:00:00Z">'
    )
    assert date_page(later).updated_at == at("2026-03-04T12:00:00+00:00")
    assert date_page(later.replace("12:00", "09:00")).updated_at is None


def test_a_feed_that_announces_a_change_does_not_make_the_article_younger() -> None:
    hints = replace(HINTS, entry_published_at=at("2026-03-04T12:00:30+00:00"))
    changed = '<meta property="article:modified_time" content="2026-03-04T12:00:00Z">'
    dated = date_page(META.format("2026-02-20T10:00:00Z") + changed, hints=hints)
    assert (dated.at, dated.source) == (at("2026-02-20T10:00:00+00:00"), DateSource.META)
    assert dated.updated_at == at("2026-03-04T12:00:00+00:00")


@pytest.mark.parametrize(
    ("announced", "claimed", "expected"),
    [
        ("2026-03-03T15:00:00+00:00", "2026-03-04T14:05:00+09:00", ("2026-03-04T05:05:00+00:00", "json-ld", False)),
        ("2026-03-04T00:00:00+00:00", "2026-03-04T14:05:00+09:00", ("2026-03-04T05:05:00+00:00", "json-ld", False)),
        ("2026-03-03T15:00:00+00:00", "2026-03-03T14:05:00+09:00", ("2026-03-03T15:00:00+00:00", "feed", True)),
        ("2026-03-03T15:00:00+00:00", "2026-03-04", ("2026-03-03T15:00:00+00:00", "feed", True)),
        ("2026-03-04T00:00:00+00:00", "", ("2026-03-04T00:00:00+00:00", "feed", False)),
        ("2026-03-04T01:00:00+00:00", "2026-03-04T14:05:00+09:00", ("2026-03-04T01:00:00+00:00", "feed", False)),
    ],
)
def test_a_feed_s_day_alone_gives_way_to_the_page_s_time_on_it(
    announced: str, claimed: str, expected: tuple[str, str, bool]
) -> None:
    hints = replace(HINTS, zone="Asia/Seoul", entry_published_at=at(announced))
    dated = date_page(LINKED.format(claimed), hints=hints)
    assert (dated.at.isoformat(), dated.source, dated.date_only) == expected
