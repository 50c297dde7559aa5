from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from news.stories import SurgeWatch, TopicSource, TopicStory
from stories.surges import LEARNS_FOR, Look, State, look_for_surge

SEOUL = ZoneInfo("Asia/Seoul")
BEGUN = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
NOW = BEGUN + timedelta(days=28, hours=6)


HOUR = timedelta(hours=1)
HOUSES = frozenset("abc")
SURGING = SurgeWatch("t", BEGUN, is_surging=True)
QUIET = SurgeWatch("t", BEGUN)


def habit(per_day: int, days: int = 28) -> list[TopicStory]:
    """So many stories every day in the hours before six."""
    first = [BEGUN + timedelta(days=day, hours=3) for day in range(days)]
    return [TopicStory(n, at, HOUSES) for n, at in enumerate(at for at in first for _ in range(per_day))]


def burst(count: int, at: datetime = NOW, origins: frozenset[str] = HOUSES) -> list[TopicStory]:
    return [TopicStory(1000 + n, at - timedelta(minutes=n + 1), origins) for n in range(count)]


def source(share: float = 1.0, *, without: range = range(0), is_failing: bool = False) -> TopicSource:
    """A feed that answered every hour until now, but for some days counted from the beginning."""
    hours = [BEGUN + n * HOUR for n in range(int((NOW - BEGUN) / HOUR) + 1)]
    return TopicSource("f", share, tuple(hour for hour in hours if (hour - BEGUN).days not in without), is_failing)


def look(
    stories: list[TopicStory], watch: SurgeWatch = QUIET, at: datetime = NOW, sources: tuple[TopicSource, ...] = ()
) -> Look:
    return look_for_surge(watch, stories, at, SEOUL, sources)


def test_before_there_is_history_it_learns_and_is_silent() -> None:
    found = look(burst(50), SurgeWatch("t", NOW - timedelta(days=3)))
    assert found.state is State.LEARNING
    assert found.why == "learning until 2026-02-13"
    assert not found.begins


def test_a_burst_begins_once_and_names_its_stories_the_widest_told_first() -> None:
    wide = TopicStory(7, NOW - HOUR, frozenset("abcd"))
    found = look([*habit(2), *burst(11), wide])
    assert found.begins
    assert found.stories[0] == 7
    assert set(found.stories) == {7, *range(1000, 1011)}
    assert found.why == "12 stories in 6 hours, usually 2"
    assert not look(habit(2) + burst(12), SURGING).begins


def test_three_articles_on_a_quiet_topic_are_no_surge() -> None:
    assert look(burst(3)).state is State.QUIET


def test_what_two_houses_pour_out_is_no_surge() -> None:
    assert look(burst(12, origins=frozenset("ab"))).state is State.QUIET
    assert look(burst(12, origins=frozenset("abc"))).begins


def test_a_surge_goes_on_until_it_is_well_over_and_then_cools_down() -> None:
    assert look(habit(2) + burst(5), SURGING).state is State.SURGING
    over = look(habit(2) + burst(2), SURGING)
    assert over.state is State.QUIET
    assert over.ends
    ended = SurgeWatch("t", BEGUN, ended_at=NOW)
    assert not look(habit(2) + burst(12), ended).begins
    later = NOW + timedelta(days=1)
    assert look(habit(2, 29) + burst(12, later), ended, later).begins


def test_chance_alone_is_no_surge() -> None:
    """Where thirty stories are usual, forty are within what chance does: four deviations are 22 more."""
    assert not look(habit(30) + burst(40)).begins
    assert look(habit(30) + burst(53)).begins


def test_weekends_are_compared_with_weekends() -> None:
    """Busy weekdays and empty weekends: ten stories on a Sunday are unheard of."""
    busy = [story for story in habit(10) if story.first_at.astimezone(SEOUL).weekday() < 5]
    sunday = datetime(2026, 2, 1, 6, 0, tzinfo=UTC)
    assert look(busy + burst(10, sunday), at=sunday).begins
    monday = sunday + timedelta(days=1)
    assert not look(busy + burst(10, monday), at=monday).begins


def test_a_change_of_clocks_moves_no_hour() -> None:
    """New York left summer time on 1 November 2026: what comes at nine there is compared with nine."""
    zone, begun = ZoneInfo("America/New_York"), datetime(2026, 10, 12, tzinfo=UTC)
    mornings = [datetime(2026, 10, day, 9, 30, tzinfo=zone) for day in range(13, 32)]
    usual = [TopicStory(n, at.astimezone(UTC), HOUSES) for n, at in enumerate(at for at in mornings for _ in range(9))]
    now = datetime(2026, 11, 2, 9, 35, tzinfo=zone)
    today = [TopicStory(900 + n, now - timedelta(minutes=5), HOUSES) for n in range(9)]
    assert not look_for_surge(SurgeWatch("t", begun), usual + today, now, zone).begins


def test_days_without_sources_teach_nothing() -> None:
    silent = habit(8, 9)
    lost = source(without=range(9, 28))
    assert look(silent + burst(8)).begins
    assert not look(silent + burst(8), sources=(lost,)).begins
    minor = (source(0.8), source(0.2, without=range(9, 28)))
    assert look(silent + burst(8), sources=minor).begins


def test_with_too_few_days_of_sources_it_goes_on_learning() -> None:
    found = look(burst(50), sources=(source(without=range(24)),))
    assert found.state is State.LEARNING
    assert found.why == "learning: only 5 earlier days with its sources are known"


def test_an_outage_now_is_no_lull() -> None:
    failing = (source(0.5), source(0.5, is_failing=True))
    found = look(habit(2), SURGING, sources=failing)
    assert found.state is State.BLIND
    assert not found.ends
    assert look(habit(2), SURGING).ends


@given(st.integers(0, 6), st.integers(0, 30), st.integers(0, 30))
def test_more_stories_never_end_a_surge(usual: int, count: int, more: int) -> None:
    if look(habit(usual) + burst(count), SURGING).state is State.SURGING:
        assert look(habit(usual) + burst(count + more), SURGING).state is State.SURGING


@given(st.integers(0, 9), st.integers(1, 60))
def test_the_same_every_day_is_never_a_surge(usual: int, days: int) -> None:
    at = BEGUN + timedelta(days=days, hours=6)
    assert look(habit(usual, days + 1), at=at).state is not State.SURGING
    assert days * timedelta(days=1) >= LEARNS_FOR or look(habit(usual), at=at).state is State.LEARNING
