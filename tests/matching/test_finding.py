import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.finding import tell_language
from matching.matcher import Matcher
from news.topics import Angle, Entity, EntityKind, Phrase, Topic


def named(matcher: Matcher, title: str, text: str = "", language: str | None = None) -> list[tuple[str, str]]:
    return [(one.entity, one.quote) for one in matcher.find_mentions(title, text, language)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("China and Taiwan", [("china", "China"), ("taiwan", "Taiwan")]),
        ("Chinatown in Manila", []),
        ("CHINA’S plan", [("china", "CHINA")]),
        ("the South China Sea", [("sea", "South China Sea")]),
        ("a cold Taiwan Beer", []),
        ("中國與臺灣", [("china", "中國"), ("taiwan", "臺灣")]),
        ("台湾路施工", []),
        ("중국은 대만에서의 훈련을", [("china", "중국"), ("taiwan", "대만")]),
        ("중국군이 대만해협에", [("china", "중국"), ("taiwan", "대만")]),
        ("주중국 대사", [("china", "중국")]),
        ("일은 절대만 하지 않는다", []),
        ("대만족 이벤트", []),
        ("시진핑과 이재명", [("xi", "시진핑"), ("lee", "이재명")]),
        ("시주석이 말했다", [("xi", "시주석")]),
        ("タイ首相", [("thailand", "タイ")]),
        ("タイムズ", []),
        ("モンタイ", []),
        ("the WHO said", [("who", "WHO")]),
        ("those who said", []),
    ],
)
def test_names_are_found_by_the_edges_of_their_script(small: Matcher, text: str, found: list[tuple[str, str]]) -> None:
    assert named(small, text) == found


def test_a_formula_does_not_hide_the_names_in_it(shipped: Matcher) -> None:
    found = {entity for entity, _ in named(shipped, "Talk of a Taiwan contingency in Tokyo")}
    assert {"taiwan-contingency", "taiwan", "tokyo"} <= found
    assert "china" not in {entity for entity, _ in named(shipped, "Ships in the South China Sea")}


def test_a_weak_name_counts_beside_another_leader(small: Matcher) -> None:
    assert named(small, "Lee meets Xi") == [("lee", "Lee"), ("xi", "Xi")]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("12日中国对此回应", "china"),
        ("日本政府は13日韓国に抗議した", "south-korea"),
        ("訪日中国人が減少", "china"),
        ("조현 장관, 왕이와 통화", "wang-yi"),
        ("한-중 통상장관회의", "china"),
        ("South Korean president says Beijing agreed", "cheong-wa-dae"),
    ],
)
def test_names_are_found_where_papers_write_them(shipped: Matcher, text: str, entity: str) -> None:
    assert entity in {found for found, _ in named(shipped, text)}


def test_a_name_that_may_be_none_hides_no_shorter_one(small: Matcher) -> None:
    taiwan = Entity("taiwan", "Taiwan", EntityKind.STATE, {"en": ("Taiwan",)})
    party = Entity("party", "A party", EntityKind.PARTY, {"en": ("Formosa Front",)}, {"en": ("Taiwan Front",)})
    matcher = Matcher({"taiwan": taiwan, "party": party}, {}, [])
    assert named(matcher, "Taiwan Front sings") == [("taiwan", "Taiwan")]
    assert named(small, "a cold Taiwan Beer") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("중국에 항의했다", True),
        ("국방장관회담 뒤 중국 항의설", True),
        ("중국 국제공항의 모습", False),
        ("중국 항의자", False),
    ],
)
def test_a_korean_noun_is_found_in_its_verbs_and_compounds(text: str, found: bool) -> None:
    china = Entity("china", "China", EntityKind.STATE, {"ko": ("중국",)})
    protest = Phrase("protest", "protest", {"ko": ("항의",)})
    topic = Topic("t", "T", "A test", "a test", angles=(Angle((("china",), ("protest",))),))
    matcher = Matcher({"china": china}, {"protest": protest}, [topic])
    assert bool(matcher.observe(matcher.read(text, ""))) is found


def test_a_weak_name_alone_does_not_count(small: Matcher) -> None:
    assert named(small, "Lee wins the match") == []


def test_a_weak_name_counts_where_the_full_name_stands_elsewhere(small: Matcher) -> None:
    assert named(small, "Lee resigns", "Lee Jae Myung told the press.") == [("lee", "Lee"), ("lee", "Lee Jae Myung")]


def test_a_shared_weak_name_goes_to_the_bearer_named_in_full(small: Matcher) -> None:
    found = named(small, "Lee meets Xi Jinping", "Lee Jae-yong travelled with the delegation.")
    assert found == [("tycoon", "Lee"), ("xi", "Xi Jinping"), ("tycoon", "Lee Jae-yong")]


def test_a_weak_name_is_one_in_its_own_language_only(small: Matcher) -> None:
    assert named(small, "中, 대만 포위") == [("china", "中"), ("taiwan", "대만")]
    assert named(small, "其中，台湾", language="zh") == [("taiwan", "台湾")]


def test_a_single_han_character_inside_a_word_is_no_name(small: Matcher) -> None:
    assert named(small, "集中 훈련, 대만") == [("taiwan", "대만")]


def test_names_do_not_reach_from_the_title_into_the_text(small: Matcher) -> None:
    assert named(small, "South China", "Sea rescue") == [("china", "China")]


def test_a_decomposed_text_is_quoted_as_written(small: Matcher) -> None:
    text = "\u1103\u1162\u1106\u1161\u11ab은 섬이다"
    (mention,) = small.find_mentions("", text)
    assert text[mention.start : mention.end] == mention.quote == "\u1103\u1162\u1106\u1161\u11ab"


@given(st.text(max_size=40), st.text(max_size=80))
def test_a_mention_always_quotes_the_original(small: Matcher, title: str, text: str) -> None:
    for mention in small.find_mentions(title + " 시진핑", "㈜ Taiwan " + text + " 習近平"):
        whole = title + " 시진핑" if mention.where == "title" else "㈜ Taiwan " + text + " 習近平"
        assert whole[mention.start : mention.end] == mention.quote != ""


def test_a_pickled_matcher_finds_the_same(small: Matcher) -> None:
    copy: Matcher = pickle.loads(pickle.dumps(small))  # noqa: S301 - our own bytes
    assert copy.examine("China drills near Taiwan", "") == small.examine("China drills near Taiwan", "")


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Lee meets Xi in Beijing", "ko", "en"),
        ("李대통령, 내달 中 국빈방문", None, "ko"),
        ("高市首相が訪中", None, "ja"),
        ("高市首相", "ja", "ja"),
        ("高市首相", None, "zh"),
        ("习近平会见韩国总统", "zh-Hans", "zh"),
        ("BTS の新曲", None, "ja"),
        ("Café déjà vu", None, "en"),
    ],
)
def test_tells_a_language_by_script(text: str, hint: str | None, language: str) -> None:
    assert tell_language(text, hint) == language
