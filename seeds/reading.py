"""Reading declarations: a TOML file of tables becomes frozen types, or one `SeedError` that names the place."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from news.errors import SeedError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Declared = TypeVar("Declared", bound="DataclassInstance")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; a syntax error is a `SeedError` with its line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise SeedError(path, f"this is not valid TOML: {error}", line=int(line[1]) if line else None) from error
    except UnicodeDecodeError as error:
        raise SeedError(path, "this file is not UTF-8; save it as UTF-8") from error


def read_tables(path: Path, section: str, declared: type[Declared]) -> Iterator[Declared]:
    """Yield one `declared` for each table `[section.ID]` of a file, its `id` taken from the table's name.

    Raises:
        SeedError: for the first table that does not fit, with file, line, table, key and reason.
    """
    content = read_toml(path)
    for name in content:
        if name != section:
            raise SeedError(
                path, f"unknown section; this file holds [{section}.ID] tables", table=name, line=find_line(path, name)
            )
    for key, table in content.get(section, {}).items():
        yield build(path, f"{section}.{key}", {"id": key, **table}, declared)


def build(path: Path, table: str, values: Mapping[str, object], declared: type[Declared]) -> Declared:
    """Make one declaration from the values of a table; a wrong one is a `SeedError`."""
    known = [field.name for field in fields(declared)]
    for key in values:
        if key not in known:
            reason = f"unknown key; known are {', '.join(known)}"
            raise SeedError(path, reason, table=table, key=key, line=find_line(path, table, key))
    try:
        return TypeAdapter(declared).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        leaf = str(first["loc"][0]) if first["loc"] else ""
        raise SeedError(path, first["msg"], table=table, key=key, line=find_line(path, table, leaf)) from error


def find_line(path: Path, table: str, key: str = "") -> int | None:
    """Find the line of a table's head, or of a key below it; None where it cannot be found."""
    head = re.compile(r"\s*\[+\s*" + re.escape(table) + r"\b")
    inside: int | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if head.match(line):
            inside = number
        elif inside and re.match(r"\s*\[", line):
            break
        elif inside and key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*[.=]", line):
            return number
    return inside
