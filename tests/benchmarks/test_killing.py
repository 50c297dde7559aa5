"""Whether a test that kills was what it is to be."""

from collections import Counter

import pytest

from benchmarks.killing import SHORT, Plan, judge_kills

ENOUGH = Counter({"worker and its runs": 80, "worker alone": 15, "flow run alone": 5, "of a run in PENDING": 1})


@pytest.mark.parametrize(
    ("kills", "minutes", "broken"),
    [
        (ENOUGH, 40, {}),
        (ENOUGH - Counter({"worker alone": 3}), 40, {"kills fewer than wanted": 3}),
        (ENOUGH - Counter({"of a run in PENDING": 1}), 40, {"no run was killed in PENDING": 1}),
        (ENOUGH, 41.5, {"minutes in all beyond 40": 2}),
    ],
)
def test_the_long_form_kills_enough_in_time_and_one_run_that_is_pending(
    kills: Counter[str], minutes: float, broken: dict[str, int]
) -> None:
    found = judge_kills(Plan(), kills, minutes, is_settled=True)
    assert {what: number for what, number in found.items() if number} == broken


def test_a_busy_machine_may_take_its_time_for_the_short_form() -> None:
    found = judge_kills(SHORT, Counter({"worker alone": SHORT.kills}), 60, is_settled=True)
    assert not any(found.values())


def test_what_did_not_come_right_is_broken_in_either_form() -> None:
    for plan in (SHORT, Plan()):
        assert judge_kills(plan, ENOUGH, 10, is_settled=False)["not well when the time was up"] == 1
