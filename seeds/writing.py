"""Writing a file as a whole: who reads it sees the old one or the new one, never half of it."""

import os
import tempfile
from pathlib import Path

from news.errors import SeedError


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step, also while others write it.

    Raises:
        SeedError: where it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(path.stat().st_mode if path.exists() else 0o644)  # mkstemp lets nobody else read it
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SeedError(path, f"this file cannot be written: {error.strerror}") from error
