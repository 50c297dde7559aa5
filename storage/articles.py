"""Which pages wait to be read, new ones and known ones that may have changed; what reading them gave is `storage.recording`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from news.articles import DateSource
from news.reading import PageTask
from storage.clocks import has_come
from storage.engine import Store, insert_new, reading, writing
from storage.outlets import OUTLET, to_outlet
from storage.tables import article_urls, articles, entries, feeds, outlets, sightings

# What the entry says of itself, else what its feed is declared in, unless as unknown: an outlet may have feeds in several
# languages. The article's own is what its page was read to be.
_TOLD_LANGUAGE = sa.func.coalesce(entries.c.language, sa.func.nullif(feeds.c.language, "und")).label("told_language")


def settle_known_entries(store: Store, now: datetime) -> int:
    """Count unread entries whose page we already know as sightings of it; return how many."""
    unread = sa.select(entries.c.id, article_urls.c.article_id).join(article_urls, article_urls.c.url == entries.c.url)
    with writing(store) as connection:
        known = connection.execute(unread.where(entries.c.state == "unread").order_by(entries.c.id)).all()
        settle_entries(connection, [(row.id, row.article_id) for row in known], now)
    return len(known)


def settle_entries(connection: sa.Connection, pairs: Sequence[tuple[int, int]], now: datetime) -> None:
    """Note which article holds the page of which entry, as pairs of their ids; an entry's text has served its purpose."""
    rows = [{"article_id": article_id, "entry_id": entry_id, "seen_at": now} for entry_id, article_id in pairs]
    if not rows:
        return
    insert_new(connection, sightings, rows)
    change = entries.update().where(entries.c.id == sa.bindparam("entry"))
    change = change.values(state="stored", article_id=sa.bindparam("article"), text="", reason="")
    connection.execute(change, [{"entry": entry_id, "article": article_id} for entry_id, article_id in pairs])


def claim_unread_entries(
    store: Store, now: datetime, *, limit: int, lease_for: timedelta, only: Sequence[str] = ()
) -> list[PageTask]:
    """Claim new entries to read, one for each page: of the oldest, in turn from each feed.

    So a batch goes to as many hosts as there are, and does not wait for the pace of one. A claimed entry's next attempt lies
    `lease_for` ahead: what a killed round held is claimed again then. `only` are feeds.
    """
    twin = entries.alias()
    has_elder_twin = sa.exists().where(twin.c.url == entries.c.url, twin.c.id < entries.c.id, twin.c.state == "unread")
    waiting = _is_waiting(now, only)
    free = sa.select(entries.c.id).where(*waiting, ~has_elder_twin)
    # Where another worker has just taken those, any are as good.
    choices = (free.where(entries.c.id.in_(_choose_spread(waiting, limit))), free.order_by(entries.c.id).limit(limit))
    with writing(store) as connection:
        claimed = next(filter(None, (_claim(connection, choice, now + lease_for) for choice in choices)), [])
        query = (
            sa.select(entries, _TOLD_LANGUAGE, *OUTLET)
            .join(feeds, feeds.c.id == entries.c.feed_id)
            .join(outlets, outlets.c.id == feeds.c.outlet_id)
        )
        rows = connection.execute(query.where(entries.c.id.in_(claimed)).order_by(entries.c.id)).all()
    return [_entry_task(row) for row in rows]


_SPREAD_OVER = 10
"""So many times a batch are the oldest entries among which it is spread: a claim takes as long among 100,000 as among 1,000."""


def _choose_spread(waiting: Iterable[sa.ColumnElement[bool]], limit: int) -> sa.Select[tuple[int]]:
    oldest = sa.select(entries.c.id, entries.c.feed_id).where(*waiting).order_by(entries.c.id)
    among = oldest.limit(limit * _SPREAD_OVER).subquery()
    turn = sa.func.row_number().over(partition_by=among.c.feed_id, order_by=among.c.id)
    ranked = sa.select(among.c.id, turn.label("turn")).subquery()
    return sa.select(ranked.c.id).order_by(ranked.c.turn, ranked.c.id).limit(limit)


def _claim(connection: sa.Connection, chosen: sa.Select[tuple[int]], until: datetime) -> Sequence[int]:
    locked = chosen.with_for_update(skip_locked=True)
    claim = entries.update().where(entries.c.id.in_(locked)).returning(entries.c.id)
    return connection.scalars(claim.values(next_attempt_at=until, attempts=entries.c.attempts + 1)).all()


def count_unread_entries(store: Store, now: datetime, *, only: Sequence[str] = ()) -> int:
    """Count the new entries that could be claimed now; those of one page each count."""
    with reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(entries).where(*_is_waiting(now, only))) or 0


def _is_waiting(now: datetime, only: Sequence[str]) -> tuple[sa.ColumnElement[bool], ...]:
    is_due = (entries.c.state == "unread", has_come(entries.c.next_attempt_at, now))
    return (*is_due, entries.c.feed_id.in_(only)) if only else is_due


def _entry_task(row: Any) -> PageTask:  # noqa: ANN401 (a row of entries with its outlet)
    return PageTask(
        outlet=to_outlet(row),
        url=row.link,
        title=row.title,
        first_seen_at=row.first_seen_at,
        entry_id=row.id,
        text=row.text,
        authors=tuple(row.authors),
        language=row.told_language,
        published_at=row.published_at,
        attempts=row.attempts,
        is_first_poll=row.is_first_poll,
    )


def claim_due_rereads(store: Store, now: datetime, *, limit: int, lease_for: timedelta) -> list[PageTask]:
    """Claim young articles whose page should be looked at again for a changed text or a removal.

    It is asked for where it was announced first: what the page names as its canonical address nobody may ever have asked.
    """
    due = sa.select(articles.c.id).where(has_come(articles.c.next_read_at, now))
    due = due.order_by(articles.c.next_read_at).limit(limit)
    claim = articles.update().where(articles.c.id.in_(due.with_for_update(skip_locked=True))).returning(articles.c.id)
    with writing(store) as connection:
        claimed = connection.scalars(claim.values(next_read_at=now + lease_for, attempts=articles.c.attempts + 1)).all()
        query = (
            sa.select(articles, entries.c.link, _TOLD_LANGUAGE, *OUTLET)
            .join(outlets, outlets.c.id == articles.c.outlet_id)
            .outerjoin(entries, entries.c.id == _first_entry())
            .outerjoin(feeds, feeds.c.id == entries.c.feed_id)
        )
        rows = connection.execute(query.where(articles.c.id.in_(claimed)).order_by(articles.c.id)).all()
    return [_reread_task(row) for row in rows]


def ask_for_rereads(store: Store, article_ids: Sequence[int], now: datetime) -> int:
    """Make articles due to be looked at, as far as their page is still there; return how many."""
    wanted = articles.c.id.in_(article_ids) & articles.c.removed_at.is_(None)
    with writing(store) as connection:
        return connection.execute(articles.update().where(wanted).values(next_read_at=now)).rowcount


def _first_entry() -> sa.ScalarSelect[int]:
    telling = entries.alias()
    return sa.select(sa.func.min(telling.c.id)).where(telling.c.article_id == articles.c.id).scalar_subquery()


def _reread_task(row: Any) -> PageTask:  # noqa: ANN401 (a row of articles with its outlet)
    from_feed = row.published_at if row.published_from == DateSource.FEED else None
    return PageTask(
        outlet=to_outlet(row),
        url=row.link or row.url,
        known_url=row.url,
        title=row.title,
        first_seen_at=row.first_seen_at,
        article_id=row.id,
        authors=tuple(row.authors),
        language=row.told_language,
        published_at=from_feed,
        attempts=row.attempts,
    )
