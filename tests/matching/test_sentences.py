import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.sentences import lay_out


def cut(title: str, text: str) -> list[str]:
    layout = lay_out(title, text)
    joined = f"{title}\n{text}"
    return [joined[slice(*layout.bounds(one))].strip() for one in range(len(layout.starts))]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He left. She stayed.", ["He left.", "She stayed."]),
        (
            "SEOUL, Jan. 2 (Yonhap) -- Mr. Lee met U.S. officials.",
            ["SEOUL, Jan. 2 (Yonhap) -- Mr. Lee met U.S. officials."],
        ),
        ("It rose 3.5 percent.", ["It rose 3.5 percent."]),
        ("He said “no.” Then he left.", ["He said “no.”", "Then he left."]),
        ("the end.Next", ["the end.", "Next"]),
        ("동행한다.30일 재계에", ["동행한다.", "30일 재계에"]),
        ("会谈结束。双方同意！", ["会谈结束。", "双方同意！"]),
        ("「行く。」と述べた。", ["「行く。」", "と述べた。"]),
        ("one\ntwo", ["one", "two"]),
        (
            "It was short-listed for the award of...\nSouth Korea",
            ["It was short-listed for the award of...", "South Korea"],
        ),
        ("", []),
    ],
)
def test_cuts_into_sentences(text: str, sentences: list[str]) -> None:
    assert cut("Title", text) == ["Title", *sentences]


def test_counts_paragraphs_by_line() -> None:
    assert lay_out("T", "One. Two.\nThree.").paragraphs == (0, 1, 1, 2)


@given(st.text(max_size=20), st.text(max_size=100))
def test_every_offset_lies_in_the_sentence_that_is_named_for_it(title: str, text: str) -> None:
    layout = lay_out(title, text)
    for offset in range(layout.length):
        start, end = layout.bounds(layout.sentence_at(offset))
        assert start <= offset < end
