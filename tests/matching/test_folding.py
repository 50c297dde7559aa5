import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.normal import fold_text

TEXTS = st.text(max_size=60)
ODD = st.lists(
    st.sampled_from(["㈜", "Ⅱ", "ㅎ", "…", "か\u3099", "e\u0301", "\u200b", "\u1112\u1161\u11ab", "習", "Ｌ", "A", " "])
).map("".join)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Xi Jinping", "xi jinping"),
        ("ＮＡＴＯ", "nato"),
        ("習近平與臺灣", "习近平与台湾"),
        ("“One China”", '"one china"'),
        ("Jae‑myung", "jae-myung"),
        ("한・중", "한·중"),
        ("a\u00a0b\u3000c", "a b c"),
        ("㈜삼성", "(주)삼성"),
        ("か\u3099", "が"),
        ("\u1112\u1161\u11ab국", "한국"),
        ("중\u200b국", "중국"),
        ("İstanbul", "istanbul"),
        ("ﾀｲ", "タイ"),
        ("천궁-Ⅱ", "천궁-ii"),
        ("ㄱ씨, ㉠, ﾡ", "ㄱ씨, ㄱ, ㄱ"),
        ("\u1100씨", "ㄱ씨"),
    ],
)
def test_folds(written: str, folded: str) -> None:
    assert fold_text(written).text == folded


# Without those that nobody sees, half a pair, and old jamo that no other letter prints.
SEEN = [
    one
    for one in map(chr, range(0x21, 0xFFFE))
    if unicodedata.category(one)[0] in "LNPS" and not re.match("[\u1113-\u115f\ua960-\ua97c\uff9e\uff9f]", one)
]


def test_a_capital_is_folded_as_its_small_letter() -> None:
    lower = {one: one.lower() for one in SEEN if one != "İ"}  # the only one whose small letter is longer
    assert [one for one, small in lower.items() if fold_text(f"a{one}b") != fold_text(f"a{small}b")] == []


def test_no_character_that_is_seen_vanishes() -> None:
    assert [one for one in SEEN if len(fold_text(f"a{one}b").text) < 3 or not fold_text(one).text] == []


@given(TEXTS | ODD)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold_text(text).text
    assert fold_text(once).text == once


@given(TEXTS | ODD)
def test_every_folded_character_points_into_the_original(text: str) -> None:
    folded = fold_text(text)
    places = [folded.locate(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)


@given(TEXTS | ODD)
def test_a_located_span_folds_to_what_was_found(text: str) -> None:
    folded = fold_text(text)
    for at, character in enumerate(folded.text):
        start, end = folded.locate(at, at + 1)
        assert character in fold_text(text[start:end]).text


def test_composed_and_decomposed_hangul_are_the_same() -> None:
    assert fold_text(unicodedata.normalize("NFD", "이재명 대통령")).text == "이재명 대통령"


def test_a_name_behind_an_expanding_character_is_located() -> None:
    text = "㈜가나 習近平"
    folded = fold_text(text)
    at = folded.text.index("习近平")
    start, end = folded.locate(at, at + 3)
    assert text[start:end] == "習近平"
