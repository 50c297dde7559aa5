from datetime import date

import pytest

from seeds.sample.wording import fill_days, tell_date, tell_day, widen_digits

DAY = date(2031, 2, 28)  # a Friday


@pytest.mark.parametrize(
    ("language", "day", "whole"),
    [
        ("en", "Friday", "February 28"),
        ("ko", "28일", "2월 28일"),
        ("ja", "28日", "2月28日"),
        ("zh-Hans", "28日", "2月28日"),
        ("zh-Hant", "28日", "2月28日"),
    ],
)
def test_days_are_told_as_papers_of_each_language_do(language: str, day: str, whole: str) -> None:
    assert tell_day(DAY, language) == day
    assert tell_date(DAY, language) == whole


def test_marks_name_a_day_by_its_anchor_and_distance() -> None:
    days = {"summit-talks": DAY, "published": date(2031, 3, 1)}
    text = "{day}, {date}, {day:published}, {date:summit-talks+1}, {day:summit-talks-1}, {other}"

    told = fill_days(text, "en", days, "summit-talks")

    assert told == "Friday, February 28, Saturday, March 1, Thursday, {other}"


def test_a_mark_of_an_unknown_event_is_our_own_slip() -> None:
    with pytest.raises(KeyError, match="sumit"):
        fill_days("{day:sumit}", "ko", {"published": DAY}, "published")


def test_wide_digits_are_full_width() -> None:
    assert widen_digits("28日、M5.6") == "２８日、M５.６"
