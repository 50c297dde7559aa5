"""Articles: which pages wait to be read, and what reading them gave."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from news.articles import Article, DateSource, Quality
from news.fingerprints import differs_clearly, fingerprint, normalise_text
from news.reading import PageResult, PageTask, Recorded
from news.topics import Match
from news.urls import canonical_url
from storage.changes import note_changes
from storage.clocks import has_come
from storage.engine import Store, insert_new, reading, writing
from storage.outlets import OUTLET, to_outlet
from storage.search import index_revision
from storage.tables import article_urls, articles, entries, feeds, matches, outlets, revisions, sightings

# What stood in a feed longer than this before its first poll is backlog: stored and searchable, but not told.
BACKLOG_AFTER = timedelta(hours=24)


def settle_known_entries(store: Store, now: datetime) -> int:
    """Count unread entries whose page we already know as sightings of it; return how many."""
    unread = sa.select(entries.c.id, article_urls.c.article_id).join(article_urls, article_urls.c.url == entries.c.url)
    with writing(store) as connection:
        known = connection.execute(unread.where(entries.c.state == "unread").order_by(entries.c.id)).all()
        for row in known:
            _settle_entry(connection, row.id, row.article_id, now)
    return len(known)


def _settle_entry(connection: sa.Connection, entry_id: int, article_id: int, now: datetime) -> None:
    """The entry's text has served its purpose; its page stands in the article."""
    insert_new(connection, sightings, [{"article_id": article_id, "entry_id": entry_id, "seen_at": now}])
    change = entries.update().where(entries.c.id == entry_id)
    connection.execute(change.values(state="stored", article_id=article_id, text="", reason=""))


def claim_unread_entries(
    store: Store, now: datetime, *, limit: int, lease_for: timedelta, only: Sequence[str] = ()
) -> list[PageTask]:
    """Claim new entries to read, the oldest first, one for each page.

    A claimed entry's next attempt lies `lease_for` ahead: what a killed round held is claimed again then. `only` are feeds.
    """
    twin = entries.alias()
    has_elder_twin = sa.exists().where(twin.c.url == entries.c.url, twin.c.id < entries.c.id, twin.c.state == "unread")
    waiting = sa.select(entries.c.id).where(*_is_waiting(now, only), ~has_elder_twin)
    chosen = waiting.order_by(entries.c.id).limit(limit).with_for_update(skip_locked=True)
    claim = entries.update().where(entries.c.id.in_(chosen)).returning(entries.c.id)
    with writing(store) as connection:
        claimed = connection.scalars(
            claim.values(next_attempt_at=now + lease_for, attempts=entries.c.attempts + 1)
        ).all()
        query = (
            sa.select(entries, *OUTLET)
            .join(feeds, feeds.c.id == entries.c.feed_id)
            .join(outlets, outlets.c.id == feeds.c.outlet_id)
        )
        rows = connection.execute(query.where(entries.c.id.in_(claimed)).order_by(entries.c.id)).all()
    return [_entry_task(row) for row in rows]


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
        language=row.language,
        published_at=row.published_at,
        attempts=row.attempts,
        is_first_poll=row.is_first_poll,
    )


def claim_due_rereads(store: Store, now: datetime, *, limit: int, lease_for: timedelta) -> list[PageTask]:
    """Claim young articles whose page should be looked at again for a changed text or a removal."""
    due = sa.select(articles.c.id).where(has_come(articles.c.next_read_at, now))
    due = due.order_by(articles.c.next_read_at).limit(limit)
    claim = articles.update().where(articles.c.id.in_(due.with_for_update(skip_locked=True))).returning(articles.c.id)
    with writing(store) as connection:
        claimed = connection.scalars(claim.values(next_read_at=now + lease_for)).all()
        query = sa.select(articles, *OUTLET).join(outlets, outlets.c.id == articles.c.outlet_id)
        rows = connection.execute(query.where(articles.c.id.in_(claimed)).order_by(articles.c.id)).all()
    return [_reread_task(row) for row in rows]


def ask_for_rereads(store: Store, article_ids: Sequence[int], now: datetime) -> int:
    """Make articles due to be looked at, as far as their page is still there; return how many."""
    wanted = articles.c.id.in_(article_ids) & articles.c.removed_at.is_(None)
    with writing(store) as connection:
        return connection.execute(articles.update().where(wanted).values(next_read_at=now)).rowcount


def _reread_task(row: Any) -> PageTask:  # noqa: ANN401 (a row of articles with its outlet)
    from_feed = row.published_at if row.published_from == DateSource.FEED else None
    return PageTask(
        outlet=to_outlet(row),
        url=row.url,
        title=row.title,
        first_seen_at=row.first_seen_at,
        article_id=row.id,
        authors=tuple(row.authors),
        language=row.language,
        published_at=from_feed,
    )


def record_articles(store: Store, results: Sequence[PageResult], now: datetime) -> Recorded:
    """Store how a batch of pages ended, in one transaction, and return what was new.

    In order of their addresses, so that two workers whose batches hold the same pages never wait for each other in a ring.
    """
    counts: Counter[str] = Counter()
    with writing(store) as connection:
        for result in sorted(results, key=_address):
            counts[_record_result(connection, result, now)] += 1
    return Recorded(**counts)


def _address(result: PageResult) -> str:
    return result.article.url if result.article else result.task.url or ""


def _record_result(connection: sa.Connection, result: PageResult, now: datetime) -> str:
    """Store one result; return the name of what it counts as in `Recorded`."""
    if result.article is not None:
        return _record_article(connection, result, result.article, now)
    if result.task.article_id is not None:
        return _record_reread_failure(connection, result, now)
    postponed = result.retry_at is not None
    values: dict[str, Any] = {"state": "unread" if postponed else "refused", "reason": result.reason}
    if postponed:
        values |= {"next_attempt_at": result.retry_at}
    connection.execute(entries.update().where(entries.c.id == result.task.entry_id).values(values))
    return "postponed_entries" if postponed else "refused_entries"


def _record_reread_failure(connection: sa.Connection, result: PageResult, now: datetime) -> str:
    values: dict[str, Any] = {"next_read_at": result.reread_at}
    if result.gone:
        values |= {"removed_at": now}
    change = articles.update().where(articles.c.id == result.task.article_id).values(values)
    story_id = connection.scalar(change.returning(articles.c.story_id))
    if result.gone:
        note_changes(connection, [story_id] if story_id else [], now)
    return "removed_articles" if result.gone else "postponed_entries"


def _record_article(connection: sa.Connection, result: PageResult, article: Article, now: datetime) -> str:
    known = _find_article(connection, result, article)
    inserted = _insert_article(connection, result, article, now) if known is None else None
    if inserted is not None:
        article_id, counted = inserted, "new_articles"
    else:
        article_id = known or _find_by_address(connection, article.url)
        counted = _revise_article(connection, article_id, result, article, now)
    _insert_urls(connection, article_id, result, article)
    if result.task.entry_id is not None:
        _settle_entry(connection, result.task.entry_id, article_id, now)
    return counted


def _urls(result: PageResult, article: Article) -> list[str]:
    announced = (canonical_url(result.task.url),) if result.task.url else ()
    return list(dict.fromkeys((article.url, *announced, *result.aliases)))


def _find_article(connection: sa.Connection, result: PageResult, article: Article) -> int | None:
    if result.task.article_id is not None:
        return result.task.article_id
    query = sa.select(article_urls.c.article_id).where(article_urls.c.url.in_(_urls(result, article)))
    return connection.scalar(query.order_by(article_urls.c.article_id).limit(1))


def _find_by_address(connection: sa.Connection, url: str) -> int:
    """Find an article that another worker stored while we looked."""
    article_id: int = connection.execute(sa.select(articles.c.id).where(articles.c.url == url)).scalar_one()
    return article_id


def _insert_urls(connection: sa.Connection, article_id: int, result: PageResult, article: Article) -> None:
    insert_new(connection, article_urls, [{"url": url, "article_id": article_id} for url in _urls(result, article)])


def _insert_article(connection: sa.Connection, result: PageResult, article: Article, now: datetime) -> int | None:
    """Store a new article; None where another worker stored its address just now."""
    row = _article_row(result, article, now) | {
        "url": article.url,
        "outlet_id": result.task.outlet.id,
        "first_seen_at": result.task.first_seen_at,
        "is_backlog": _is_backlog(result.task, article),
    }
    inserted = insert_new(connection, articles, [row])
    if not inserted:
        return None
    article_id: int = inserted[0].id
    revision = _revision_row(article_id, 1, result, article, now)
    _insert_revision(connection, revision, result.matches, silent=row["is_backlog"])
    return article_id


def _is_backlog(task: PageTask, article: Article) -> bool:
    """Old when its feed was first polled, or of unknown age then: a new feed must not flood the next digest."""
    undated = article.published_from is DateSource.FIRST_SEEN
    return task.is_first_poll and (undated or article.published_at < task.first_seen_at - BACKLOG_AFTER)


def _article_row(result: PageResult, article: Article, now: datetime) -> dict[str, Any]:
    return {
        "title": article.title,
        "language": article.language,
        "published_at": article.published_at,
        "published_from": article.published_from.value,
        "is_date_only": article.date_only,
        "date_confidence": article.date_confidence,
        "read_at": now,
        "quality": article.quality.value,
        "partial": article.partial,
        "image": article.image,
        "section": article.section,
        "authors": list(article.authors),
        "next_read_at": result.reread_at,
    }


_RANK = {Quality.FEED: 0, Quality.QUICK: 1, Quality.CAREFUL: 2}


def _revise_article(
    connection: sa.Connection, article_id: int, result: PageResult, article: Article, now: datetime
) -> str:
    """Add a revision where title or text changed and was read at least as well as before."""
    known = connection.execute(sa.select(articles).where(articles.c.id == article_id).with_for_update()).one()
    latest = connection.execute(
        sa.select(revisions).where(revisions.c.article_id == article_id, revisions.c.number == known.revision_count)
    ).one()
    values: dict[str, Any] = {"read_at": now, "next_read_at": result.reread_at, "removed_at": None}
    gained = _RANK[article.quality] - _RANK[Quality(known.quality)]
    is_changed = latest.text_hash != fingerprint(article.title, article.text) and gained >= 0
    if is_changed or gained > 0:
        number = known.revision_count + 1
        revision = _revision_row(article_id, number, result, article, now)
        _insert_revision(connection, revision, result.matches, silent=known.is_backlog or _is_late(known, now))
        values |= _article_row(result, article, now) | _kept_date(known) | {"revision_count": number}
        if _is_rewritten(known, latest, article):
            values["revised_at"] = now
            note_changes(connection, [known.story_id] if known.story_id else [], now)
    connection.execute(articles.update().where(articles.c.id == article_id).values(values))
    return "improved_articles" if gained > 0 else "revised_articles" if is_changed else "known_entries"


# Pages are looked at again for four days; what is read carefully only after that, a replay asked for.
_LATE_AFTER = timedelta(days=5)


def _is_late(known: sa.Row[Any], now: datetime) -> bool:
    """Whether a quick text is replaced so late that what it matches is no news, and is not told."""
    return Quality(known.quality) is Quality.QUICK and now - known.first_seen_at > _LATE_AFTER


_OF_DATE = ("published_at", "published_from", "is_date_only", "date_confidence")


def _kept_date(known: sa.Row[Any]) -> dict[str, Any]:
    """The date of a first reading stays, unless there was none."""
    if known.published_from == DateSource.FIRST_SEEN:
        return {}
    return {name: getattr(known, name) for name in _OF_DATE}


def _is_rewritten(known: sa.Row[Any], latest: sa.Row[Any], article: Article) -> bool:
    """Whether a reader should hear of the change: a new title or a rewritten text, and not merely a better reading."""
    if _RANK[article.quality] != _RANK[Quality(known.quality)]:
        return False
    has_new_title = normalise_text(article.title) != normalise_text(latest.title)
    return has_new_title or differs_clearly(latest.text, article.text)


def _revision_row(article_id: int, number: int, result: PageResult, article: Article, now: datetime) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "number": number,
        "title": article.title,
        "text": article.text,
        "text_hash": fingerprint(article.title, article.text),
        "quality": article.quality.value,
        "read_at": now,
        "notes": list(article.notes),
        "mentions": [[m.entity, m.where.value, m.start, m.end, m.quote] for m in result.mentions],
    }


def _insert_revision(connection: sa.Connection, row: dict[str, Any], found: Sequence[Match], *, silent: bool) -> None:
    """A revision's matches take the place of those of earlier revisions; what takes the place of a silent one is silent."""
    revision_id: int = connection.execute(revisions.insert().returning(revisions.c.id), row).scalar_one()
    index_revision(connection, row["article_id"], row["number"], row["title"], row["text"])
    current = (matches.c.article_id == row["article_id"]) & matches.c.is_current
    hushed = set(connection.scalars(sa.select(matches.c.topic_id).where(current, matches.c.is_silent)))
    connection.execute(matches.update().where(current).values(is_current=False))
    rows = [_match_row(match, row, revision_id, silent=silent or match.topic in hushed) for match in found]
    insert_new(connection, matches, rows)


def _match_row(match: Match, revision: dict[str, Any], revision_id: int, *, silent: bool) -> dict[str, Any]:
    return {
        "revision_id": revision_id,
        "article_id": revision["article_id"],
        "topic_id": match.topic,
        "topic_version": match.topic_version,
        "gazetteer_version": match.gazetteer_version,
        "score": match.score,
        "evidence": asdict(match.evidence),
        "is_current": True,
        "is_silent": silent,
        "matched_at": revision["read_at"],
    }
