import pytest

from matching.checks import run_examples
from matching.features import AGAINST, FEATURES
from matching.matcher import Matcher
from matching.weighing import shipped_weights


def test_every_example_is_treated_as_it_says(shipped: Matcher) -> None:
    assert run_examples(shipped) == ()


def test_every_topic_has_examples_of_both_kinds_in_four_languages(shipped: Matcher) -> None:
    for topic in shipped.topics:
        assert {example.language for example in topic.examples} == {"en", "zh", "ko", "ja"}, topic.id
        assert {example.matches for example in topic.examples} == {True, False}, topic.id


def test_every_topic_names_the_seed_story(shipped: Matcher) -> None:
    assert {topic.seed for topic in shipped.topics} == {"story"}


def test_the_topics_of_the_story_are_there(shipped: Matcher) -> None:
    strands = {
        "sino-korean-summitry",
        "taiwan",
        "japan-relations",
        "us-korea-alliance",
        "north-korea",
        "china-korea-economy",
    }
    assert strands <= {topic.id for topic in shipped.topics}


def test_no_shipped_weight_speaks_against_sense() -> None:
    weights = shipped_weights().by_feature
    assert set(weights) == set(FEATURES)
    assert all(weights[name] <= 0 for name in AGAINST)
    assert all(weights[name] >= 0 for name in set(FEATURES) - AGAINST)


@pytest.mark.parametrize(
    ("title", "entity"),
    [
        ("高雄市府推出新政策", "takaichi-sanae"),
        ("高市府宣布停班", "takaichi-sanae"),
        ("이재용 삼성 회장 출국", "lee-jae-myung"),
        ("대만족 할인 행사", "taiwan"),
        ("タイムズスクエアの人出", "thailand"),
        ("이미 정부가 대책을 발표한 중간에", "united-states"),
        ("이미 정부가 대책을 발표한 중간에", "south-korea"),
        ("英国のスターマー首相が中国を訪問", "takaichi-sanae"),
        ("英国のスターマー首相が中国を訪問", "kantei"),
        ("乌克兰国防部回应俄罗斯", "taiwan-mnd"),
        ("Singapore's Lee meets Xi Jinping", "lee-jae-myung"),
    ],
)
def test_known_false_friends_stay_silent(shipped: Matcher, title: str, entity: str) -> None:
    assert entity not in {mention.entity for mention in shipped.find_mentions(title, "")}
