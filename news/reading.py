"""What stands between an announced entry and a stored article."""

from dataclasses import dataclass
from datetime import datetime

from news.articles import Article
from news.sources import Fetched, Outlet
from news.topics import Match, Mention


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to read: a new entry's (`entry_id`), or a known article's that may have changed (`article_id`).

    `url` is where to fetch it, `None` where the entry names no link; `known_url` is the canonical URL of a known article, which
    may be another one. `language` is what the entry says, or its feed is declared in; None where neither tells.
    `is_first_poll` marks entries that stood in their feed when it was first polled: old ones among them are backlog and are
    stored, but never told.
    """

    outlet: Outlet
    url: str | None
    title: str
    first_seen_at: datetime
    entry_id: int | None = None
    article_id: int | None = None
    known_url: str | None = None
    text: str = ""
    authors: tuple[str, ...] = ()
    language: str | None = None
    published_at: datetime | None = None
    attempts: int = 0
    is_first_poll: bool = False


@dataclass(frozen=True, slots=True)
class PageResult:
    """How a task ended: an article with what was found in it, another attempt at `retry_at`, or refused for `reason`.

    `aliases` are further URLs under which the page answered; `reread_at` is when to look for a changed text; `gone` says
    that a known article's page was found nowhere (404 or 410). `has_defect` says that reading it met a bug of ours; not
    `is_counted`, that nobody was asked, so that it was no attempt.
    """

    task: PageTask
    article: Article | None = None
    mentions: tuple[Mention, ...] = ()
    matches: tuple[Match, ...] = ()
    aliases: tuple[str, ...] = ()
    reason: str = ""
    retry_at: datetime | None = None
    reread_at: datetime | None = None
    gone: bool = False
    has_defect: bool = False
    is_counted: bool = True
    seconds: float = 0.0
    """How long a worker was at it."""
    page: Fetched | None = None
    """The page as it was fetched, where that is to be kept."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What storing a batch changed, in numbers of entries and articles."""

    new_articles: int = 0
    revised_articles: int = 0
    improved_articles: int = 0
    """Read better than before: a quick text or a feed's own replaced by the careful one, or a teaser by the whole."""
    known_entries: int = 0
    refused_entries: int = 0
    postponed_entries: int = 0
    removed_articles: int = 0
    defects: int = 0
    """Pages that the database did not take; they count above too."""
