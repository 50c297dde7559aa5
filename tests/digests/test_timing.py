"""Tables of expected sends: zones, clock changes, quiet hours over midnight, sleep, and a clock set back."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digests.timing import count_alerts_left, day_begins_at, is_quiet, last_send_at, next_alert_at, next_send_at
from news.digests import Mode, Subscription, Weekday

DAILY = Subscription(id="s", title="S", topics=("taiwan",), channels=("file",), cron="0 7 * * *", zone="Asia/Seoul")
WORKDAYS = tuple(Weekday)[:5]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sends(subscription: Subscription, after: str, count: int) -> list[str]:
    """Return the next sends in the reader's zone."""
    found, at = [], utc(after)
    for _ in range(count):
        moment = next_send_at(subscription, at)
        assert moment is not None
        found.append(f"{moment.astimezone(ZoneInfo(subscription.zone)):%a %m-%d %H:%M%z}")
        at = moment
    return found


@pytest.mark.parametrize(
    ("zone", "cron", "after", "expected"),
    [
        # New York springs forward on 8 March 2026 and falls back on 1 November: the wall clock keeps 07:00.
        ("America/New_York", "0 7 * * *", "2026-03-07T00:00", ["Sat 03-07 07:00-0500", "Sun 03-08 07:00-0400"]),
        ("America/New_York", "0 7 * * *", "2026-10-31T00:00", ["Sat 10-31 07:00-0400", "Sun 11-01 07:00-0500"]),
        # 02:30 does not exist on 8 March: it is sent when the clocks have sprung, and never left out.
        (
            "America/New_York",
            "30 2 * * *",
            "2026-03-07T12:00",
            ["Sun 03-08 03:00-0400", "Mon 03-09 02:30-0400"],
        ),
        # 01:30 comes twice on 1 November: it is sent once.
        ("America/New_York", "30 1 * * *", "2026-10-31T12:00", ["Sun 11-01 01:30-0400", "Mon 11-02 01:30-0500"]),
        # Seoul has no clock change.
        ("Asia/Seoul", "0 7 * * *", "2026-03-07T12:00", ["Sun 03-08 07:00+0900", "Mon 03-09 07:00+0900"]),
        ("Asia/Seoul", "0 7,18 * * 1-5", "2026-01-02T00:00", ["Fri 01-02 18:00+0900", "Mon 01-05 07:00+0900"]),
    ],
)
def test_sends_follow_the_readers_clock(zone: str, cron: str, after: str, expected: list[str]) -> None:
    assert sends(replace(DAILY, zone=zone, cron=cron), after, len(expected)) == expected


def test_weekdays_leave_days_out() -> None:
    assert sends(replace(DAILY, weekdays=WORKDAYS), "2026-01-01T23:00", 2) == [
        "Mon 01-05 07:00+0900",
        "Tue 01-06 07:00+0900",
    ]


def test_an_alert_only_subscription_has_no_schedule() -> None:
    subscription = replace(DAILY, mode=Mode.IMMEDIATE)
    assert next_send_at(subscription, utc("2026-01-01T00:00")) is None
    assert last_send_at(subscription, utc("2026-01-01T00:00")) is None


def test_a_subscription_without_days_is_never_sent() -> None:
    never = replace(NIGHT, weekdays=())
    assert next_send_at(never, utc("2026-01-01T00:00")) is None
    assert next_alert_at(never, utc("2026-01-01T00:00")) is None


def test_a_machine_asleep_for_a_day_sends_once_for_the_last_moment() -> None:
    hourly = replace(DAILY, cron="0 * * * *")
    briefed = last_send_at(hourly, utc("2026-01-05T06:00:30"))
    assert briefed == utc("2026-01-05T06:00")
    assert last_send_at(hourly, utc("2026-01-06T06:20")) == utc("2026-01-06T06:00")


def test_a_clock_set_back_finds_no_later_moment() -> None:
    briefed = last_send_at(DAILY, utc("2026-01-05T22:00"))
    after_setting_back = last_send_at(DAILY, utc("2026-01-05T21:10"))
    assert briefed is not None
    assert after_setting_back is not None
    assert after_setting_back <= briefed


def test_the_moment_itself_is_due() -> None:
    assert last_send_at(DAILY, utc("2026-01-05T22:00")) == utc("2026-01-05T22:00")


NIGHT = replace(DAILY, mode=Mode.BOTH, quiet_from=time(22), quiet_until=time(7))
NOON = replace(DAILY, mode=Mode.BOTH, quiet_from=time(12), quiet_until=time(13))


@pytest.mark.parametrize(
    ("subscription", "local", "quiet", "wakes"),
    [
        (NIGHT, "2026-01-05T21:59", False, "2026-01-05T21:59"),
        (NIGHT, "2026-01-05T22:00", True, "2026-01-06T07:00"),
        (NIGHT, "2026-01-06T03:00", True, "2026-01-06T07:00"),
        (NIGHT, "2026-01-06T07:00", False, "2026-01-06T07:00"),
        (NOON, "2026-01-06T12:30", True, "2026-01-06T13:00"),
        (NOON, "2026-01-06T13:00", False, "2026-01-06T13:00"),
        # 10 January 2026 is a Saturday: alerts wait for Monday, and for the end of its quiet hours.
        (replace(NIGHT, weekdays=WORKDAYS), "2026-01-10T10:00", True, "2026-01-12T07:00"),
        (replace(NOON, weekdays=WORKDAYS), "2026-01-10T10:00", True, "2026-01-12T00:00"),
        (replace(DAILY, mode=Mode.BOTH), "2026-01-10T03:00", False, "2026-01-10T03:00"),
    ],
)
def test_alerts_wait_for_the_end_of_quiet(subscription: Subscription, local: str, quiet: bool, wakes: str) -> None:
    seoul = ZoneInfo("Asia/Seoul")
    at = datetime.fromisoformat(local).replace(tzinfo=seoul).astimezone(UTC)
    assert is_quiet(subscription, at) is quiet
    assert next_alert_at(subscription, at) == datetime.fromisoformat(wakes).replace(tzinfo=seoul)


def test_quiet_hours_follow_a_clock_change() -> None:
    new_york = replace(NIGHT, zone="America/New_York", quiet_from=time(1), quiet_until=time(2, 30))
    # 8 March 2026, 01:30 EST: half past two does not exist that day, so quiet ends an hour later by any clock.
    assert next_alert_at(new_york, utc("2026-03-08T06:30")) == utc("2026-03-08T07:30")


def test_a_digest_only_subscription_wants_no_alerts() -> None:
    assert next_alert_at(DAILY, utc("2026-01-05T00:00")) is None


def test_the_days_cap() -> None:
    assert [count_alerts_left(NIGHT, told) for told in (0, 5, 6, 9)] == [6, 1, 0, 0]
    assert day_begins_at(NIGHT, utc("2026-01-05T16:00")) == utc("2026-01-05T15:00")


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (bounds)
ZONES = st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"])


@given(MOMENTS, ZONES)
@example(datetime(2025, 1, 1, 0, 14, 59, 1, tzinfo=UTC), "UTC")
def test_the_next_send_is_later_and_the_last_one_is_not(now: datetime, zone: str) -> None:
    subscription = replace(DAILY, zone=zone, cron="15 */6 * * *")
    later, earlier = next_send_at(subscription, now), last_send_at(subscription, now)
    assert earlier is not None
    assert later is not None
    assert earlier <= now < later
    assert later - earlier <= timedelta(hours=7)


@given(MOMENTS, ZONES)
def test_an_alert_never_falls_into_quiet_hours(now: datetime, zone: str) -> None:
    subscription = replace(NIGHT, zone=zone, weekdays=WORKDAYS)
    at = next_alert_at(subscription, now)
    assert at is not None
    assert at >= now
    assert not is_quiet(subscription, at)


@given(MOMENTS, ZONES)
def test_one_send_a_day(now: datetime, zone: str) -> None:
    subscription = replace(DAILY, zone=zone, cron="30 2 * * *")
    moments = [now]
    for _ in range(8):
        following = next_send_at(subscription, moments[-1])
        assert following is not None
        moments.append(following)
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments[1:]]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
