"""Digests as files: HTML, text, Markdown and JSON, each written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

from digests.render import render_html, render_json, render_markdown, render_text
from news.digests import Digest
from news.errors import DeliveryError


class FileChannel:
    """Writes `FOLDER[/TARGET]/SUBSCRIPTION/NUMBER.html`, `.txt`, `.md` and `.json`, and `latest.html` beside them."""

    def __init__(self, folder: Path, target: str = "") -> None:
        self._folder = resolve_inside(folder, target)

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (the face of a channel)
        """Write a digest; writing it again changes nothing, and an old one that is sent again is not the latest."""
        folder = resolve_inside(self._folder, digest.subscription)
        page = render_html(digest)
        with alone_in(folder):
            for name, text in (
                (f"{digest.number}.txt", render_text(digest)),
                (f"{digest.number}.md", render_markdown(digest)),
                (f"{digest.number}.json", render_json(digest)),
                (f"{digest.number}.html", page),
            ):
                write_whole(folder / name, text)
            if digest.number >= _find_latest(folder):
                write_whole(folder / "latest.html", page)

    def close(self) -> None:
        """Nothing is kept open."""


def _find_latest(folder: Path) -> int:
    """The highest number of a digest that stands in a folder."""
    return max((int(path.stem) for path in folder.glob("*.html") if path.stem.isdecimal()), default=0)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time change what it has read in a folder; one that is killed holds nobody up.

    Raises:
        DeliveryError: where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _explain(folder, error) from error
    try:
        flock(lock, LOCK_EX)
        yield
    finally:
        os.close(lock)


def resolve_inside(folder: Path, name: str) -> Path:
    """Return a folder below `folder`.

    Raises:
        DeliveryError: where `name` leads out of it.
    """
    root = folder.resolve()
    inside = (root / name).resolve()
    if not inside.is_relative_to(root):
        raise DeliveryError(f"`{name}` leads out of {root}; name a folder below it", permanent=True)
    return inside


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers see the old or the new one, never a part.

    Raises:
        DeliveryError: where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8", newline="") as file:
            part = Path(file.name)
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                part.chmod(0o644)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: OSError) -> DeliveryError:
    return DeliveryError(
        f"{path} cannot be written ({error.strerror or error}); free or open {path.parent} for writing"
    )
