"""What reading pages gave, stored: articles with their addresses, revisions, matches and sightings.

A batch is one transaction. What is new in it, nearly all of it as a rule, is stored a table at a time; what is known
already, or turns out to be, one page after the other. Only where the database does not take what a page holds, each is
stored by itself, so that it costs no other its place.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from news.articles import Article, DateSource, Quality
from news.corrections import is_corrected
from news.fingerprints import differs_clearly, fingerprint, normalise_text
from news.reading import PageResult, PageTask, Recorded
from news.topics import Match
from news.urls import canonical_url, hide_credentials
from storage.articles import settle_entries
from storage.changes import note_changes
from storage.engine import Store, insert_new, writing
from storage.pages import keep_pages
from storage.refusals import MAY_REFUSE, note_refusal
from storage.search import index_articles, reindex_article
from storage.tables import article_urls, articles, entries, matches, revisions

# What stood in a feed longer than this before its first poll is backlog: stored and searchable, but not told.
BACKLOG_AFTER = timedelta(hours=24)


def record_articles(store: Store, results: Sequence[PageResult], now: datetime) -> Recorded:
    """Store how a batch of pages ended, in one transaction, and return what was new.

    In order of their addresses, so that two workers whose batches hold the same pages never wait for each other in a ring.
    A page that the database does not take is refused, and counted as a defect too.
    """
    try:
        return _record_batch(store, results, now)
    except MAY_REFUSE as error:
        if note_refusal(error, f"A batch of {len(results)} pages") is None:
            raise
    counts: Counter[str] = Counter()
    for result in sorted(results, key=_address):
        counts.update(asdict(_record_alone(store, result, now)))
    return Recorded(**counts)


def _record_alone(store: Store, result: PageResult, now: datetime) -> Recorded:
    """Store how one page ended; where the database does not take it, it is refused, and a known article stays as it is."""
    try:
        return _record_batch(store, [result], now)
    except MAY_REFUSE as error:
        reason = note_refusal(error, f"Page {hide_credentials(result.task.url or result.task.title)!r}")
        if reason is None:
            raise
    refused = PageResult(result.task, reason=reason, reread_at=result.reread_at)
    return replace(_record_batch(store, [refused], now), defects=1)


def _record_batch(store: Store, results: Sequence[PageResult], now: datetime) -> Recorded:
    counts: Counter[str] = Counter()
    with writing(store) as connection:
        new, others = _part(connection, sorted(results, key=_address))
        late = _insert_articles(connection, new, now)
        counts["new_articles"] += len(new) - len(late)
        for result in (*others, *(page.result for page in late)):
            counts[_record_result(connection, result, now)] += 1
    return Recorded(**counts)


def _address(result: PageResult) -> str:
    return result.article.url if result.article else result.task.url or ""


class _Page(NamedTuple):
    """A page that gave an article, and all its addresses."""

    result: PageResult
    article: Article
    urls: list[str]


def _list_urls(result: PageResult, article: Article) -> list[str]:
    announced = (canonical_url(result.task.url),) if result.task.url else ()
    return list(dict.fromkeys((article.url, *announced, *result.aliases)))


def _part(connection: sa.Connection, results: Sequence[PageResult]) -> tuple[list[_Page], list[PageResult]]:
    """Part the pages that share no address with a known article, nor with each other, from all others."""
    pages = {n: _Page(one, one.article, _list_urls(one, one.article)) for n, one in enumerate(results) if one.article}
    addresses = {url for page in pages.values() for url in page.urls}
    known = set(connection.scalars(sa.select(article_urls.c.url).where(article_urls.c.url.in_(addresses))))
    new, others = [], []
    for number, result in enumerate(results):
        page = pages.get(number)
        if page and result.task.article_id is None and known.isdisjoint(page.urls):
            known.update(page.urls)
            new.append(page)
        else:
            others.append(result)
    return new, others


def _insert_articles(connection: sa.Connection, pages: Sequence[_Page], now: datetime) -> list[_Page]:
    """Store new articles, a table at a time; return the pages whose address another worker stored just now."""
    rows = [_new_row(page, now) for page in pages]
    ids = {row.url: row.id for row in insert_new(connection, articles, rows, articles.c.id, articles.c.url)}
    stored = {ids[page.article.url]: page for page in pages if page.article.url in ids}
    if stored:
        _insert_first_revisions(connection, stored, now)
        urls = [{"url": url, "article_id": number} for number, page in stored.items() for url in page.urls]
        insert_new(connection, article_urls, sorted(urls, key=itemgetter("url")))
        told = ((page.result.task.entry_id, number) for number, page in stored.items())
        settle_entries(connection, [(entry, number) for entry, number in told if entry is not None], now)
    return [page for page in pages if page.article.url not in ids]


def _new_row(page: _Page, now: datetime) -> dict[str, Any]:
    task = page.result.task
    return _article_row(page.result, page.article, now) | {
        "url": page.article.url,
        "outlet_id": task.outlet.id,
        "first_seen_at": task.first_seen_at,
        "is_backlog": _is_backlog(task, page.article),
    }


def _insert_first_revisions(connection: sa.Connection, stored: Mapping[int, _Page], now: datetime) -> None:
    """Store the first revisions of articles by their ids, index them, and store what they match."""
    rows = {number: _revision_row(number, 1, page.result, page.article, now) for number, page in stored.items()}
    inserted = connection.execute(
        revisions.insert().returning(revisions.c.id, revisions.c.article_id), list(rows.values())
    )
    revision_ids = {row.article_id: row.id for row in inserted}
    index_articles(connection, [(number, row["title"], row["text"]) for number, row in rows.items()])
    fetched = {revision_ids[number]: page.result.page for number, page in stored.items() if page.result.page}
    keep_pages(connection, fetched, now)
    found = [
        _match_row(match, rows[number], revision_ids[number], silent=_is_backlog(page.result.task, page.article))
        for number, page in stored.items()
        for match in page.result.matches
    ]
    insert_new(connection, matches, found)


def _record_result(connection: sa.Connection, result: PageResult, now: datetime) -> str:
    """Store a result that is no new article; return the name of what it counts as in `Recorded`."""
    if result.article is not None:
        return _record_known(connection, _Page(result, result.article, _list_urls(result, result.article)), now)
    if result.task.article_id is not None:
        return _record_reread_failure(connection, result, now)
    postponed = result.retry_at is not None
    values: dict[str, Any] = {"state": "unread" if postponed else "refused", "reason": result.reason}
    if postponed:
        values |= {"next_attempt_at": result.retry_at} | _uncount(result, entries)
    connection.execute(entries.update().where(entries.c.id == result.task.entry_id).values(values))
    return "postponed_entries" if postponed else "refused_entries"


def _uncount(result: PageResult, table: sa.Table) -> dict[str, Any]:
    """Take back the attempt that a claim counted where nobody was asked."""
    return {} if result.is_counted else {"attempts": table.c.attempts - 1}


def _record_reread_failure(connection: sa.Connection, result: PageResult, now: datetime) -> str:
    is_known = articles.c.id == result.task.article_id
    if result.retry_at is not None:
        values = {"next_read_at": result.retry_at} | _uncount(result, articles)
    else:
        values = {"next_read_at": result.reread_at, "attempts": 0}
    connection.execute(articles.update().where(is_known).values(values))
    if not result.gone:
        return "postponed_entries"
    # What was never read but in its feed was not withdrawn, and what is removed already is not removed again.
    removal = articles.update().where(
        is_known, articles.c.removed_at.is_(None), articles.c.quality != Quality.FEED.value
    )
    removed = connection.execute(removal.values(removed_at=now).returning(articles.c.story_id)).all()
    note_changes(connection, [row.story_id for row in removed if row.story_id], now)
    return "removed_articles" if removed else "postponed_entries"


def _record_known(connection: sa.Connection, page: _Page, now: datetime) -> str:
    article_id = _find_article(connection, page)
    counted = _revise_article(connection, article_id, page.result, page.article, now)
    insert_new(connection, article_urls, [{"url": url, "article_id": article_id} for url in page.urls])
    if page.result.task.entry_id is not None:
        settle_entries(connection, [(page.result.task.entry_id, article_id)], now)
    return counted


def _find_article(connection: sa.Connection, page: _Page) -> int:
    """Find the article that is read again, has an address of the page, or was stored by another worker just now."""
    if page.result.task.article_id is not None:
        return page.result.task.article_id
    query = sa.select(article_urls.c.article_id).where(article_urls.c.url.in_(page.urls))
    known = connection.scalar(query.order_by(article_urls.c.article_id).limit(1))
    if known is None:
        known = connection.execute(sa.select(articles.c.id).where(articles.c.url == page.article.url)).scalar_one()
    return int(known)


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


def _measure_gain(known: sa.Row[Any], latest: sa.Row[Any], article: Article) -> int:
    """How much better a page was read than before, below 0 where worse: what is left of a page that was locked is no new text.

    A quick text holds all lines of its page and tells nothing of what it was whole of: any careful one is better.
    """
    was_whole = not known.partial and Quality(known.quality) is not Quality.QUICK
    if article.partial and was_whole and len(article.text) <= len(latest.text):
        return -1
    is_unlocked = known.partial and not article.partial
    return _RANK[article.quality] - _RANK[Quality(known.quality)] or int(is_unlocked)


def _revise_article(
    connection: sa.Connection, article_id: int, result: PageResult, article: Article, now: datetime
) -> str:
    """Add a revision where title or text changed and was read at least as well as before."""
    known = connection.execute(sa.select(articles).where(articles.c.id == article_id).with_for_update()).one()
    latest = connection.execute(
        sa.select(revisions).where(revisions.c.article_id == article_id, revisions.c.number == known.revision_count)
    ).one()
    values: dict[str, Any] = {"read_at": now, "next_read_at": result.reread_at, "attempts": 0, "removed_at": None}
    gained = _measure_gain(known, latest, article)
    is_changed = latest.text_hash != fingerprint(article.title, article.text) and gained >= 0
    if is_changed or gained > 0:
        number = known.revision_count + 1
        revision = _revision_row(article_id, number, result, article, now)
        _insert_revision(connection, revision, result, silent=known.is_backlog or _is_late(known, now))
        values |= _article_row(result, article, now) | _kept_date(known, article) | {"revision_count": number}
        if gained == 0 and _is_rewritten(_find_told_text(connection, known), latest, article):
            values["revised_at"] = now
            note_changes(connection, [known.story_id] if known.story_id else [], now)
    connection.execute(articles.update().where(articles.c.id == article_id).values(values))
    return "improved_articles" if gained > 0 else "revised_articles" if is_changed else "known_entries"


# Pages are looked at again for four days; what is read carefully only after that, a replay asked for.
_LATE_AFTER = timedelta(days=5)


def _is_late(known: sa.Row[Any], now: datetime) -> bool:
    """Whether a quick text is replaced so late that what it matches is no news, and is not told."""
    return Quality(known.quality) is Quality.QUICK and now - known.first_seen_at > _LATE_AFTER


_DAY = timedelta(days=1)  # a day alone is stored as its beginning
_OF_DATE = ("published_at", "published_from", "is_date_only", "date_confidence")


def _kept_date(known: sa.Row[Any], article: Article) -> dict[str, Any]:
    """The date of a first reading stays, unless there was none, the new one is surer, or it tells the time on a known day."""
    was_undated = known.published_from == DateSource.FIRST_SEEN
    is_vaguer = article.date_only and not known.is_date_only
    is_surer = article.date_confidence > (known.date_confidence or 1.0) and not is_vaguer
    is_same_day = known.published_at <= article.published_at < known.published_at + _DAY
    tells_time = known.is_date_only and not article.date_only and is_same_day
    if was_undated or is_surer or tells_time:
        return {}
    return {name: getattr(known, name) for name in _OF_DATE}


def _find_told_text(connection: sa.Connection, known: sa.Row[Any]) -> str:
    """The text of which a reader heard last, as first read or last told to be changed.

    A text that grows little by little is held against it, or none of its steps were ever told. A step that is no small one and
    was not told either was a better reading.
    """
    is_since = revisions.c.read_at >= (known.revised_at or known.first_seen_at)
    as_well = (revisions.c.quality == known.quality) & (revisions.c.number <= known.revision_count)
    query = sa.select(revisions.c.text).where(revisions.c.article_id == known.id, as_well, is_since)
    told = ""
    for text in connection.scalars(query.order_by(revisions.c.number.desc())).all():
        if told and differs_clearly(text, told):
            break
        told = text
    return told


def _is_rewritten(told: str, latest: sa.Row[Any], article: Article) -> bool:
    """Whether a reader should hear of the change: a new title, a text rewritten since it was `told`, or corrected."""
    has_new_title = normalise_text(article.title) != normalise_text(latest.title)
    rewritten = differs_clearly(told or latest.text, article.text)
    return has_new_title or rewritten or is_corrected(latest.text, article.text)


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


def _insert_revision(connection: sa.Connection, row: dict[str, Any], result: PageResult, *, silent: bool) -> None:
    """A revision's matches take the place of those of earlier revisions; what takes the place of a silent one is silent."""
    revision_id: int = connection.execute(revisions.insert().returning(revisions.c.id), row).scalar_one()
    keep_pages(connection, {revision_id: result.page} if result.page else {}, row["read_at"])
    reindex_article(connection, row["article_id"], row["number"] - 1, row["title"], row["text"])
    current = (matches.c.article_id == row["article_id"]) & matches.c.is_current
    hushed = set(connection.scalars(sa.select(matches.c.topic_id).where(current, matches.c.is_silent)))
    connection.execute(matches.update().where(current).values(is_current=False))
    rows = [_match_row(match, row, revision_id, silent=silent or match.topic in hushed) for match in result.matches]
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
