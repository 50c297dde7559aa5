"""Every mistake is refused with its place and a sentence that helps, and no mistake breaks anything else."""

import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from news.errors import SeedError
from seeds.declarations import load_declarations

HERE = Path(__file__).parent
VALID = HERE / "valid"
NAMES = sorted(str(path.relative_to(VALID)) for path in VALID.rglob("*.*"))
MISTAKES = tomllib.loads((HERE / "mistakes.toml").read_text(encoding="utf-8"))["mistake"]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: f"{one['file']}: {one['write'].strip()[:40]}")
def test_a_mistake_is_told_with_its_place_and_remedy(seeds: Path, mistake: dict[str, str]) -> None:
    path = seeds / mistake["file"]
    valid = path.read_text(encoding="utf-8")
    old = valid if mistake["instead_of"] == "*" else mistake["instead_of"]
    assert old in valid
    path.write_text(valid.replace(old, mistake["write"], 1), encoding="utf-8")
    with pytest.raises(SeedError) as refused:
        load_declarations(seeds, None)
    assert str(refused.value).replace(f"{seeds}/", "") == mistake["says"]


def test_a_secret_in_an_address_is_not_repeated(seeds: Path) -> None:
    path = seeds / "feeds.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("https://harbour", "ftp://me:hunter2@harbour"), "utf-8")
    with pytest.raises(SeedError) as refused:
        load_declarations(seeds, None)
    assert "hunter2" not in str(refused.value)


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, bytes]:
    """One of the valid files with a piece of it cut out, doubled or replaced, as a slip of an editor would."""
    name = draw(st.sampled_from(NAMES))
    content = (VALID / name).read_bytes()
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, min(len(content), start + 40)))
    slip = draw(
        st.one_of(
            st.just(b""),
            st.just(content[start:end] * 2),
            st.sampled_from(
                [b'"', b"[", b"]", b"=", b"&", b"<", b"\x00", b"\xff", b"\n", b"'''", b"-1", b"{}", b"\xef\xbb\xbf"]
            ),
            st.text(max_size=8).map(lambda text: text.encode(errors="replace")),
        )
    )
    return name, content[:start] + slip + content[end:]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(shutil.copytree(VALID, Path(name) / "seeds"))


@settings(max_examples=300)
@given(damage=damages())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(folder: Path, damage: tuple[str, bytes]) -> None:
    name, content = damage
    (folder / name).write_bytes(content)
    try:
        refused = _refusal(folder)
    finally:
        shutil.copy(VALID / name, folder / name)
    assert refused is None or (refused.file.is_relative_to(folder) and refused.reason)


def _refusal(folder: Path) -> SeedError | None:
    try:
        load_declarations(folder, None)
    except SeedError as refused:
        return refused
    return None
