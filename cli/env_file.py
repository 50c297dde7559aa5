"""Writing settings into `.env`: what stands there already, comments too, stays as it is."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from news.errors import SettingsError

_HEAD = "# Dateline's settings; `./dateline settings` lists all. Secrets stand here: keep this file to yourself.\n"
_SAFE = re.compile(r"[\w@%+=:,./-]*", re.ASCII)
_OWNER_ONLY = 0o600


def write_settings(path: Path, settings: Mapping[str, str]) -> None:
    """Set variables in an environment file that only its owner may read; in one step where its folder may be written.

    Raises:
        SettingsError: when the file cannot be read or written.
    """
    try:
        before = path.read_text("utf-8") if path.exists() else _HEAD
        _write_whole(path, set_lines(before, settings))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{path} cannot be written: {reason}") from error


def set_lines(text: str, settings: Mapping[str, str]) -> str:
    """Set variables in the text of an environment file: in their own lines where they have one, else at the end."""
    lines, left = text.splitlines(), dict(settings)
    for number, line in enumerate(lines):
        name = line.removeprefix("export ").partition("=")[0].strip()
        if name in settings:
            lines[number] = _write_line(name, settings[name])
            left.pop(name, None)
    lines += [_write_line(name, value) for name, value in left.items()]
    return "\n".join(lines) + "\n"


def _write_line(name: str, value: str) -> str:
    """Write a line that reads back as the same value; a line break cannot stand in a setting."""
    if "\n" in value or "\r" in value:
        raise SettingsError(f"{name} may not hold a line break")
    if _SAFE.fullmatch(value):
        return f"{name}={value}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{escaped}'"


def _write_whole(path: Path, text: str) -> None:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".env.")  # made for its owner alone
    except PermissionError:
        if not path.exists():
            raise
        path.write_text(text, "utf-8")  # a file of ours in a folder that is not, such as /etc
        return
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(_OWNER_ONLY)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
