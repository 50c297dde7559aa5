from dataclasses import replace

from matching.checks import Overlap, run_examples, survey
from matching.matcher import Matcher
from news.topics import Entity, EntityKind, Example, Phrase, Topic


def test_a_failed_example_comes_back_with_its_score(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    good = Example("en", "Taiwan votes", matches=True)
    bad = Example("en", "Taiwan swims", matches=False)
    topic = Topic("t", "T", "A test", "a test", keys=("taiwan",), examples=(good, bad))
    (failed,) = run_examples(Matcher(gazetteer, phrases, [topic]))
    assert (failed.topic, failed.example) == ("t", bad)
    assert failed.score > 0.5


ARTICLES = [
    ("Taiwan votes", "", "en"),
    ("Taiwan swims", "", "en"),
    ("South China Sea", "", None),
    ("Rain", "", "en"),
]


def test_a_survey_counts_matches_spellings_silent_terms_and_overlaps(
    gazetteer: dict[str, Entity], phrases: dict[str, Phrase]
) -> None:
    topic = Topic("one", "T", "A test", "a test", keys=("taiwan",))
    matcher = Matcher(gazetteer, phrases, [topic, replace(topic, id="two"), replace(topic, id="sea", keys=("sea",))])
    report = survey(matcher, ARTICLES, [*gazetteer.values(), *phrases.values()])
    assert report.articles == 4
    assert report.matches == {("one", "en"): 2, ("two", "en"): 2, ("sea", "en"): 1}
    assert [(one.id, one.word, one.share) for one in report.frequent] == [
        ("taiwan", "Taiwan", 0.5),
        ("sea", "South China Sea", 0.25),
    ]
    assert {"xi", "drill", "china"} <= set(report.silent)
    assert report.overlaps == (Overlap("one", "two", 2, 1.0),)


def test_a_spelling_that_is_never_read_is_told_of_in_the_languages_of_the_archive() -> None:
    lai = Entity("lai", "Lai Ching-te", EntityKind.PERSON, {"en": ("Lai Ching-te", "William Lai"), "ko": ("라이칭더",)})
    drill = Phrase("drill", "drill", {"en": ("drill", "dril")})
    topic = Topic("t", "T", "A test", "a test", keys=("lai", "own"), phrases={"own": {"en": ("vote", "wote")}})
    matcher = Matcher({"lai": lai}, {"drill": drill}, [topic])
    articles = [("Lai Ching Te watches a drill", "A vote follows.", "en")]
    idle = [(one.id, one.word) for one in survey(matcher, articles, [lai, drill]).idle]
    assert idle == [("lai", "William Lai"), ("drill", "dril"), ("t/own", "wote")]
    assert [one.id for one in survey(matcher, articles, [lai, drill], ["t"]).idle] == ["lai", "t/own"]


def test_a_survey_of_one_topic_is_silent_of_others(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    topic = Topic("one", "T", "A test", "a test", keys=("taiwan",))
    others = [replace(topic, id="two"), replace(topic, id="sea", keys=("sea", "who"))]
    report = survey(Matcher(gazetteer, phrases, [topic, *others]), ARTICLES, gazetteer.values(), ["sea"])
    assert (report.matches, report.silent, report.overlaps) == ({("sea", "en"): 1}, ("who",), ())
