import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.fingerprints import fingerprint, normalise_text

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
