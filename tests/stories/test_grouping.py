from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.stories import Assignment, GroupedReport, Report
from stories.grouping import WINDOW, Grouper, assign_stories
from stories.rarity import Rarity
from tests.stories.reports import make_report

MISSILE = (
    make_report("en", "North Korea fires two cruise missiles", "north-korea"),
    make_report("ko", "北, 순항미사일 2발 발사", "north-korea", language="ko", hours=1),
    make_report("ja", "北朝鮮が巡航ミサイル2発を発射", "north-korea", language="ja", hours=2),
    make_report("zh", "朝鲜发射两枚巡航导弹", "north-korea", language="zh", hours=3),
)
FIRE = (
    make_report("fire-en", "Fire at Busan shipyard kills three", "busan", "south-korea", hours=1),
    make_report("fire-ko", "부산 조선소 화재로 3명 사망", "busan", "south-korea", language="ko", hours=2),
)
COMMUNIQUE = (
    "The two governments agreed on Monday to reopen their maritime talks, to meet twice a year and to set up a line "
    "between their coast guards, according to a statement that both sides published after four hours of negotiations."
)


def group(reports: Sequence[Report]) -> dict[str, str]:
    return {one.report: one.story for one in assign_stories(sorted(reports, key=lambda report: report.at))}


def only(assignments: Sequence[Assignment], report: str) -> Assignment:
    return next(one for one in assignments if one.report == report)


def test_one_event_told_in_four_languages_is_one_story() -> None:
    assert set(group([*MISSILE, *FIRE]).values()) == {"new:en", "new:fire-en"}


def test_every_link_says_why() -> None:
    joined = only(list(assign_stories(MISSILE)), "ko")
    assert "both tell of" in joined.why
    assert "missile" in joined.why
    assert joined.score > 0


def test_an_affair_does_not_swallow_its_events_and_the_next_one_follows() -> None:
    later = make_report("next", "North Korea fires another missile", "north-korea", hours=6 * 24)
    assignment = only(list(assign_stories([*MISSILE, later])), "next")
    assert assignment.story == "new:next"
    assert assignment.follows == "new:en"


def test_one_shared_name_is_no_event() -> None:
    found = group([make_report("a", "Evening in Seoul", "seoul"), make_report("b", "Seoul by night", "seoul", hours=1)])
    assert found["a"] != found["b"]


def test_a_copy_counts_with_its_origin() -> None:
    wire = make_report("wire", "Talks at sea to reopen", text=COMMUNIQUE, outlet="wire")
    cut = make_report("cut", "Two neighbours agree", text=COMMUNIQUE[:150], outlet="daily", hours=4)
    other = make_report("own", "A day by the harbour", text="Gulls, nets and an old man who mends them.", hours=5)
    found = list(assign_stories([wire, cut, other]))
    assert only(found, "cut").story == "new:wire"
    assert only(found, "cut").origin == "wire"
    assert "stands in both" in only(found, "cut").why
    assert only(found, "own").origin == "own"


def test_a_text_printed_again_a_week_later_is_news_of_its_own() -> None:
    first = make_report("first", "Talks at sea to reopen", text=COMMUNIQUE)
    again = make_report("again", "Talks at sea to reopen", text=COMMUNIQUE, hours=7 * 24)
    assert len(set(group([first, again]).values())) == 2


def test_versions_of_one_outlets_report_are_one_origin() -> None:
    flash = make_report("flash", "(URGENT) Ministers to meet in Sejong on Friday", text="Soon.", outlet="wire")
    lead = make_report(
        "lead", "(LEAD) Ministers to meet in Sejong on Friday", text="Soon, says one.", outlet="wire", hours=1
    )
    found = list(assign_stories([flash, lead]))
    assert only(found, "lead").origin == "flash"
    assert only(found, "lead").why == "a version of the same outlet's report"


def test_a_version_under_a_changed_headline_is_of_the_first_ones_origin() -> None:
    first = make_report("v1", "[속보] 부산 조선소 화재로 2명 사망", "busan", text="둘.", language="ko", outlet="daily")
    later = make_report(
        "v2",
        "부산 조선소 화재로 3명 사망(종합2보)",
        "busan",
        text="불은 셋을 앗았다.",
        language="ko",
        outlet="daily",
        hours=2,
    )
    own = make_report(
        "own", "부산 조선소 화재로 3명 사망", "busan", text="달리.", language="ko", outlet="other", hours=3
    )
    found = list(assign_stories([first, later, own]))
    assert only(found, "v2").origin == "v1"
    assert only(found, "v2").why.startswith("a version of the same outlet's report")
    assert only(found, "own").origin == "own"
    assert len({one.story for one in found}) == 1


def test_what_one_agency_tells_of_an_event_counts_once() -> None:
    first = make_report(
        "a", "Fire at Busan shipyard kills three", "busan", text="BUSAN, Jan. 5 (Yonhap) -- Three died in the morning."
    )
    second = make_report(
        "b", "부산 조선소 화재로 3명 사망", "busan", text="(부산=연합뉴스) 불이 났다.", language="ko", hours=2
    )
    assert only(list(assign_stories([first, second])), "b").origin == "a"


def test_known_stories_keep_their_ids() -> None:
    known = [GroupedReport(MISSILE[0], "17", "en")]
    [found] = assign_stories([MISSILE[1]], known, Rarity())
    assert found.story == "17"


def test_stories_that_turn_out_to_be_one_are_merged_into_the_first() -> None:
    known = [GroupedReport(MISSILE[0], "17", "en"), GroupedReport(MISSILE[1], "18", "ko")]
    [found] = assign_stories([MISSILE[2]], known, Rarity())
    assert {found.story, *found.merged} == {"17", "18"}


def test_the_window_forgets() -> None:
    grouper = Grouper()
    for report in MISSILE:
        list(grouper.assign_together([report]))
    late = make_report(
        "late", "North Korea fires two cruise missiles", "north-korea", hours=WINDOW / timedelta(hours=1) + 9
    )
    [found] = grouper.assign_together([late])
    assert (found.story, found.follows) == ("new:late", None)


@pytest.mark.parametrize("title", ["", "   ", "[속보]", "(LEAD)", "🙂", "\ud800"])
def test_titles_that_say_nothing_stand_alone(title: str) -> None:
    found = group([make_report("a", title), make_report("b", title, hours=1)])
    assert len(set(found.values())) == 2


REPORTS = st.lists(
    st.builds(
        lambda title, entities, hours, language: (title, entities, hours, language),
        st.sampled_from([report.title for report in (*MISSILE, *FIRE)]) | st.text(max_size=12),
        st.lists(st.sampled_from(["north-korea", "busan", "seoul"]), max_size=2),
        st.integers(0, 400),
        st.sampled_from(["en", "zh", "ko", "ja"]),
    ),
    max_size=12,
)


@given(REPORTS)
def test_laws_of_assignment(drawn: list[tuple[str, list[str], int, str]]) -> None:
    drawn.sort(key=lambda one: one[2])
    reports = [make_report(str(n), t, *e, hours=h, language=lang) for n, (t, e, h, lang) in enumerate(drawn)]
    found = list(assign_stories(reports))
    assert sorted(one.report for one in found) == sorted(report.id for report in reports)
    seen = set[str]()
    for one in found:
        seen.add(one.report)
        assert one.origin in seen
        assert one.story.removeprefix("new:") in seen
        assert one.why


@given(st.permutations([*MISSILE, *FIRE]))
def test_the_order_within_an_hour_decides_nothing(order: list[Report]) -> None:
    together = [Report(r.id, r.title, r.text, r.language, r.outlet, MISSILE[0].at, "", r.mentions) for r in order]
    found = group(together)
    assert len({found[report.id] for report in MISSILE}) == 1
    assert len({found[report.id] for report in FIRE}) == 1
    assert len(set(found.values())) == 2
