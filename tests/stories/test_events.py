"""What makes two reports tell one event."""

import pytest

from news.stories import Report
from stories.events import Link, link_reports, weigh_profile
from stories.profiles import describe
from tests.stories.reports import make_report


def link(one: Report, other: Report) -> Link:
    """Link two reports whose marks all weigh the same."""
    profiles = [describe(report) for report in (one, other)]
    weighed = [weigh_profile(profile, dict.fromkeys(profile.marks, 1.0)) for profile in profiles]
    return link_reports(*weighed)


KOREAN = make_report("ko", "일본, 중국에 제재", "japan", "china", language="ko")


@pytest.mark.parametrize(
    ("same", "reversed_"),
    [
        (("Japan sanctions China", "japan", "china", "en"), ("China sanctions Japan", "china", "japan", "en")),
        (("日本制裁中国", "japan", "china", "zh"), ("中国制裁日本", "china", "japan", "zh")),
        (("日本が中国に制裁", "japan", "china", "ja"), ("中国が日本に制裁", "china", "japan", "ja")),
    ],
)
def test_who_does_it_to_whom_tells_two_events_apart(
    same: tuple[str, str, str, str], reversed_: tuple[str, str, str, str]
) -> None:
    scores = []
    for title, first, second, language in (same, reversed_):
        told = link(KOREAN, make_report("x", title, first, second, language=language))
        assert "c:sanction" in told.shared
        scores.append(told.score)
    assert scores[0] > scores[1]


def test_the_order_of_names_says_nothing_without_an_act() -> None:
    one = make_report("1", "Japan, China: markets", "japan", "china")
    other = make_report("2", "China, Japan: markets", "china", "japan")
    assert link(one, one).score == pytest.approx(link(one, other).score)


def test_a_link_is_the_same_from_either_side() -> None:
    other = make_report("2", "China sanctions Japan", "china", "japan")
    assert link(KOREAN, other).score == pytest.approx(link(other, KOREAN).score)
