"""The sum beside a backup: `NAME.sha256` in the form of `sha256sum`, by which any byte that changed later is noticed.

A database's own checks see what its structure tells: a changed letter in a text passes them.
"""

import hashlib
from pathlib import Path

from news.errors import StorageError


def sum_path(backup: Path) -> Path:
    """Where a backup's sum stands."""
    return backup.with_name(f"{backup.name}.sha256")


def write_sum(backup: Path, content: Path) -> None:
    """Write the sum of a backup whose content still stands under another name.

    Raises:
        OSError: when it cannot be written.
    """
    sum_path(backup).write_text(f"{_sum(content)}  {backup.name}\n", encoding="utf-8")


def check_sum(backup: Path) -> None:
    """See that a backup is as it was written, where its sum stands beside it.

    Raises:
        StorageError: when it is not, or cannot be read.
    """
    beside = sum_path(backup)
    try:
        if not beside.exists():
            return
        written = beside.read_text(encoding="utf-8", errors="replace").split()
        if written[:1] != [_sum(backup)]:
            raise StorageError(
                f"The backup {backup} is damaged: it is not as it was written, by {beside.name}; use an older one."
            )
    except OSError as error:
        raise StorageError(f"The backup {backup} or its sum cannot be read: {error.strerror}.") from error


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
