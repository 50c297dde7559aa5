"""JSON Feed 1.0 and 1.1, forgiving about the types of values: what is no text is left out."""

from html import escape
from typing import Any

from extractors.announced import Announcement, FeedDocument
from extractors.json_values import load_json
from extractors.plain_text import drop_controls

_LARGEST_ID = 10**100
"""Python refuses to write numbers of thousands of digits, which no id has."""


def read_json(text: str) -> FeedDocument | None:
    """Read a JSON Feed; None when this is no JSON, or JSON without a feed's list of items."""
    try:
        feed = load_json(text)
    except (ValueError, RecursionError):  # RecursionError: brackets nested a thousand deep
        return None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return None
    return FeedDocument(
        title=_text(feed, "title"),
        link=_text(feed, "home_page_url"),
        language=_text(feed, "language"),
        announcements=[_read_item(item) for item in feed["items"] if isinstance(item, dict)],
    )


def _read_item(item: dict[str, Any]) -> Announcement:
    return Announcement(
        id=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url") or _find_permalink(item),
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        content=_text(item, "content_html") or escape(_text(item, "content_text"), quote=False),
        authors=_read_authors(item),
        published=_text(item, "date_published") or _text(item, "date_modified"),
        updated=_text(item, "date_modified"),
        language=_text(item, "language"),
    )


def _find_permalink(item: dict[str, Any]) -> str:
    """An id that can be visited, as the format wishes it: an item without a link has it for one."""
    identifier = _text(item, "id")
    return identifier if identifier.lower().startswith(("https://", "http://")) else ""


def _read_authors(item: dict[str, Any]) -> list[str]:
    """The names of `authors` (version 1.1) or `author` (1.0)."""
    written = item.get("authors") or [item.get("author")]
    authors = written if isinstance(written, list) else []
    return [_text(author, "name") for author in authors if isinstance(author, dict)]


def _text(holder: dict[str, Any], key: str) -> str:
    """A value as text; ids are often numbers."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return drop_controls(str(value)) if isinstance(value, str) or abs(value) < _LARGEST_ID else ""
