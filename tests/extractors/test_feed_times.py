from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.feed_times import parse_feed_time


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Fri, 01 Mar 2024 09:30:00 +0900", utc(2024, 3, 1, 0, 30)),
        ("Fri, 1 Mar 2024 09:30:00 GMT", utc(2024, 3, 1, 9, 30)),
        ("01 Mar 2024 09:30:00 -0130", utc(2024, 3, 1, 11)),
        ("Fri, 01 March 2024 09:30 KST", utc(2024, 3, 1, 0, 30)),
        ("Fri,01 Mar 24 09:30:00 JST", utc(2024, 3, 1, 0, 30)),
        ("Thu, 01 Jan 98 00:00:00 GMT", utc(1998, 1, 1)),
        ("Fri, 01 Mar 2024 09:30:00 GMT+09:00", utc(2024, 3, 1, 0, 30)),
        ("Fri, 01 Mar 2024 09:30:00 EST", utc(2024, 3, 1, 14, 30)),
        ("Fri Mar  1 09:30:00 2024", utc(2024, 3, 1, 9, 30)),
        ("Mar 1, 2024 09:30 PM", utc(2024, 3, 1, 21, 30)),
        ("ven. 1 mars 2024 09:30", utc(2024, 3, 1, 9, 30)),
        ("2024-03-01T09:30:00+09:00", utc(2024, 3, 1, 0, 30)),
        ("2024-03-01T09:30:00Z", utc(2024, 3, 1, 9, 30)),
        ("2024-03-01T09:30:00 +0900", utc(2024, 3, 1, 0, 30)),
        ("2024-03-01 09:30:00.0", utc(2024, 3, 1, 9, 30)),
        ("2024.03.01 09:30", utc(2024, 3, 1, 9, 30)),
        ("2024/3/1", utc(2024, 3, 1)),
        ("20240301", utc(2024, 3, 1)),
        ("2024-03-01 오후 11:23:17", utc(2024, 3, 1, 23, 23, 17)),
        ("2024-03-01 밤 11시 5분", utc(2024, 3, 1, 23, 5)),
        ("2024年3月1日 傍晚6:30", utc(2024, 3, 1, 18, 30)),
        ("March 1, 2024 at 1 PM", utc(2024, 3, 1, 13)),
        ("2024년 3월 1일 01:31", utc(2024, 3, 1, 1, 31)),
        ("2024年3月1日 9时30分", utc(2024, 3, 1, 9, 30)),
        ("令和6年3月1日", utc(2024, 3, 1)),
        ("令和元年5月1日", utc(2019, 5, 1)),
        ("中華民國113年3月1日", utc(2024, 3, 1)),
        ("令和六年三月一日", utc(2024, 3, 1)),
        ("２０２４年３月１日　９時３０分", utc(2024, 3, 1, 9, 30)),
        ("二〇二四年三月二十一日", utc(2024, 3, 21)),
        ("20240301093000", utc(2024, 3, 1, 9, 30)),
        ("1709251200", utc(2024, 3, 1)),
        ("1709251200000", utc(2024, 3, 1)),
        ("Sun, 31 Dec 2023 23:59:60 GMT", utc(2024, 1, 1)),
        ("Sun, 31 Dec 2023 24:00:00 GMT", utc(2024, 1, 1)),
    ],
)
def test_formats_of_real_feeds(text: str, at: datetime) -> None:
    assert parse_feed_time(text) == at


@pytest.mark.parametrize(
    ("text", "zone", "at"),
    [
        ("2024-03-01 09:30:00", "Asia/Seoul", utc(2024, 3, 1, 0, 30)),
        ("2024-03-01T09:30:00", "Asia/Seoul", utc(2024, 3, 1, 0, 30)),
        ("01 Mar 2024 09:30:00", "Asia/Tokyo", utc(2024, 3, 1, 0, 30)),
        ("2024-03-01 09:30:00Z", "Asia/Seoul", utc(2024, 3, 1, 9, 30)),
        ("Fri, 01 Mar 2024 09:30:00 CST", "Asia/Shanghai", utc(2024, 3, 1, 1, 30)),
        ("Fri, 01 Mar 2024 09:30:00 CST", "America/Chicago", utc(2024, 3, 1, 15, 30)),
        ("Fri, 01 Mar 2024 09:30:00 CST", None, utc(2024, 3, 1, 15, 30)),
        ("Fri, 01 Mar 2024 09:30:00 CST", "Asia/Hong_Kong", utc(2024, 3, 1, 1, 30)),
        ("Fri, 01 Mar 2024 09:30:00 CST", "Asia/Macau", utc(2024, 3, 1, 1, 30)),
        ("2024-03-01 09:30 CST", "Asia/Hong_Kong", utc(2024, 3, 1, 1, 30)),
        ("2024-03-01 09:30 CST", "Asia/Singapore", utc(2024, 3, 1, 1, 30)),
        ("2024-03-01 09:30 CST", "Asia/Urumqi", utc(2024, 3, 1, 1, 30)),
        ("2024-03-01 09:30 CST", "America/Winnipeg", utc(2024, 3, 1, 15, 30)),
        ("Fri, 01 Mar 2024 09:30:00 PST", "Asia/Manila", utc(2024, 3, 1, 1, 30)),
        ("Fri, 01 Mar 2024 09:30:00 PST", "Asia/Seoul", utc(2024, 3, 1, 17, 30)),
        ("Fri, 01 Mar 2024 09:30:00 KST", "Asia/Tokyo", utc(2024, 3, 1, 0, 30)),
        ("Fri, 1 Mar 2024 09:30:00 +0900", "Asia/Tokyo", utc(2024, 3, 1, 0, 30)),
        ("113-03-01", "Asia/Taipei", utc(2024, 2, 29, 16)),
        ("Mon, 01 Jul 2024 09:30:00", "America/New_York", utc(2024, 7, 1, 13, 30)),
    ],
)
def test_a_time_without_a_zone_is_the_outlets(text: str, zone: str | None, at: datetime) -> None:
    assert parse_feed_time(text, zone=zone) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "31 Feb 2024 00:00:00 GMT",
        "2024-13-01",
        "1 Foo 2024 00:00:00 GMT",
        "2024-03-01 " + "x" * 100,
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_feed_time(text) is None


@given(st.text() | st.text("0123456789-/:., TZ+年月日오전pmJanFebGMT", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    at = parse_feed_time(text, zone="Asia/Taipei")
    assert at is None or at.tzinfo is UTC


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_what_standards_write_is_read_back(at: datetime) -> None:
    assert parse_feed_time(at.strftime("%a, %d %b %Y %H:%M:%S +0000")) == at
    assert parse_feed_time(at.isoformat()) == at
