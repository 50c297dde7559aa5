"""A compiled matcher kept on disk, so that a process starts without reading and compiling thousands of declarations."""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from matching.matcher import Matcher

_CODE = (Path(__file__).parent, Path(__file__).parent.parent / "news")
"""What compiles and what is compiled: a change there makes older files useless."""


def load_matcher(folder: Path, declared: Iterable[Path], build: Callable[[], Matcher]) -> Matcher:
    """Return the matcher compiled from declarations: from `folder` where it was kept, else built and kept there.

    `declared` are the files that it is made from; a change in one of them builds anew. Only a folder of our own may be
    given, since a pickle can run code.
    """
    path = folder / f"matcher-{_hash_files(declared)}.pickle"
    kept = _read(path)
    if kept is not None:
        return kept
    matcher = build()
    _write(path, matcher)
    return matcher


def _hash_files(declared: Iterable[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    code = [path for folder in _CODE for path in folder.glob("*") if path.suffix in (".py", ".toml")]
    for path in [*sorted(code), *sorted(declared)]:
        digest.update(str(path).encode() + b"\x00" + path.read_bytes() + b"\x00")
    return digest.hexdigest()[:16]


def _read(path: Path) -> Matcher | None:
    try:
        kept = pickle.loads(path.read_bytes())  # noqa: S301 - the folder is the user's own, and the name is a hash
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        return None  # absent, cut short, or from other code: it is built again
    return kept if isinstance(kept, Matcher) else None


def _write(path: Path, matcher: Matcher) -> None:
    """Keep a matcher in place of older ones; a folder that cannot be written costs time, not work."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(pickle.dumps(matcher, protocol=pickle.HIGHEST_PROTOCOL))
        unfinished.replace(path)
        for older in path.parent.glob("matcher-*.pickle"):
            if older != path:
                older.unlink(missing_ok=True)
    except OSError:
        return
