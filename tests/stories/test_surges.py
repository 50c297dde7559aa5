from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from stories.surges import LEARNS_FOR, Look, State, TopicStory, Watch, look_for_surge

SEOUL = ZoneInfo("Asia/Seoul")
BEGUN = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
NOW = BEGUN + timedelta(days=28, hours=6)


def habit(per_day: int, days: int = 28) -> list[TopicStory]:
    """So many stories every day in the hours before six."""
    first = [BEGUN + timedelta(days=day, hours=3) for day in range(days)]
    return [TopicStory(n, at, 2) for n, at in enumerate(at for at in first for _ in range(per_day))]


def burst(count: int, at: datetime = NOW, origins: int = 2) -> list[TopicStory]:
    return [TopicStory(1000 + n, at - timedelta(minutes=n + 1), origins) for n in range(count)]


def look(stories: list[TopicStory], watch: Watch | None = None, at: datetime = NOW) -> Look:
    return look_for_surge(watch or Watch(BEGUN, State.QUIET), stories, at, SEOUL)


def test_before_there_is_history_it_learns_and_is_silent() -> None:
    found = look(burst(50), Watch(NOW - timedelta(days=3)))
    assert found.watch.state is State.LEARNING
    assert found.why == "learning until 2026-02-13"


def test_a_burst_begins_once_and_names_its_stories() -> None:
    found = look(habit(2) + burst(12))
    assert found.begins
    assert set(found.stories) == set(range(1000, 1012))
    assert found.why == "12 stories in six hours, usually 2"
    assert not look(habit(2) + burst(12), found.watch).begins


def test_three_articles_on_a_quiet_topic_are_no_surge() -> None:
    assert look(burst(3)).watch.state is State.QUIET


def test_copies_of_one_wire_are_no_surge() -> None:
    assert look(burst(5, origins=0)).watch.state is State.QUIET


def test_a_surge_goes_on_until_it_is_well_over_and_then_cools_down() -> None:
    surging = Watch(BEGUN, State.SURGING)
    assert look(habit(2) + burst(4), surging).watch.state is State.SURGING
    over = look(habit(2) + burst(2), surging).watch
    assert (over.state, over.ended_at) == (State.QUIET, NOW)
    assert not look(habit(2) + burst(12), over).begins
    later = NOW + timedelta(days=1)
    assert look(habit(2, 29) + burst(12, later), over, later).begins


def test_days_without_feeds_teach_nothing() -> None:
    silent = habit(6, 10)
    lost = [(BEGUN + timedelta(days=day)).date() for day in range(10, 28)]
    assert look(silent + burst(8)).begins
    assert not look_for_surge(Watch(BEGUN, State.QUIET), silent + burst(8), NOW, SEOUL, outages=lost).begins


@given(st.integers(0, 6), st.integers(0, 30), st.integers(0, 30))
def test_more_stories_never_end_a_surge(usual: int, count: int, more: int) -> None:
    fewer = look(habit(usual) + burst(count)).watch.state
    if fewer is State.SURGING:
        assert look(habit(usual) + burst(count + more)).watch.state is State.SURGING


@given(st.integers(0, 9), st.integers(1, 60))
def test_the_same_every_day_is_never_a_surge(usual: int, days: int) -> None:
    at = BEGUN + timedelta(days=days, hours=6)
    assert look(habit(usual, days + 1), at=at).watch.state is not State.SURGING
    assert days * timedelta(days=1) >= LEARNS_FOR or look(habit(usual), at=at).watch.state is State.LEARNING
