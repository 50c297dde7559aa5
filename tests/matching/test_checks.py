from dataclasses import replace

from matching.checks import Overlap, run_examples, survey
from matching.matcher import Matcher
from news.topics import Entity, Example, Phrase, Topic


def test_a_failed_example_comes_back_with_its_score(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    good = Example("en", "Taiwan votes", matches=True)
    bad = Example("en", "Taiwan swims", matches=False)
    topic = Topic("t", "T", "A test", "a test", keys=("taiwan",), examples=(good, bad))
    (failed,) = run_examples(Matcher(gazetteer, phrases, [topic]))
    assert (failed.topic, failed.example) == ("t", bad)
    assert failed.score > 0.5


def test_a_survey_counts_matches_frequent_names_silent_terms_and_overlaps(
    gazetteer: dict[str, Entity], phrases: dict[str, Phrase]
) -> None:
    topic = Topic("one", "T", "A test", "a test", keys=("taiwan",))
    matcher = Matcher(gazetteer, phrases, [topic, replace(topic, id="two"), replace(topic, id="sea", keys=("sea",))])
    articles = [
        ("Taiwan votes", "", "en"),
        ("Taiwan swims", "", "en"),
        ("South China Sea", "", None),
        ("Rain", "", "en"),
    ]
    report = survey(matcher, articles)
    assert report.articles == 4
    assert report.matches == {("one", "en"): 2, ("two", "en"): 2, ("sea", "en"): 1}
    assert {id_ for id_, _, _ in report.frequent} == {"taiwan", "sea"}
    assert {"xi", "drill"} <= set(report.silent)
    assert report.overlaps == (Overlap("one", "two", 2, 1.0),)
