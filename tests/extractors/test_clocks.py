from datetime import timedelta

import pytest

from extractors.clocks import find_clock


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("밤 11시 5분", "23:05"),
        ("밤 2시", "2:00"),
        ("밤 12시 5분", "24:05"),
        ("晚上8点30分", "20:30"),
        ("晚上8點", "20:00"),
        ("夜8時30分", "20:30"),
        ("深夜1時", "1:00"),
        ("傍晚6:30", "18:30"),
        ("夕方5時", "17:00"),
        ("저녁 7시 반", "19:30"),
        ("凌晨12:30", "0:30"),
        ("새벽 1시", "1:00"),
        ("朝7時", "7:00"),
        ("오후 3시", "15:00"),
        ("午後3時", "15:00"),
        ("午後0時30分", "12:30"),
        ("오후 15:20", "15:20"),
        ("낮 12시", "12:00"),
        ("낮 1시 20분", "13:20"),
        ("中午11:30", "11:30"),
        ("정오", "12:00"),
        ("正午", "12:00"),
        ("자정", "0:00"),
        ("at 1 PM", "13:00"),
        ("9am", "9:00"),
        ("12 a.m.", "0:00"),
        ("PM 03:20", "15:20"),
        ("14：05", "14:05"),
        ("25時10分", "25:10"),
    ],
)
def test_an_hour_means_what_the_part_of_the_day_makes_of_it(written: str, expected: str) -> None:
    hours, minutes = expected.split(":")
    clock = find_clock(f"2026-01-05 {written}")
    assert clock
    assert clock.since_midnight == timedelta(hours=int(hours), minutes=int(minutes))


@pytest.mark.parametrize(
    "written",
    [
        "3시간 전",
        "3時間前",
        "3点建议",
        "5 amps",
        "5 minutes",
        "45:00:00",
        "10:75",
        "시사",
        "時事",
        "오후",
        "朝日新聞",
        "",
    ],
)
def test_what_names_no_hour_is_no_time_of_day(written: str) -> None:
    assert find_clock(f"2026-01-05 {written}") is None
    assert find_clock(f"2026.01.05{written}") is None


def test_what_stands_behind_the_clock_is_kept_for_its_zone() -> None:
    clock = find_clock("4 March 2026 2:05 p.m. EST")
    assert clock
    assert clock.rest == " EST"
