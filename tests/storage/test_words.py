import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.words import index_text, phrase_tokens, split_units


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("台湾海峡", ["台湾", "湾海", "海峡", "峡"]),
        ("臺灣海峽", ["台湾", "湾海", "海峡", "峡"]),
        ("대만은 한", ["대만", "만은", "은", "한"]),
        ("日本の首相、ﾄｳｷｮｳ", ["日本", "本の", "の首", "首相", "相", "トウ", "ウキ", "キョ", "ョウ", "ウ"]),
        ("F-16s over Café ＡＩ芯片", ["f", "16s", "over", "cafe", "ai", "芯片", "片"]),
        ("Île–Žižek's", ["ile", "zizek", "s"]),
        ("…!?", []),
    ],
)
def test_pairs_for_east_asia_and_words_for_the_rest(text: str, tokens: list[str]) -> None:
    assert index_text("", text) == ["¶", *tokens]


def test_a_phrase_never_reaches_from_the_title_into_the_text() -> None:
    assert index_text("New York", "Times") == ["new", "york", "¶", "times"]


@pytest.mark.parametrize(
    ("searched", "tokens", "may_go_on"),
    [
        ("台湾", ["台湾"], False),
        ("台湾海峡", ["台湾", "湾海", "海峡"], False),
        ("한", ["한"], True),
        ("AI芯片", ["ai", "芯片"], False),
        ("芯片AI", ["芯片", "片", "ai"], False),
        ("export controls", ["export", "controls"], False),
    ],
)
def test_a_searched_phrase_becomes_neighbouring_tokens(searched: str, tokens: list[str], may_go_on: bool) -> None:
    assert phrase_tokens(split_units(searched)) == (tokens, may_go_on)


@given(st.text(alphabet="台湾海峡中国 대만정부abé12-", min_size=1, max_size=12), st.data())
def test_every_cut_of_east_asian_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    cut = text[start : data.draw(st.integers(start + 1, len(text)))]
    units = split_units(cut)
    if not units or any(not unit.is_cjk for unit in (units[0], units[-1])):
        return  # the first or last Latin word may have been cut through
    tokens, may_go_on = phrase_tokens(units)
    held = index_text("", text)
    wanted = tokens[:-1]
    assert any(
        held[at : at + len(wanted)] == wanted
        and (held[at + len(wanted)].startswith(tokens[-1]) if may_go_on else held[at + len(wanted)] == tokens[-1])
        for at in range(len(held) - len(wanted))
    )


LINES = st.lists(
    st.text(max_size=40) | st.text("aZé1 -_", max_size=80) | st.text("台湾 한국ｶﾞ…", max_size=20), max_size=5
)


@given(LINES)
def test_a_text_gives_the_tokens_of_its_lines_however_they_are_written(lines: list[str]) -> None:
    """Lines of ASCII take a way of their own; among others, by a character that is no word, they take the common one."""
    apart = [token for line in lines for token in index_text("", line)[1:]]
    together = index_text("", "。".join(lines))[1:]
    assert index_text("", "\n".join(lines))[1:] == apart == together


@given(st.text(max_size=200))
def test_tokens_hold_nothing_that_either_engine_would_cut_or_quote(text: str) -> None:
    for token in index_text("", text)[1:]:
        assert all(one.isalnum() for one in token if one.isascii())
        assert not any(one.isspace() for one in token)
        assert len(token) <= 64
