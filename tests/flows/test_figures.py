"""What a round counts, and when it says that it was no success."""

from datetime import UTC, datetime

import pytest

from flows.steps.watching import Figures
from news.reading import Recorded
from news.sources import FeedState, Outcome, Poll, Refresh

NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)


def test_a_defect_that_was_met_makes_a_round_fail_at_its_end() -> None:
    assert Figures(feeds=10, defects=1).complain() == (
        "1 feeds or pages met a defect in Dateline, told in the log; all others were read"
    )


def test_what_the_database_did_not_take_counts_as_a_defect() -> None:
    polls = [
        Poll(Refresh(name, NOW, Outcome.UPDATED), FeedState(name, "https://a.example/")) for name in ("one", "two")
    ]
    figures = Figures()
    figures.count_polls(polls, {"one": 3})
    assert (figures.feeds, figures.failed, figures.new_entries, figures.defects) == (2, 1, 3, 1)
    figures.count_pages([], Recorded(refused_entries=1, defects=1))
    assert (figures.refused, figures.defects) == (1, 2)


@pytest.mark.parametrize(("feeds_", "failed", "is_bad"), [(10, 6, True), (10, 5, False), (3, 3, False)])
def test_a_round_in_which_most_feeds_fail_complains(feeds_: int, failed: int, is_bad: bool) -> None:
    figures = Figures(feeds=feeds_, failed=failed, failures={"hanbit": "the server answered 500"})
    assert bool(figures.complain()) is is_bad
