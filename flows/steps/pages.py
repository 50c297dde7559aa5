"""What a worker process does with a page: bytes to article to mentions and matches, in one call."""

import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from extractors.article import read_article, read_entry, read_wide
from fetching.decoding import BodyDecodingError, BodyTooLargeError, decode_body
from matching.matcher import Matcher
from news.articles import Article, ReadingHints
from news.errors import DamagedError, ReadError
from news.topics import Match, Mention

# A worker process holds one matcher, made when it starts: compiling it costs more than matching a thousand articles.
_matchers: list[Matcher] = []


@dataclass(frozen=True, slots=True)
class Page:
    """Bytes to read, with what is known about them."""

    body: bytes
    url: str
    content_type: str
    hints: ReadingHints
    is_wide: bool = False
    """Whether to read it quickly, and carefully only if the topics' wide net catches it."""
    packing: str = ""
    """Its `Content-Encoding`: unpacked it is five times as long, so it comes here as it came to us."""
    max_bytes: int = 0
    """How long it may be once it is unpacked."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a feed said of a page that cannot be had."""

    url: str
    hints: ReadingHints
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page read: the article and what it is about."""

    article: Article
    mentions: tuple[Mention, ...]
    matches: tuple[Match, ...]
    seconds: float = 0.0
    """How long the worker was at it."""


def pack_matcher(matcher: Matcher, path: Path) -> None:
    """Write a matcher to a file for workers to take up.

    Handed over as an argument it would go through a pipe of 64 KiB, and a worker that dies before it has read it all
    would hold up the process that starts it for good.
    """
    path.write_bytes(pickle.dumps(matcher))


def equip_worker(path: Path) -> None:
    """Give this process the matcher that `pack_matcher` wrote."""
    _matchers[:] = [pickle.loads(path.read_bytes())]  # noqa: S301 (a file that this round wrote)


def read_page(page: Page) -> ReadPage:
    """Read a page and match its article.

    Raises:
        ReadError: when the page holds no article, or cannot be unpacked.
    """
    started, body = perf_counter(), _unpack(page)
    if not page.is_wide:
        read = _match(read_article(body, url=page.url, content_type=page.content_type, hints=page.hints))
    else:
        article, named = read_wide(body, url=page.url, content_type=page.content_type, hints=page.hints, sift=_sift)
        read = _match(article) if named is None else ReadPage(article, named, ())
    return replace(read, seconds=perf_counter() - started)


def _unpack(page: Page) -> bytes:
    try:
        return decode_body(page.body, page.packing, page.max_bytes)
    except BodyTooLargeError:
        raise ReadError(f"its body unpacks to more than {page.max_bytes:,} bytes") from None
    except BodyDecodingError as error:
        raise DamagedError(f"its body could not be unpacked: {error}") from error


def read_announcement(said: Announcement) -> ReadPage:
    """Read what the feed itself says, where its page cannot be had.

    Raises:
        ReadError: when the feed gave neither title nor text.
    """
    return _match(read_entry(said.url, hints=said.hints, authors=said.authors))


def _sift(article: Article) -> tuple[Mention, ...] | None:
    return _matchers[0].sift(article.title, article.text, article.language)


def _match(article: Article) -> ReadPage:
    examined = _matchers[0].examine(article.title, article.text, article.language)
    return ReadPage(article, examined.mentions, examined.matches)
