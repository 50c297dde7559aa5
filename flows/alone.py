"""One `serve` to a home: a second would cancel the runs of the first as left behind, and share its server's end."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO

from news.errors import NewsError

log = logging.getLogger(__name__)


class HeldError(NewsError):
    """Another `serve` uses this home."""


@contextmanager
def holding_home(home: Path) -> Iterator[None]:
    """Hold a home, which is there, as its only `serve` while the block lasts.

    The system lets go of it with the process, also where that is killed; no child inherits it.

    Raises:
        HeldError: when another process holds it.
    """
    with (home / "serve.lock").open("a+", encoding="ascii") as file:
        _lock(file, home)
        yield


def _lock(file: IO[str], home: Path) -> None:
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip()
        process = f", process {holder}," if holder else ""
        raise HeldError(f"another `serve`{process} uses the home {home}; stop it first") from None
    except OSError as error:
        log.warning("The home %s cannot be locked (%s); see that no other `serve` uses it", home, error)
    with suppress(OSError):  # on a full disk the lock holds all the same
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
