from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.identity import guard_flood
from news.sources import Entry, Habit

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
QUIET = Habit(usual=3, seen_at=NOW - timedelta(hours=1))


def entry(key: str, link: str | None = None, *, days_old: float | None = None) -> Entry:
    return Entry(
        key=key, link=link, title=key, published_at=None if days_old is None else NOW - timedelta(days=days_old)
    )


@pytest.mark.parametrize(("habit", "number"), [(QUIET, 20), (Habit(0, None), 100), (None, 100)])
def test_an_ordinary_poll_is_read_whole_whatever_its_dates(habit: Habit | None, number: int) -> None:
    unseen = [entry(str(n), days_old=400) for n in range(number)]
    guarded = guard_flood(unseen, habit, NOW)
    assert (guarded.to_read, guarded.to_remember, guarded.reason) == (tuple(unseen), (), "")


@pytest.mark.parametrize("number", [30, 300])
def test_of_a_republished_archive_only_the_news_is_read(number: int) -> None:
    news, archive = entry("new", days_old=1), [entry(str(n), days_old=30 + n) for n in range(number)]
    guarded = guard_flood([news, *archive], QUIET, NOW)
    assert guarded.to_read == (news,)
    assert guarded.to_remember == tuple(archive)
    said = f"{number + 1} new entries at once, usually 3: {number} old or undated ones are kept as an archive, not read"
    assert guarded.reason == said


def test_of_a_flood_without_dates_the_first_are_read() -> None:
    unseen = [entry(str(n)) for n in range(200)]
    assert guard_flood(unseen, QUIET, NOW).to_read == tuple(unseen[:20])
    assert guard_flood(unseen, None, NOW).to_read == tuple(unseen[:100])


def test_after_a_stop_what_came_meanwhile_is_read() -> None:
    unseen = [entry(str(n), days_old=n / 2) for n in range(60)]
    assert guard_flood(unseen, Habit(3, NOW - timedelta(days=30)), NOW).to_read == tuple(unseen)


def test_of_an_archive_at_the_first_look_only_the_last_month_is_read() -> None:
    recent, old = [entry(f"r{n}", days_old=n) for n in range(28)], [entry(str(n), days_old=900) for n in range(5000)]
    changed = [one._replace(key=f"c{one.key}", published_at=None, updated_at=one.published_at) for one in old]
    guarded = guard_flood([*old, *recent, *changed], None, NOW)
    assert guarded.to_read == tuple(recent)
    assert guarded.reason == (
        "10,028 entries at the first look: 10,000 old or undated ones are kept as an archive, not read"
    )


def test_a_feed_that_is_always_busy_is_no_flood() -> None:
    unseen = [entry(str(n)) for n in range(300)]
    assert guard_flood(unseen, Habit(80, NOW), NOW).to_read == tuple(unseen)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.none() | st.floats(-1, 400)), max_size=400),
    st.none() | st.builds(Habit, st.floats(0, 1000), st.none() | st.just(NOW)),
)
def test_nothing_is_lost_between_reading_and_remembering(
    made: list[tuple[int, float | None]], habit: Habit | None
) -> None:
    unseen = [entry(str(key), days_old=days) for key, days in made]
    guarded = guard_flood(unseen, habit, NOW)
    assert sorted(map(repr, (*guarded.to_read, *guarded.to_remember))) == sorted(map(repr, unseen))
    assert bool(guarded.to_remember) == bool(guarded.reason)
