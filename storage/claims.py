"""What a round holds of the shared work: kept while the round lives, given back when it stops before it is done.

A claim ends by itself soon after its holder was last heard of, so what a killed round held is taken up again. Nothing
depends on a claim for correctness: what two rounds do at once is stored once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from news.reading import PageTask
from storage.engine import Store, writing
from storage.tables import articles, entries, feeds


@dataclass(slots=True)
class Claims:
    """Ids of feeds to poll, entries to read and articles to look at again."""

    feeds: set[str] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)
    articles: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether anything is held."""
        return bool(self.feeds or self.entries or self.articles)

    def hold_pages(self, tasks: Iterable[PageTask]) -> None:
        """Hold a batch of pages."""
        for task in tasks:
            if task.entry_id is not None:
                self.entries.add(task.entry_id)
            elif task.article_id is not None:
                self.articles.add(task.article_id)

    def release_pages(self, tasks: Iterable[PageTask]) -> None:
        """Hold a batch of pages no more: it is done, and its end is about to be stored."""
        for task in tasks:
            self.entries.discard(task.entry_id or 0)
            self.articles.discard(task.article_id or 0)

    def clear(self) -> None:
        """Hold nothing any more."""
        self.feeds.clear()
        self.entries.clear()
        self.articles.clear()


def renew_claims(store: Store, claims: Claims, until_at: datetime) -> None:
    """Keep what is held until a later time."""
    unread = entries.c.state == "unread"
    with writing(store) as connection:
        for change in (
            feeds.update().where(_held(feeds.c.id, claims.feeds)).values(claimed_until=until_at),
            entries.update().where(_held(entries.c.id, claims.entries), unread).values(next_attempt_at=until_at),
            articles.update().where(_held(articles.c.id, claims.articles)).values(next_read_at=until_at),
        ):
            connection.execute(change)


def give_back_claims(store: Store, claims: Claims, now: datetime) -> None:
    """Give back what is held: it is due at once, and the attempt that came to nothing does not count."""
    unread = entries.c.state == "unread"
    with writing(store) as connection:
        for change in (
            feeds.update().where(_held(feeds.c.id, claims.feeds)).values(claimed_until=None),
            entries.update()
            .where(_held(entries.c.id, claims.entries), unread)
            .values(next_attempt_at=now, attempts=entries.c.attempts - 1),
            articles.update()
            .where(_held(articles.c.id, claims.articles))
            .values(next_read_at=now, attempts=articles.c.attempts - 1),
        ):
            connection.execute(change)
    claims.clear()


def _held(column: sa.Column[str] | sa.Column[int], ids: set[str] | set[int]) -> sa.ColumnElement[bool]:
    return column.in_(sorted(ids))
