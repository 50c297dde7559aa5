"""What our reading of a feed loses or changes against feedparser's, entry by entry. Imported by the test and the table."""

import calendar
import gzip
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from extractors.announced import resolve_link
from extractors.feed import parse_feed
from news.errors import ParseError
from news.plain_text import read_line, read_paragraphs
from news.sources import Entry

FEEDS = Path(__file__).resolve().parents[2] / "shared" / "data" / "feeds"
URL = "https://feeds.example.org/all"

# What other projects keep beside their feeds: their own parsers' output, and texts cut out of feeds.
_NO_FEEDS = ("knews_json", "rss-parser_golden", "FirstEntry")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which the two readings differ. `lost`: feedparser has it and we have not."""

    field: str
    theirs: object
    ours: object
    lost: bool


def list_feeds(*sets: str, largest: int | None = None) -> list[Path]:
    """List the feed files of some sets (`real`, `replay`, ...), up to a size in bytes."""
    files = sorted(path for name in sets for path in (FEEDS / name).rglob("*") if path.is_file())
    return [
        path
        for path in files
        if not any(part in str(path) for part in _NO_FEEDS) and (largest is None or path.stat().st_size <= largest)
    ]


def read_feed(path: Path) -> bytes:
    """The bytes of a feed as a server would send them, unpacked."""
    body = path.read_bytes()
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def parse_with_feedparser(body: bytes) -> Any:  # noqa: ANN401 - feedparser ships no types
    """Parse as its documentation says, with all defaults."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own renamed fields
        return feedparser.parse(io.BytesIO(body))


def compare(body: bytes) -> list[Difference]:
    """Compare the two readings of one document; what only we can read (JSON, sitemaps) is no difference."""
    theirs = parse_with_feedparser(body).entries
    try:
        ours = parse_feed(body, url=URL).entries
    except ParseError as error:
        return [Difference("feed", f"{len(theirs)} entries", str(error), lost=True)] if theirs else []
    if len(theirs) != len(ours):
        return [Difference("entries", len(theirs), len(ours), lost=True)] if theirs else []
    return [difference for pair in zip(theirs, ours, strict=True) for difference in _compare_entry(*pair)]


def _compare_entry(theirs: dict[str, Any], ours: Entry) -> Iterator[Difference]:
    pairs = (
        ("title", read_line(_text(theirs, "title")), ours.title),
        ("link", _web_link(theirs), ours.link),
        ("id", _text(theirs, "id").strip(), ours.id),
        ("published", _time(theirs, "published_parsed"), _whole_second(ours.published_at)),
        ("updated", _time(theirs, "updated_parsed"), _whole_second(ours.updated_at)),
        ("authors", _authors(theirs), ours.authors),
    )
    for field, their_value, our_value in pairs:
        if their_value and their_value != our_value:
            yield Difference(field, their_value, our_value, lost=not our_value)
    texts = [_text(theirs, "summary"), *(_text(part, "value") for part in dict.get(theirs, "content", ()))]
    their_text = max(map(read_paragraphs, texts), key=len)
    our_text = max(ours.summary, ours.content, key=len)
    if len(our_text) < len(their_text):
        yield Difference("text", their_text[:200], our_text[:200], lost=not our_text)


def _text(holder: dict[str, Any], key: str) -> str:
    return dict.get(holder, key) or ""  # past feedparser's own `get`, which fills a missing field with another


def _authors(entry: dict[str, Any]) -> tuple[str, ...]:
    names = (read_line(_text(author, "name")) for author in dict.get(entry, "authors", ()))
    return tuple(dict.fromkeys(name for name in names if name))


def _web_link(entry: dict[str, Any]) -> str | None:
    """Their link where it can be visited: feedparser also takes `urn:` and plain ids for links."""
    link = resolve_link(URL, _text(entry, "feedburner_origlink") or _text(entry, "link"))
    written = _text(entry, "link").lower().startswith("http") or not dict.get(entry, "id")
    return link if link and written and link.startswith("http") else None


def _whole_second(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None


def _time(entry: dict[str, Any], key: str) -> datetime | None:
    parts = dict.get(entry, key)
    return datetime.fromtimestamp(calendar.timegm(parts), UTC) if parts else None
