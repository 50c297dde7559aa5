"""Writing into the user's own declarations: what stands there already, comments too, stays byte for byte."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import TYPE_CHECKING

import tomlkit

from news.digests import Subscription
from news.errors import SeedError
from news.sources import Feed, Outlet
from seeds.declarations import SHIPPED, Declarations, load_declarations
from seeds.writing import write_whole

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_HEADS = {
    "feeds": "# Feeds of your own, beside the shipped ones or, under the same id, instead of them.\n",
    "outlets": "# Outlets of your own. Of an imported one only the host is known: please fill in what you know.\n",
    "subscriptions": "# Who hears what, when.\n",
}


def add_feeds(
    own: Path, feeds: Iterable[Feed], outlets: Iterable[Outlet] = (), *, shipped: Path = SHIPPED
) -> Declarations:
    """Declare feeds, and the outlets they need, in the user's own files; return the declarations as they are now.

    Raises:
        SeedError: where the declarations would be wrong with the additions; the files are then as they were.
    """
    return _add(own, shipped, {"outlets": list(outlets), "feeds": list(feeds)})


def add_subscription(own: Path, subscription: Subscription, *, shipped: Path = SHIPPED) -> Declarations:
    """Declare a subscription in the user's own file; as `add_feeds`."""
    return _add(own, shipped, {"subscriptions": [subscription]})


def _add(own: Path, shipped: Path, additions: dict[str, list["DataclassInstance"]]) -> Declarations:
    _make_folder(own)
    paths = {own / f"{section}.toml": (section, declared) for section, declared in additions.items() if declared}
    before = {path: _read(path) for path in paths}
    try:
        for path, (section, declared) in paths.items():
            write_whole(path, _append(before[path] or _HEADS[section].encode(), section, declared))
        return load_declarations(shipped, own)
    except SeedError:
        for path, content in before.items():
            _restore(path, content)
        raise


def _append(content: bytes, section: str, declared: Iterable["DataclassInstance"]) -> bytes:
    # A table may always stand at the end of a TOML file, so nothing above it has to be read or written again.
    tables = [tomlkit.dumps({section: {getattr(one, "id"): _said(one)}}) for one in declared]  # noqa: B009 - untyped
    return content.rstrip() + b"\n\n" + "\n".join(tables).encode()


def _said(declared: "DataclassInstance") -> dict[str, object]:
    """What a person would have written: every value but the id and those left at their defaults."""
    return {
        field.name: _plain(value)
        for field in fields(declared)
        if field.name != "id" and (value := getattr(declared, field.name)) != _default(field)
    }


def _default(field: "Field[object]") -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return str(value) if isinstance(value, str) else value  # an enumeration's member becomes the word it stands for


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SeedError(path, f"this file cannot be read: {error.strerror}") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SeedError(folder, f"this folder cannot be made: {error.strerror}") from error


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        write_whole(path, content)
