from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.features import FEATURES, observe
from matching.matcher import Matcher
from matching.sharing import Words
from matching.weighing import score
from news.topics import Angle, Entity, EntityKind, Level, Match, Phrase, Scope, Topic, Within

PLAIN = Topic("t", "T", "A test", "a test")


def make(gazetteer: dict[str, Entity], phrases: dict[str, Phrase], topic: Topic) -> Matcher:
    return Matcher(gazetteer, phrases, [topic])


def about(matcher: Matcher, title: str, text: str) -> list[int]:
    """The sentences that the only topic finds to be about it."""
    observed = matcher.observe(matcher.read(title, text))
    return sorted(observed[0].observation.about) if observed else []


TEXT = "China moved. Taiwan answered. Rain fell. It was late.\nAnother day. China waited."


@pytest.mark.parametrize(
    ("within", "text", "sentences"),
    [
        (Within.SENTENCE, TEXT, []),
        (Within.SENTENCE, "China and Taiwan talk.", [1]),
        (Within.WINDOW, TEXT, [1]),
        (Within.PARAGRAPH, TEXT, [1, 2]),
        (Within.ARTICLE, TEXT, [1, 2, 6]),
    ],
)
def test_an_angle_stands_within_what_it_asks(
    gazetteer: dict[str, Entity], phrases: dict[str, Phrase], within: Within, text: str, sentences: list[int]
) -> None:
    topic = replace(PLAIN, angles=(Angle(all=(("china",), ("taiwan",)), within=within),))
    assert about(make(gazetteer, phrases, topic), "News", text) == sentences


@pytest.mark.parametrize(
    ("scope", "sentences"), [(Scope.TITLE, [0]), (Scope.LEAD, [0, 1]), (Scope.ANYWHERE, [0, 1, 5])]
)
def test_an_angle_keeps_to_its_scope(
    gazetteer: dict[str, Entity], phrases: dict[str, Phrase], scope: Scope, sentences: list[int]
) -> None:
    topic = replace(PLAIN, angles=(Angle(all=(("taiwan",),), scope=scope),))
    text = "Taiwan spoke. One more. Two more. Three more. Taiwan again."
    assert about(make(gazetteer, phrases, topic), "Taiwan", text) == sentences


def test_a_selection_takes_what_belongs_to_a_state(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    everything = make(gazetteer, phrases, replace(PLAIN, keys=("china:*",)))
    leaders = make(gazetteer, phrases, replace(PLAIN, keys=("china:leader",)))
    assert about(everything, "Xi Jinping speaks", "") == about(everything, "China speaks", "") == [0]
    assert about(leaders, "Xi Jinping speaks", "") == [0]
    assert about(leaders, "China speaks", "") == []


def test_a_level_selects_who_acts_and_no_event(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    summit = Entity("summit", "A summit", EntityKind.EVENT, {"en": ("Harbour Summit",)}, of="china", level=Level.LEADER)
    matcher = make({**gazetteer, "summit": summit}, phrases, replace(PLAIN, keys=("china:leader",)))
    assert about(matcher, "Xi Jinping speaks", "") == [0]
    assert about(matcher, "Harbour Summit ends", "") == []
    assert about(
        make({"china": gazetteer["china"], "summit": summit}, phrases, replace(PLAIN, keys=("china:event",))),
        "Harbour Summit ends",
        "",
    ) == [0]


def test_a_never_term_refuses(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    topic = replace(PLAIN, keys=("taiwan",), never=("shares",))
    matcher = make(gazetteer, phrases, topic)
    assert matcher.match_text("Taiwan votes", "Taiwan votes.")
    assert not matcher.match_text("Taiwan votes", "Taiwan votes. Some shares rose.")


def test_a_topic_may_ask_for_a_share_of_the_text_and_a_score(
    gazetteer: dict[str, Entity], phrases: dict[str, Phrase]
) -> None:
    topic = replace(PLAIN, keys=("taiwan",))
    text = "Rain fell. Snow fell. Hail fell."
    assert make(gazetteer, phrases, topic).match_text("Taiwan votes", text)
    assert not make(gazetteer, phrases, replace(topic, minimum_share=0.5)).match_text("Taiwan votes", text)
    assert not make(gazetteer, phrases, replace(topic, threshold=1.0)).match_text("Taiwan votes", text)


def test_a_topic_brings_words_of_its_own(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    topic = replace(PLAIN, keys=("pandas",), phrases={"pandas": {"en": ("giant panda",), "ko": ("푸바오",)}})
    matcher = make(gazetteer, phrases, topic)
    assert matcher.match_text("Giant panda returns", "")
    assert matcher.match_text("푸바오가 떠났다", "")
    assert not matcher.find_mentions("Giant panda returns", "")


def test_support_raises_and_other_subjects_lower_the_score(small: Matcher) -> None:
    def score(title: str) -> float:
        (observed,) = small.observe(small.read(title, ""))
        return sum(small.weights.by_feature[name] * value for name, value in observed.observation.features.items())

    plain = score("China and Taiwan")
    assert score("China drills near Taiwan") > plain > score("China and Taiwan shares")


def test_a_sentence_that_lists_states_is_about_none_of_them(shipped: Matcher) -> None:
    pair = "China and Taiwan traded military threats."
    crowd = "China, Taiwan, France, Brazil, Egypt and Mexico sent military doctors."

    def about_taiwan(text: str) -> frozenset[int]:
        observed = {one.compiled.topic.id: one.observation for one in shipped.observe(shipped.read("News", text))}
        return observed["taiwan"].about if "taiwan" in observed else frozenset()

    assert about_taiwan(pair) == {1}
    assert about_taiwan(crowd) == frozenset()


def test_an_article_without_the_topic_is_not_observed(small: Matcher) -> None:
    compiled = small.rules.topics[0]
    assert observe(compiled, {}, small.read("Rain", "").layout, Words()) is None
    assert small.match_text("Rain", "It fell on China.") == ()


def test_features_are_those_that_are_declared(small: Matcher) -> None:
    (observed,) = small.observe(small.read("China drills near Taiwan", "Shares fell."))
    assert set(observed.observation.features) == set(FEATURES)
    assert all(0 <= value <= 1 for value in observed.observation.features.values())


def test_evidence_tells_hits_sentence_and_parts(small: Matcher) -> None:
    (match,) = small.match_text("Taiwan on alert", "China holds drills around Taiwan. Taiwan asks China to stop.")
    assert match.evidence.sentence == "China holds drills around Taiwan."
    assert {hit.label for hit in match.evidence.hits} == {"China", "Taiwan", "drill"}
    assert match.evidence.parts["supported in lead"] > 0
    assert score(match.evidence.parts) == pytest.approx(match.score, abs=1e-3), "the parts are all there is to a score"
    assert match.topic_version == small.topic_versions["strait"]
    assert match.gazetteer_version == small.gazetteer_version


def test_versions_follow_content(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> None:
    topic = replace(PLAIN, keys=("taiwan",), supports=("drill",))
    first = make(gazetteer, phrases, topic)
    again = make(gazetteer, phrases, topic)
    edited = make(gazetteer, phrases, replace(topic, threshold=0.6))
    reworded = make(gazetteer, phrases | {"drill": replace(phrases["drill"], words={"en": ("manoeuvre",)})}, topic)
    fewer = make({k: v for k, v in gazetteer.items() if k != "who"}, phrases, topic)
    assert first.topic_versions == again.topic_versions
    assert len({first.topic_versions["t"], edited.topic_versions["t"], reworded.topic_versions["t"]}) == 3
    assert first.gazetteer_version == again.gazetteer_version != fewer.gazetteer_version
    assert first.topic_versions == fewer.topic_versions


WORDS = ("China", "Taiwan", "drills", "shares", "South China Sea", "Xi", "Lee", "rain", "WHO", "panda", ".", "\n")


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(["China", "Taiwan drills", "China rain", "South"])
)
def test_an_unrelated_topic_changes_no_other_match(
    gazetteer: dict[str, Entity], phrases: dict[str, Phrase], small: Matcher, words: list[str], phrase: str
) -> None:
    other = replace(PLAIN, id="other", keys=("own",), phrases={"own": {"en": (phrase,)}})
    both = Matcher(gazetteer, phrases, [*small.topics, other])
    text = " ".join(words)
    kept: list[Match] = [match for match in both.match_text("China near Taiwan", text) if match.topic != "other"]
    assert kept == list(small.match_text("China near Taiwan", text))


def test_the_wide_net_hears_nothing_against_a_topic_and_knows_either_language(
    gazetteer: dict[str, Entity], phrases: dict[str, Phrase]
) -> None:
    visit = {"visit": {"ko": ("방문",)}}
    topic = replace(
        PLAIN, angles=(Angle((("china",), ("visit",)), scope=Scope.LEAD),), never=("taiwan",), phrases=visit
    )
    matcher = make(gazetteer, phrases, topic)
    menu = "Home and sport and weather and more of all that. " * 20
    assert matcher.catches("중국 방문", "중국을 방문했다.")
    assert matcher.catches("오늘의 소식", f"{menu}\n중국 방문 뒤.\nMore on Taiwan.")
    assert not matcher.catches("오늘의 소식", f"{menu}\n비가 왔다.")
