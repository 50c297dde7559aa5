"""What the documents say is so: files, names, commands, options, settings and queries are there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from typer.core import TyperGroup

from cli.app import app
from cli.commands import register
from digests.channels.opening import _OPENERS
from flows.settings import PREFIX, Settings
from seeds.checking import CHANNEL_KINDS
from storage.engine import Store, reading

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
ROOMS = "benchmarks|cli|digests|docs|extractors|fetching|flows|matching|news|seeds|storage|stories|tests"
FILE = re.compile(rf"`((?:{ROOMS})/[\w./-]+\.\w+)`")
NAMED = re.compile(rf"`((?:{ROOMS})/[\w./-]+\.py)`\s\(((?:`\w+`(?:,\s)?)+)\)")
COMMAND = re.compile(r"\./dateline ((?:[a-z]+ ?)+(?:[^`\n|#)]*)?)")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


@every_document
def test_files_and_links_are_there(path: Path) -> None:
    text = path.read_text()
    for name in FILE.findall(text):
        assert (ROOT / name).exists(), name
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in target or (path.parent / target).exists(), target


def test_the_names_that_an_engineer_is_led_to_stand_where_they_are_said_to() -> None:
    led = NAMED.findall((ROOT / "docs/extending.md").read_text())
    assert len(led) > 10
    for file, names in led:
        for name in re.findall(r"\w+", names):
            assert re.search(rf"\b{name}\b", (ROOT / file).read_text()), f"{name} in {file}"


@every_document
def test_settings_are_there(path: Path) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {"DATELINE_ENV_FILE"}
    for name in re.findall(r"\bDATELINE_[A-Z_]*[A-Z]\b(?!_)", path.read_text()):
        assert name in known or name.startswith("DATELINE_TEST_"), name


@every_document
def test_commands_and_their_options_are_there(path: Path) -> None:
    register()
    root = typer.main.get_command(app)
    for said in COMMAND.findall(path.read_text()):
        words = shlex.split(said.replace("'", "").strip(), posix=False)
        command, rest = _find(root, words)
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for word in rest:
            if word.startswith("--"):
                assert word.partition("=")[0] in options, f"{word} of ./dateline {said}"


def _find(command: Any, words: list[str]) -> tuple[Any, list[str]]:  # noqa: ANN401 (Typer's own click names no types)
    while isinstance(command, TyperGroup) and words:
        assert words[0] in command.commands or words[0].startswith("--"), f"./dateline {' '.join(words)}"
        if words[0] not in command.commands:
            break
        command, words = command.commands[words[0]], words[1:]
    return command, words


def test_the_readmes_query_runs_on_both_engines(store: Store) -> None:
    [query] = re.findall(r"^    (SELECT .*?);$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    with reading(store) as connection:
        assert connection.execute(sa.text(query)).all() == []


def test_the_views_columns_are_described(store: Store) -> None:
    with reading(store) as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("tagged_items")}
    told = {name for row in re.findall(r"^\| (`.*?) \|", _view(), re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert columns == told
    [listed] = re.findall(r"Columns: `([\w, ]+)`", (ROOT / "README.md").read_text())
    assert set(listed.split(", ")) == columns


def _view() -> str:
    return (ROOT / "docs/database.md").read_text().partition("## `tagged_items`")[2].partition("\n## ")[0]


def test_what_may_be_declared_can_be_opened() -> None:
    assert tuple(_OPENERS) == CHANNEL_KINDS


def test_every_threat_names_a_test_that_is_there() -> None:
    lines = (ROOT / "docs" / "security.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| threat")]
    assert len(rows) >= 10
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", row.split("|")[3])
        assert named, row
        for file, test in named:
            assert re.search(rf"def {test}\(", (ROOT / "tests" / file).read_text()), f"{file}::{test}"
