"""Pages of matched articles as they were fetched: what an article was read from, also when it was changed or removed since."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from news.sources import Fetched
from storage.engine import Store, reading
from storage.tables import pages, revisions


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as it came. `packing` is the `Content-Encoding` that `body` has, `revision` the number of what was read from it."""

    revision: int
    url: str
    fetched_at: datetime
    content_type: str
    packing: str
    body: bytes


def keep_pages(connection: sa.Connection, fetched: Mapping[int, Fetched], now: datetime) -> None:
    """Keep pages by the ids of the revisions that were read from them. What came unpacked is packed."""
    rows = [{"revision_id": number, "fetched_at": now} | _describe(page) for number, page in fetched.items()]
    if rows:
        connection.execute(pages.insert(), rows)


def _describe(page: Fetched) -> dict[str, Any]:
    packing, body = (page.packing, page.body) if page.packing else ("gzip", gzip.compress(page.body, mtime=0))
    return {"url": page.final_url, "content_type": page.content_type, "packing": packing, "body": body}


def find_page(store: Store, article_id: int, revision: int | None = None) -> KeptPage | None:
    """Return the page of a revision, the latest that is kept unless a number is given; None where none is."""
    query = sa.select(pages, revisions.c.number).join(revisions).where(revisions.c.article_id == article_id)
    if revision is not None:
        query = query.where(revisions.c.number == revision)
    with reading(store) as connection:
        row = connection.execute(query.order_by(revisions.c.number.desc()).limit(1)).one_or_none()
    return KeptPage(row.number, row.url, row.fetched_at, row.content_type, row.packing, row.body) if row else None


def list_kept(connection: sa.Connection, article_id: int) -> list[int]:
    """Return the numbers of an article's revisions whose pages are kept."""
    query = sa.select(revisions.c.number).join(pages).where(revisions.c.article_id == article_id)
    return list(connection.scalars(query.order_by(revisions.c.number)))


def forget_pages_of(connection: sa.Connection, article_ids: Sequence[int]) -> None:
    """Forget every page of some articles."""
    theirs = sa.select(revisions.c.id).where(revisions.c.article_id.in_(article_ids))
    connection.execute(pages.delete().where(pages.c.revision_id.in_(theirs)))
