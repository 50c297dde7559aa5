"""Going on with the last good declarations after a bad edit, from one process to the next.

The user's files, as they were when they last loaded, are kept together in one file, which is replaced in one step: any
number of flows may read and keep at once.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from news.errors import SeedError
from seeds.declarations import Declarations, load_declarations
from seeds.writing import write_whole


@dataclass(frozen=True, slots=True)
class Loaded:
    """What to go on with. `problem` says why the files as they stand now were not taken, if they were not."""

    declarations: Declarations
    problem: SeedError | None = None


def load_or_keep(shipped: Path, own: Path, kept: Path) -> Loaded:
    """Load the declarations and keep the user's own in the file `kept`; a bad edit falls back on what is kept.

    Raises:
        SeedError: for a bad edit where nothing good is kept.
    """
    files = _read_files(own)
    try:
        declared = load_declarations(shipped, own)
    except SeedError as problem:
        return Loaded(_load_kept(shipped, kept, problem), problem)
    content = json.dumps(files, ensure_ascii=False, indent=1).encode()
    # What was edited while it was being read is kept in the next round, when it has been read.
    if files == _read_files(own) and not (kept.exists() and kept.read_bytes() == content):
        write_whole(kept, content)
    return Loaded(declared)


def _read_files(own: Path) -> dict[str, str]:
    """The text of each of the user's files by its path; one that is no text cannot be part of a good set."""
    paths = sorted(path for kind in ("*.toml", "*.opml") for path in own.rglob(kind))
    return {path.relative_to(own).as_posix(): path.read_bytes().decode("utf-8", "replace") for path in paths}


def _load_kept(shipped: Path, kept: Path, problem: SeedError) -> Declarations:
    try:
        files = TypeAdapter(dict[str, str]).validate_json(kept.read_bytes())
    except (OSError, ValueError):
        raise problem from None
    with tempfile.TemporaryDirectory() as name:
        for path, text in files.items():
            file = Path(name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        try:
            return load_declarations(shipped, Path(name))
        except SeedError:  # a new release does not take what an old one took
            raise problem from None
