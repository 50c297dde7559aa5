"""Topics as Atom and JSON Feed 1.1: stories told, newest first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from digests import phrases
from digests.wording import name_language
from news.digests import Digest, DigestStory

MAX_ITEMS = 100
"""Readers poll at least daily; a hundred stories are several days of a busy topic."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A story as a feed tells it. `id` is the same for every telling of a story, so that readers show its last state."""

    id: str
    url: str
    title: str
    text: str
    language: str
    published_at: datetime
    told_at: datetime


def to_items(digest: Digest, topic: str) -> tuple[FeedItem, ...]:
    """Turn a digest's stories of one topic into items."""
    return tuple(_to_item(digest, story) for story in digest.stories if story.topic == topic)


def merge_items(old: Sequence[FeedItem], new: Sequence[FeedItem]) -> tuple[FeedItem, ...]:
    """Join items, the later telling of a story in place of the earlier, newest first, at most a hundred."""
    latest: dict[str, FeedItem] = {}
    for item in sorted((*old, *new), key=lambda item: item.told_at):
        latest[item.id] = item
    ordered = sorted(latest.values(), key=lambda item: (item.told_at, item.published_at, item.id), reverse=True)
    return tuple(ordered[:MAX_ITEMS])


def render_atom(topic: str, title: str, items: Sequence[FeedItem]) -> str:
    """Render an Atom feed (RFC 4287)."""
    feed = Element("feed", xmlns="http://www.w3.org/2005/Atom")
    SubElement(feed, "id").text = f"urn:dateline:topic:{topic}"
    SubElement(feed, "title").text = title
    SubElement(feed, "updated").text = _stamp(
        max((item.told_at for item in items), default=datetime.fromtimestamp(0, UTC))
    )
    SubElement(SubElement(feed, "author"), "name").text = "Dateline"
    for item in items:
        entry = SubElement(feed, "entry", {"xml:lang": item.language} if item.language else {})
        SubElement(entry, "id").text = item.id
        SubElement(entry, "title").text = item.title
        if item.url:
            SubElement(entry, "link", href=item.url)
        SubElement(entry, "published").text = _stamp(item.published_at)
        SubElement(entry, "updated").text = _stamp(item.told_at)
        SubElement(entry, "summary").text = item.text
    indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}\n'


def render_json_feed(title: str, items: Sequence[FeedItem]) -> str:
    """Render a JSON Feed, version 1.1."""
    rows = [
        {
            "id": item.id,
            **({"url": item.url} if item.url else {}),
            "title": item.title,
            "content_text": item.text,
            **({"language": item.language} if item.language else {}),
            "date_published": _stamp(item.published_at),
            "date_modified": _stamp(item.told_at),
        }
        for item in items
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": title, "items": rows}
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"


def read_items(text: str) -> tuple[FeedItem, ...]:
    """Read the items of a JSON Feed that `render_json_feed` wrote.

    Raises:
        ValueError: for what is no such feed; `KeyError` where a field is missing.
    """
    return tuple(
        FeedItem(
            id=row["id"],
            url=row.get("url", ""),
            title=row["title"],
            text=row["content_text"],
            language=row.get("language", ""),
            published_at=datetime.fromisoformat(row["date_published"]),
            told_at=datetime.fromisoformat(row["date_modified"]),
        )
        for row in json.loads(text)["items"]
    )


def _to_item(digest: Digest, story: DigestStory) -> FeedItem:
    news = [f"Changed: {story.change}"] if story.change else []
    news += [f"Follows: {story.follows}"] if story.follows else []
    names = [" · ".join(story.names)] if story.names else []
    lines = [name_language(story.language), *news, *names, *(quote.text for quote in story.quotes)]
    return FeedItem(
        id=f"urn:dateline:story:{story.id}",
        url=story.url,
        title=story.title,
        text="\n".join([*lines, *phrases.say_facts(story)]),
        language=story.language or "",
        published_at=story.first_at,
        told_at=digest.composed_at,
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
