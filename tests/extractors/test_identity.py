from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from extractors.identity import guard_flood
from news.sources import Entry

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)


def entry(key: str, link: str | None = None, *, days_old: float | None = None) -> Entry:
    return Entry(
        key=key, link=link, title=key, published_at=None if days_old is None else NOW - timedelta(days=days_old)
    )


def test_an_ordinary_poll_is_read_whole_whatever_its_dates() -> None:
    unseen = [entry(str(n), days_old=400) for n in range(100)]
    guarded = guard_flood(unseen, usual=3, now=NOW)
    assert (guarded.to_read, guarded.to_remember, guarded.reason) == (tuple(unseen), (), "")


def test_of_a_republished_archive_only_the_news_is_read() -> None:
    news, archive, undated = (
        entry("new", days_old=1),
        [entry(str(n), days_old=30 + n) for n in range(300)],
        entry("undated"),
    )
    guarded = guard_flood([news, *archive, undated], usual=3, now=NOW)
    assert guarded.to_read == (news,)
    assert guarded.to_remember == (*archive, undated)
    assert guarded.reason == "302 new entries at once, usually 3: 301 old or undated ones are not read"


def test_a_feed_that_is_always_busy_is_no_flood() -> None:
    unseen = [entry(str(n)) for n in range(300)]
    assert guard_flood(unseen, usual=80, now=NOW).to_read == tuple(unseen)


@given(st.lists(st.tuples(st.integers(0, 400), st.none() | st.floats(-1, 400)), max_size=400), st.floats(0, 1000))
def test_nothing_is_lost_between_reading_and_remembering(made: list[tuple[int, float | None]], usual: float) -> None:
    unseen = [entry(str(key), days_old=days) for key, days in made]
    guarded = guard_flood(unseen, usual=usual, now=NOW)
    assert sorted(map(repr, (*guarded.to_read, *guarded.to_remember))) == sorted(map(repr, unseen))
    assert bool(guarded.to_remember) == bool(guarded.reason)
