"""One article with all its revisions."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from news.articles import Quality
from news.histories import Revision
from storage.engine import Store, reading
from storage.pages import list_kept
from storage.tables import article_urls, articles, outlets, revisions


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an article, its revisions from the first on. Times are aware UTC.

    `published_from` is the source of its date and `date_confidence` how likely its day is right; `is_date_only`: its day is
    known, which begins then in `zone`, and no time of day. `revised_at` is when a reader would have noticed a change,
    `removed_at` when its page was found gone; `pages` are the numbers of the revisions whose pages are kept.
    """

    article: int
    url: str
    outlet: str
    language: str | None
    zone: str
    published_at: datetime
    is_date_only: bool
    published_from: str
    date_confidence: float | None
    first_seen_at: datetime
    revised_at: datetime | None
    removed_at: datetime | None
    partial: bool
    pages: tuple[int, ...]
    revisions: tuple[Revision, ...]


def find_article_id(connection: sa.Connection, article: int | str) -> int | None:
    """Return the id of an article that is named by it, or by any of its addresses."""
    if isinstance(article, int):
        return connection.scalar(sa.select(articles.c.id).where(articles.c.id == article))
    return connection.scalar(sa.select(article_urls.c.article_id).where(article_urls.c.url == article))


def find_history(store: Store, article: int | str) -> History | None:
    """Return an article, named by its id or an address, with its revisions; None where there is none."""
    with reading(store) as connection:
        article_id = find_article_id(connection, article)
        if article_id is None:
            return None
        query = sa.select(articles, outlets.c.name, outlets.c.zone).join(outlets, outlets.c.id == articles.c.outlet_id)
        row = connection.execute(query.where(articles.c.id == article_id)).one()
        texts = sa.select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.number)
        kept = list_kept(connection, article_id)
        found = [
            Revision(one.number, one.title, one.text, Quality(one.quality), one.read_at, tuple(one.notes))
            for one in connection.execute(texts)
        ]
    return History(
        article=row.id,
        url=row.url,
        outlet=row.name,
        language=row.language,
        zone=row.zone,
        published_at=row.published_at,
        is_date_only=row.is_date_only,
        published_from=row.published_from,
        date_confidence=row.date_confidence,
        first_seen_at=row.first_seen_at,
        revised_at=row.revised_at,
        removed_at=row.removed_at,
        partial=row.partial,
        pages=tuple(kept),
        revisions=tuple(found),
    )
