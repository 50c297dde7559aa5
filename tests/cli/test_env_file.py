"""Writing `.env`: what is written reads back as it was."""

import io

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from cli.env_file import set_lines
from news.errors import SettingsError

VALUES = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")))


@given(VALUES)
def test_every_value_reads_back(value: str) -> None:
    text = set_lines("# a remark\nexport OLD=1\nOTHER=2\n", {"OLD": value, "NEW": value})
    read = dotenv_values(stream=io.StringIO(text), interpolate=False)
    assert read == {"OLD": value, "OTHER": "2", "NEW": value}
    assert text.startswith("# a remark\n")


def test_a_line_break_is_refused() -> None:
    with pytest.raises(SettingsError, match="line break"):
        set_lines("", {"NEW": "a\nINJECTED=1"})
