"""One story that turns out to be two."""

from hypothesis import given
from hypothesis import strategies as st

from news.stories import GroupedReport, Report
from stories.grouping import assign_stories
from stories.rarity import Rarity
from stories.splits import find_split
from tests.stories.reports import make_report


def same_letter(one: str, other: str) -> float:
    """Texts of one event begin with one letter; `x` might belong to any."""
    return 0.1 if "x" in (one[0], other[0]) else 2.0 if one[0] == other[0] else -2.0


def test_two_events_in_one_story_are_found_by_their_own_reports() -> None:
    assert find_split(["a1", "b1", "a2", "b2", "a3"], same_letter) == ["b1", "b2"]


def test_one_report_that_fits_badly_is_no_second_event() -> None:
    assert find_split(["a1", "a2", "a3", "b1"], same_letter) is None


def test_a_story_that_holds_together_stays_whole() -> None:
    assert find_split(["a1", "a2", "x1", "a3", "x2"], same_letter) is None
    assert find_split(["x1", "a1", "x2", "a2"], same_letter) is None


@given(st.lists(st.sampled_from(["a", "b", "c", "x"]), max_size=12))
def test_the_first_report_always_stays(letters: list[str]) -> None:
    members = [f"{letter}{n}" for n, letter in enumerate(letters)]
    found = find_split(members, same_letter)
    if found is not None:
        assert members[0] not in found
        assert set(found) < set(members)
        assert 2 <= len(found) <= len(members) - 2


STRIKE = (
    make_report("strike", "Workers begin general strike in Busan port", "busan", hours=0),
    make_report("strike-ko", "부산 항만 노조 파업 돌입", "busan", language="ko", hours=1),
)
FIRE = (
    make_report("fire", "Fire at Busan shipyard kills three", "busan", hours=1.5),
    make_report("fire-ko", "부산 조선소 화재로 3명 사망", "busan", language="ko", hours=2),
)
LATER = make_report("later", "釜山の造船所で火災、3人死亡", "busan", language="ja", hours=3)


def in_one_story(*reports: Report) -> list[GroupedReport]:
    return [GroupedReport(report, "17", report.id) for report in reports]


def test_a_later_report_shows_that_a_story_is_two_and_joins_the_one_it_tells() -> None:
    known = sorted(in_one_story(*STRIKE, *FIRE), key=lambda one: one.report.at)
    [found] = assign_stories([LATER], known, Rarity())
    assert found.split
    assert (found.split.out_of, found.split.reports) == ("17", ("fire", "fire-ko"))
    assert found.story == found.split.story == "new:fire/1"
    assert found.split.why == "tells of fire, shipbuilding, killed, as the rest of its story does not"


def test_copies_go_with_the_text_they_print() -> None:
    copy = make_report("copy", "Workers begin general strike in Busan port", "busan", hours=2.5)
    printed = GroupedReport(copy, "17", "fire")
    known = sorted([*in_one_story(*STRIKE, *FIRE), printed], key=lambda one: one.report.at)
    [found] = assign_stories([LATER], known, Rarity())
    assert found.split
    assert set(found.split.reports) == {"fire", "fire-ko", "copy"}


def test_a_report_of_the_first_event_leaves_the_second_behind() -> None:
    known = sorted(in_one_story(*STRIKE, *FIRE), key=lambda one: one.report.at)
    more = make_report("more", "釜山港の労組がストライキ", "busan", language="ja", hours=3)
    [found] = assign_stories([more], known, Rarity())
    assert found.split
    assert found.split.reports == ("fire", "fire-ko")
    assert found.story == "17"
