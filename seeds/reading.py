"""Reading declarations: a TOML file of tables becomes frozen types, or one `SeedError` that names the place."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from news.errors import SeedError
from seeds.codes import suggest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Declared = TypeVar("Declared", bound="DataclassInstance")


ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""What an id looks like: it stands in commands, file names and addresses."""

_TOML_HINTS = {
    "Cannot overwrite a value": " (a key stands here for the second time)",
    "Cannot declare": " (a table stands here for the second time)",
    "Invalid value": " (text needs quotation marks)",
    "Illegal character '\\n'": " (the quotation mark at the end of the text is missing)",
}
"""What tomllib's messages mostly mean for somebody who edits a file."""

_REASONS = {
    "missing": "this key is missing",
    "string_type": "this must be text, in quotation marks",
    "tuple_type": 'this must be a list, such as ["one", "two"]',
    "bool_parsing": "this must be true or false, without quotation marks",
    "bool_type": "this must be true or false, without quotation marks",
    "float_parsing": "this must be a number",
    "float_type": "this must be a number",
    "int_parsing": "this must be a whole number",
    "int_type": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "dict_type": "this must be a table, such as { one = 1 }",
    "mapping_type": "this must be a table, such as { one = 1 }",
    "time_parsing": "this must be a time, such as 22:00:00, without quotation marks",
    "time_type": "this must be a time, such as 22:00:00, without quotation marks",
}
"""Pydantic's types of error in the words of somebody who edits a file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a declaration stands. `line` is kept where the format tells it; in TOML it is looked up when needed."""

    file: Path
    table: str
    line: int | None = None

    def refuse(self, key: str, reason: str) -> SeedError:
        """Make the error for a wrong value under `key`."""
        line = self.line or find_line(self.file, self.table, key)
        return SeedError(self.file, reason, table=self.table, key=key, line=line)


@dataclass(frozen=True, slots=True)
class Placed(Generic[Declared]):
    """A declaration with the place it was read from."""

    value: Declared
    place: Place


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; one that cannot be read is a `SeedError`, with its line where the syntax is wrong."""
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        where = int(line[1]) if line and line[1] else text.count("\n") + 1
        reason = str(error).removesuffix(line[0]) if line else str(error)
        hint = next((said for message, said in _TOML_HINTS.items() if reason.startswith(message)), "")
        raise SeedError(path, f"this is not valid TOML: {reason}{hint}", line=where) from error
    except RecursionError as error:
        raise SeedError(path, "this file nests too deeply to be a declaration") from error


def read_text(path: Path) -> str:
    """Read a file as UTF-8, with or without a byte order mark; failing that is a `SeedError`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SeedError(path, "this file is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise SeedError(path, f"this file cannot be read: {error.strerror}") from error


def is_there(path: Path) -> bool:
    """Whether a file or folder exists; one that cannot even be looked for is a `SeedError`."""
    try:
        return path.exists()
    except OSError as error:
        raise SeedError(path, f"this cannot be read: {error.strerror}") from error


def read_tables(path: Path, section: str, declared: type[Declared]) -> Iterator[Declared]:
    """Yield one `declared` for each table `[section.ID]` of a file, its `id` taken from the table's name.

    Raises:
        SeedError: for the first table that does not fit, with file, line, table, key and reason.
    """
    for placed in read_placed(path, section, declared):
        yield placed.value


def read_placed(
    path: Path, section: str, declared: type[Declared], shipped: Mapping[str, Placed[Declared]] | None = None
) -> Iterator[Placed[Declared]]:
    """Yield what `read_tables` yields, each with its place; a table named as in `shipped` need say only what differs."""
    content = read_toml(path)
    for name in content:
        if name != section:
            reason = f"unknown section; this file holds [{section}.ID] tables"
            raise Place(path, name).refuse("", reason)
    tables = content.get(section, {})
    if not isinstance(tables, dict):
        raise Place(path, section).refuse("", f"this must be [{section}.ID] tables, not a value")
    for key, table in tables.items():
        place = Place(path, f"{section}.{key}")
        if not isinstance(table, dict):
            raise Place(path, section).refuse(key, f"this must be a table [{section}.{key}], not a value")
        if "id" in table:
            raise place.refuse("id", "the id is the table's name; leave this key out")
        same = shipped.get(key) if shipped else None
        before = {field.name: getattr(same.value, field.name) for field in fields(declared)} if same else {}
        yield Placed(build_at(place, {**before, "id": key, **table}, declared), place)


def build(path: Path, table: str, values: Mapping[str, object], declared: type[Declared]) -> Declared:
    """Make one declaration from the values of a table; a wrong one is a `SeedError`."""
    return build_at(Place(path, table), values, declared)


def build_at(place: Place, values: Mapping[str, object], declared: type[Declared]) -> Declared:
    """Make one declaration from the values found at a place; a wrong one is a `SeedError`."""
    known = [field.name for field in fields(declared)]
    for key in values:
        if key not in known:
            keys = ", ".join(name for name in known if name != "id")
            raise place.refuse(key, f"unknown key; known are {keys}{suggest(key, known)}")
    if "id" in values and not ID.fullmatch(str(values["id"])):
        reason = 'use small letters, digits and single hyphens, such as "korea-times"'
        raise place.refuse("id", f'"{values["id"]}" is no id; {reason}')
    try:
        adapter: TypeAdapter[Declared] = adapter_of(declared)
        return adapter.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        leaf = str(first["loc"][0]) if first["loc"] else ""
        line = place.line or find_line(place.file, place.table, leaf)
        raise SeedError(place.file, _explain(first), table=place.table, key=key, line=line) from error


def _explain(error: ErrorDetails) -> str:
    if error["type"] != "enum":
        return _REASONS.get(error["type"], error["msg"])
    words = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    return f'"{error["input"]}" is none of {", ".join(words)}{suggest(str(error["input"]), words)}'


@cache
def adapter_of(declared: type[Any]) -> TypeAdapter[Any]:
    """Make pydantic's adapter of a type, once: building one costs a hundred times what using it does."""
    return TypeAdapter(declared)


def find_line(path: Path, table: str, key: str = "") -> int | None:
    """Find the line of a table's head, or of a key below it; None where it cannot be found."""
    name = r"\s*\.\s*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in table.split(".", 1))
    head = re.compile(rf"\s*\[+\s*{name}\s*[\].]")
    bare = re.compile(rf"{name}\s*[.=]")
    inside: int | None = None
    any_table = False
    for number, line in enumerate(_read_lines(path), start=1):
        if head.match(line) or (not any_table and bare.match(line)):
            inside = number
        elif inside and line.lstrip().startswith("["):
            break
        elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
            return number
        any_table = any_table or line.lstrip().startswith("[")
    return inside


def _read_lines(path: Path) -> list[str]:
    try:
        return read_text(path).splitlines()
    except SeedError:
        return []  # the file changed under our eyes; the error in hand is told without its line
