from pathlib import Path

import pytest

from news.errors import SeedError
from seeds.writing import write_whole


def test_a_file_is_replaced_with_its_permissions_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_whole(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_may_be_read_by_others(tmp_path: Path) -> None:
    write_whole(tmp_path / "file.toml", b"new")
    assert (tmp_path / "file.toml").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(("name", "reason"), [("nowhere/file", "No such file"), ("folder", "Is a directory")])
def test_what_cannot_be_written_is_told_and_leaves_nothing_behind(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SeedError, match=f"cannot be written: {reason}"):
        write_whole(tmp_path / name, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
