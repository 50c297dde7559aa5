"""Writing `.env`: what is written reads back as it was."""

import io
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from cli.env_file import set_lines, write_settings
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


def test_a_file_in_a_folder_of_somebody_elses_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")  # as /etc does, and the file in it is ours

    monkeypatch.setattr("cli.env_file.tempfile.mkstemp", refuse)
    file = tmp_path / "dateline.env"
    with pytest.raises(SettingsError, match=r"dateline\.env cannot be written: Permission denied"):
        write_settings(file, {"DATELINE_ZONE": "Asia/Seoul"})
    file.write_text("# ours\n", encoding="utf-8")
    write_settings(file, {"DATELINE_ZONE": "Asia/Seoul"})
    assert file.read_text(encoding="utf-8") == "# ours\nDATELINE_ZONE=Asia/Seoul\n"
