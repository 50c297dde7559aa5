"""Where backups are: in the home, and where the latest `backup` was told to write, which only the home can remember."""

from contextlib import suppress
from pathlib import Path

_ELSEWHERE = "backup-folder"


def own_folder(home: Path) -> Path:
    """Where backups go that are told nothing else."""
    return home / "backups"


def remember_folder(home: Path, folder: Path) -> None:
    """Note where a backup was written; one that is written is a good one also where this cannot be noted."""
    with suppress(OSError):
        (home / _ELSEWHERE).write_text(str(folder.resolve()), encoding="utf-8")


def list_folders(home: Path) -> list[Path]:
    """Return the folders in which to look for backups."""
    try:
        elsewhere = Path((home / _ELSEWHERE).read_text(encoding="utf-8"))
    except OSError:
        return [own_folder(home)]
    return list(dict.fromkeys([own_folder(home), elsewhere]))
