"""Digests as files: HTML, text, Markdown and JSON, each written whole or not at all."""

import os
import tempfile
from datetime import datetime
from pathlib import Path

from digests.render import render_html, render_json, render_markdown, render_text
from news.digests import Digest
from news.errors import DeliveryError


class FileChannel:
    """Writes `FOLDER[/TARGET]/SUBSCRIPTION/NUMBER.html`, `.txt`, `.md` and `.json`, and `latest.html` beside them."""

    def __init__(self, folder: Path, target: str = "") -> None:
        self._folder = resolve_inside(folder, target)

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (the face of a channel)
        """Write a digest; writing it again changes nothing."""
        folder = resolve_inside(self._folder, digest.subscription)
        page = render_html(digest)
        for name, text in (
            (f"{digest.number}.txt", render_text(digest)),
            (f"{digest.number}.md", render_markdown(digest)),
            (f"{digest.number}.json", render_json(digest)),
            (f"{digest.number}.html", page),
            ("latest.html", page),
        ):
            write_whole(folder / name, text)

    def close(self) -> None:
        """Nothing is kept open."""


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
        reason = f"{path} cannot be written ({error.strerror or error}); free or open {path.parent} for writing"
        raise DeliveryError(reason) from error
