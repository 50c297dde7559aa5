"""What headers say about time, without a clock of ours."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetching.caching import hash_body, parse_retry_after, read_fresh_for

DATE = {"date": "Tue, 24 Nov 2026 03:00:00 GMT"}


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("1.5", timedelta(seconds=1)),
        ("Tue, 24 Nov 2026 03:02:00 GMT", timedelta(minutes=2)),
        ("Tue, 24 Nov 2026 02:00:00 GMT", timedelta(0)),
        ("Tue, 24 Nov 2026 12:02:00 +0900", timedelta(minutes=2)),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 40, None),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after(wish: str, expected: timedelta | None) -> None:
    assert parse_retry_after(DATE | {"retry-after": wish}) == expected


def test_a_date_without_the_servers_own_clock_says_nothing() -> None:
    assert parse_retry_after({"retry-after": "Tue, 24 Nov 2026 03:02:00 GMT"}) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"cache-control": 'max-age = "600"', "age": "200"}, timedelta(seconds=400)),
        ({"cache-control": "max-age=600", "age": "2000"}, timedelta(0)),
        ({"cache-control": "max-age=600, no-cache"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "public"}, None),
        ({"expires": "Tue, 24 Nov 2026 04:00:00 GMT"}, timedelta(hours=1)),
        ({"expires": "Tue, 24 Nov 2026 02:00:00 GMT"}, timedelta(0)),
        ({"expires": "0"}, None),
        ({"expires": "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"}, None),
        ({"cache-control": "max-age=60", "expires": "Tue, 24 Nov 2026 04:00:00 GMT"}, timedelta(minutes=1)),
        ({}, None),
    ],
)
def test_freshness(headers: dict[str, str], expected: timedelta | None) -> None:
    assert read_fresh_for(DATE | headers) == expected


@given(
    st.dictionaries(st.sampled_from(["retry-after", "cache-control", "expires", "date", "age"]), st.text(max_size=40))
)
def test_no_header_breaks_the_reader(headers: dict[str, str]) -> None:
    for found in (parse_retry_after(headers), read_fresh_for(headers)):
        assert found is None or found >= timedelta(0)


def test_a_body_is_known_again_by_its_hash() -> None:
    assert hash_body(b"feed") == hash_body(b"feed") != hash_body(b"feed ")
    assert len(hash_body(b"")) == 32
