"""An Atom and a JSON Feed for each topic, kept as files that any web server can publish."""

import json
from datetime import datetime
from pathlib import Path

from digests.channels.file import alone_in, resolve_inside, write_whole
from digests.feeds import FeedItem, merge_items, read_items, render_atom, render_json_feed, to_items
from news.digests import Digest
from news.errors import DeliveryError


class FeedChannel:
    """Writes `FOLDER/feeds[/TARGET]/TOPIC.atom` and `TOPIC.json`: the latest stories told under each topic."""

    def __init__(self, folder: Path, target: str = "") -> None:
        self._folder = resolve_inside(folder / "feeds", target)

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (the face of a channel)
        """Add a digest's stories to the feeds of their topics; adding them again changes nothing."""
        for topic, title in {story.topic: story.topic_title for story in digest.stories}.items():
            path = resolve_inside(self._folder, f"{topic}.json")
            with alone_in(path.parent):  # else of two digests at once one would lose its items
                items = merge_items(_read(path), to_items(digest, topic))
                write_whole(path.with_suffix(".atom"), render_atom(topic, title, items))
                write_whole(path, render_json_feed(title, items))

    def close(self) -> None:
        """Nothing is kept open."""


def _read(path: Path) -> tuple[FeedItem, ...]:
    """Read the items that stand in a feed; the JSON Feed is written last, so it never tells of more than the Atom."""
    try:
        return read_items(path.read_text(encoding="utf-8")) if path.exists() else ()
    except (OSError, json.JSONDecodeError, KeyError, ValueError) as error:
        raise DeliveryError(f"{path} cannot be read as a feed; remove it, and it is begun anew") from error
