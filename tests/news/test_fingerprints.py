import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.fingerprints import differs_clearly, fingerprint, normalise_text

LINES = st.lists(
    st.text(max_size=30) | st.text("aZ 1.", max_size=30) | st.text("가ｶﾞ\u0301ﬁİ\x85\u2028", max_size=9), max_size=5
)


@given(LINES, st.sampled_from(["\n", "\r\n", "\u2028"]))
def test_a_text_is_folded_as_if_it_were_one_line(lines: list[str], end: str) -> None:
    text = end.join(lines)
    assert normalise_text(text) == " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@pytest.mark.parametrize("again", ["Xi  meets\nLee", "XI MEETS LEE", "Ｘi meets Lee"])
def test_a_page_rendered_anew_is_the_same(again: str) -> None:
    assert fingerprint("Title", again) == fingerprint("Title", "Xi meets Lee")


def test_the_border_between_title_and_text_counts() -> None:
    assert fingerprint("a", "b") != fingerprint("ab", "") != fingerprint("", "ab")


def _write(*numbers: int) -> str:
    return "\n".join(f"Paragraph {number:02} of the report tells what both sides said." for number in numbers)


@pytest.mark.parametrize(
    ("old", "new", "is_rewritten"),
    [
        (_write(*range(10)), _write(*range(10)).upper(), False),
        (_write(*range(10)), _write(*range(11)), False),  # a live blog's next line
        (_write(*range(10)), _write(*range(9)), False),
        (_write(*range(10)), _write(*range(7), 11, 12, 13), True),
        (_write(*range(10)), _write(*range(2)), True),  # most of it withdrawn
        (_write(*range(10)), _write(*range(14)), True),  # grown by more than a quarter
        (_write(*range(10)), "\n", False),
    ],
)
def test_a_text_is_rewritten_when_a_fifth_of_it_is_new_or_gone(old: str, new: str, *, is_rewritten: bool) -> None:
    assert differs_clearly(old, new) is is_rewritten
