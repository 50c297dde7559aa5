"""A saved page to the record of its article: what the worker processes of `extract` run."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from extractors.article import article_record, read_article
from extractors.encoding import unpack_gzip
from extractors.head import read_head
from extractors.markup import decode_page
from extractors.page import Page
from extractors.provenance import find_sources
from news.articles import Article, ReadingHints
from news.errors import ReadError, say_defect

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A file that holds a page, gzipped or not, in the working directory or else in `folder`.

    `url` is where it was saved from, empty where nobody knows.
    """

    path: str
    folder: Path
    url: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SavedBytes:
    """A page's bytes, gzipped or not; `url` is where they were saved or fetched from, empty where nobody knows."""

    body: bytes
    url: str
    seen_at: datetime
    content_type: str = ""


def read_saved_record(page: SavedPage) -> dict[str, Any]:
    """Read a saved page into the fields of a JSON line.

    Raises:
        ReadError: when the file cannot be opened or holds no article, or the page meets a bug, which the log tells.
    """
    try:
        return _read_record(page)
    except (ReadError, MemoryError):
        raise
    except Exception as error:
        log.exception("Page %s met a defect", page.path)
        raise ReadError(say_defect(error)) from error


def _read_record(page: SavedPage) -> dict[str, Any]:
    if not page.path:
        raise ReadError("this line names no path")
    try:
        body = _read_bytes(page)
    except (OSError, ValueError) as error:  # ValueError: a character that no path can hold
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReadError(f"{page.path} cannot be read: {reason}") from error
    return article_record(read_saved(SavedBytes(body, page.url, page.seen_at)))


def _read_bytes(page: SavedPage) -> bytes:
    try:
        return Path(page.path).read_bytes()
    except FileNotFoundError:
        return (page.folder / page.path).read_bytes()


def read_traced(page: SavedBytes) -> tuple[Article, dict[str, str]]:
    """Read a page's bytes, and name where each field of the article comes from.

    Raises:
        ReadError: when they hold no article.
    """
    article = read_saved(page)
    markup = decode_page(unpack_gzip(page.body), content_type=page.content_type)
    return article, find_sources(Page(markup), article, page.url, ReadingHints(first_seen_at=page.seen_at))


def read_saved(page: SavedBytes) -> Article:
    """Read a page's bytes; where no address is given, the page's own canonical link stands for it.

    Raises:
        ReadError: when they hold no article.
    """
    body = unpack_gzip(page.body)
    url = page.url or read_head(decode_page(body, content_type=page.content_type)).canonical or ""
    hints = ReadingHints(first_seen_at=page.seen_at)
    return read_article(body, url=url, hints=hints, content_type=page.content_type)
