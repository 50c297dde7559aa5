from collections.abc import Callable
from pathlib import Path

import pytest

from matching.cache import load_matcher
from matching.matcher import Matcher


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    path = tmp_path / "topics.toml"
    path.write_text("one", encoding="utf-8")
    return path


def counting(matcher: Matcher, built: list[int]) -> Callable[[], Matcher]:
    def build() -> Matcher:
        built.append(1)
        return matcher

    return build


def test_builds_once_and_again_after_a_change(small: Matcher, declared: Path, tmp_path: Path) -> None:
    built: list[int] = []
    for _ in range(2):
        loaded = load_matcher(tmp_path / "kept", [declared], counting(small, built))
        assert loaded.match_text("China drills near Taiwan", "") == small.match_text("China drills near Taiwan", "")
    assert len(built) == 1
    declared.write_text("two", encoding="utf-8")
    load_matcher(tmp_path / "kept", [declared], counting(small, built))
    assert len(built) == 2
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"\x80\x05N.", b"not a pickle"])
def test_a_damaged_file_is_built_anew(small: Matcher, declared: Path, tmp_path: Path, damage: bytes) -> None:
    built: list[int] = []
    load_matcher(tmp_path / "kept", [declared], counting(small, built))
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_bytes(damage)
    assert isinstance(load_matcher(tmp_path / "kept", [declared], counting(small, built)), Matcher)
    assert len(built) == 2


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(small: Matcher, declared: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be", encoding="utf-8")
    assert load_matcher(tmp_path / "kept", [declared], lambda: small) is small
