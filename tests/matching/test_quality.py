"""A floor under the quality of the shipped topics and weights; the figures themselves are printed by the benchmark."""

import pytest

from benchmarks import labelled
from matching.fitting import Row
from matching.matcher import Matcher

GOLD = labelled.read_gold()
pytestmark = pytest.mark.skipif(not GOLD, reason="the labelled articles are not here")


@pytest.fixture(scope="module")
def rows(shipped: Matcher) -> list[Row]:
    return labelled.make_rows(shipped, GOLD)


def test_the_shipped_weights_reach_their_figures(shipped: Matcher, rows: list[Row]) -> None:
    scores = labelled.score_rows(rows, labelled.predict(rows, shipped.weights))
    assert scores.macro >= 0.93
    assert min(scores.by_topic.values()) >= 0.90
    assert min(scores.by_language.values()) >= 0.88


def test_weights_fitted_without_a_topic_serve_it(rows: list[Row]) -> None:
    assert labelled.score_rows(rows, labelled.leave_topics_out(rows)).macro >= 0.90
