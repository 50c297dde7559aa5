"""Feeds: their declarations mirrored, who is due, and how each poll ended."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from news.errors import AddressError
from news.sources import DueFeed, Entry, Feed, FeedKind, FeedState, Outcome, Outlet, Poll
from news.urls import canonical_url
from storage.clocks import has_come, has_ended
from storage.engine import Store, insert_new, reading, upsert, writing
from storage.outlets import OUTLET, to_outlet
from storage.rhythm import RHYTHM_ENTRIES, are_latest
from storage.tables import entries, feeds, outlets, refreshes


def sync_feeds(store: Store, declared_outlets: Iterable[Outlet], declared_feeds: Iterable[Feed], now: datetime) -> None:
    """Mirror the declarations. Polling state stays, except where a feed was declared at another address.

    One that is to be read in another way is read anew, even where its page has not changed.
    """
    with writing(store) as connection:
        upsert(connection, outlets, [_outlet_row(outlet) for outlet in declared_outlets])
        before = _lock_feeds(connection)
        connection.execute(feeds.update().values(is_declared=False))
        upsert(
            connection,
            feeds,
            [_feed_row(feed, now) for feed in declared_feeds],
            keep=("declared_url", "url", "host", "next_check_at"),
        )
        for feed in declared_feeds:
            if (known := before.get(feed.id)) and (values := _forget_state(known, feed, now)):
                connection.execute(feeds.update().where(feeds.c.id == feed.id).values(values))


def _lock_feeds(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> dict[str, sa.Row[Any]]:
    """Lock feeds, always in order of their ids: workers that change the same ones would wait for each other in a ring."""
    query = sa.select(feeds).where(*conditions).order_by(feeds.c.id).with_for_update(key_share=True)
    return {row.id: row for row in connection.execute(query)}


def _outlet_row(outlet: Outlet) -> dict[str, Any]:
    return asdict(outlet) | {"press_system": outlet.press_system.value, "backoff": outlet.backoff.value}


def _feed_row(feed: Feed, now: datetime) -> dict[str, Any]:
    return {
        "id": feed.id,
        "outlet_id": feed.outlet,
        "title": feed.title,
        "declared_url": feed.url,
        "url": feed.url,
        "host": urlsplit(feed.url).hostname or "",
        "language": feed.language,
        "kind": feed.kind.value,
        "link_selector": feed.link_selector,
        "date_selector": feed.date_selector,
        "is_declared": True,
        "next_check_at": now,
    }


def _forget_state(known: sa.Row[Any], feed: Feed, now: datetime) -> dict[str, Any]:
    """Return what changes in a feed's state by an edit of its declaration; nothing where that says the same as before."""
    unread = {**dict.fromkeys(("etag", "last_modified", "body_hash")), "next_check_at": now}
    if known.declared_url != feed.url:
        address = {"declared_url": feed.url, "url": feed.url, "host": urlsplit(feed.url).hostname or ""}
        forgotten = dict.fromkeys(("moved_to", "gone_at", "claimed_until"))
        return {**unread, **forgotten, **address, "failures": 0.0, "moved_count": 0}
    read_as = (known.kind, known.link_selector, known.date_selector)
    return {} if read_as == (feed.kind, feed.link_selector, feed.date_selector) else unread


def claim_due_feeds(
    store: Store,
    now: datetime,
    *,
    limit: int = 100,
    per_host: int = 4,
    lease_for: timedelta = timedelta(minutes=10),
    only: Sequence[str] = (),
) -> list[DueFeed]:
    """Claim the feeds that are due, the longest waiting first, at most `per_host` of one host, and return them.

    This statement is the one definition of 'due': declared, its time come, and claimed by nobody (a claim ends after
    `lease_for`, so what a killed round held is due again). With `only`, those feeds are due whatever their time.
    """
    free = has_ended(feeds.c.claimed_until, now)
    wanted = feeds.c.id.in_(only) if only else has_come(feeds.c.next_check_at, now)
    rank = sa.func.row_number().over(partition_by=feeds.c.host, order_by=(feeds.c.next_check_at, feeds.c.id))
    due = (
        sa.select(feeds.c.id, feeds.c.next_check_at, rank.label("rank"))
        .where(feeds.c.is_declared, wanted, free)
        .subquery()
    )
    chosen = sa.select(due.c.id).where(due.c.rank <= per_host).order_by(due.c.next_check_at, due.c.id).limit(limit)
    locked = sa.select(feeds.c.id).where(feeds.c.id.in_(chosen), free).with_for_update(skip_locked=True)
    claim = feeds.update().where(feeds.c.id.in_(locked)).values(claimed_until=now + lease_for).returning(*feeds.c)
    with writing(store) as connection:
        claimed = connection.execute(claim).all()
        return _describe_due(connection, claimed)


def _describe_due(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[DueFeed]:
    wanted = {row.outlet_id for row in rows}
    found = connection.execute(sa.select(*OUTLET).where(outlets.c.id.in_(wanted))).all()
    known = {outlet.id: outlet for outlet in map(to_outlet, found)}
    recent = _recent_times(connection, [row.id for row in rows])
    return [DueFeed(to_feed(row), known[row.outlet_id], to_state(row), recent.get(row.id, ())) for row in rows]


def _recent_times(connection: sa.Connection, feed_ids: Sequence[str]) -> dict[str, tuple[datetime, ...]]:
    at = sa.func.coalesce(entries.c.published_at, entries.c.first_seen_at).label("at")
    query = sa.select(feeds.c.id, at).join(entries, entries.c.feed_id == feeds.c.id)
    query = query.where(feeds.c.id.in_(feed_ids), are_latest()).order_by(feeds.c.id, at.desc())
    rows = connection.execute(query).all()
    by_feed = groupby(rows, key=attrgetter("id"))
    return {feed_id: tuple(row.at for row in islice(group, RHYTHM_ENTRIES)) for feed_id, group in by_feed}


def to_feed(row: Any) -> Feed:  # noqa: ANN401 (a row of feeds)
    """Read a feed's declaration from its row."""
    return Feed(
        row.id,
        row.declared_url,
        row.title,
        row.outlet_id,
        row.language,
        FeedKind(row.kind),
        link_selector=row.link_selector,
        date_selector=row.date_selector,
    )


_STATE = (
    "url",
    "etag",
    "last_modified",
    "body_hash",
    "checked_at",
    "next_check_at",
    "failures",
    "moved_to",
    "moved_count",
    "gone_at",
)


def to_state(row: Any) -> FeedState:  # noqa: ANN401 (a row of feeds)
    """Read a feed's polling state from its row."""
    return FeedState(row.id, **{name: getattr(row, name) for name in _STATE})


Hold = Callable[[Sequence[Entry], float, datetime], Mapping[str, str]]
"""Says which of a poll's new entries are not to be read, by key with the reason, given the usual number of new ones."""

_GAP = "none of the entries seen before is still there: some may have been missed between two polls"


def record_polls(store: Store, polls: Sequence[Poll], hold: Hold = lambda *_: {}) -> dict[str, int]:
    """Store how polls ended, in one transaction: state, refresh, and the entries not seen before.

    Returns:
        The number of new entries to read, by feed id.
    """
    if not polls:
        return {}
    with writing(store) as connection:
        _lock_feeds(connection, feeds.c.id.in_([poll.state.feed_id for poll in polls]))
        rows = [_record_entries(connection, poll, hold) for poll in polls]
        connection.execute(_STATE_CHANGE, [_state_row(poll.state) for poll in polls])
        connection.execute(refreshes.insert(), rows)
    return {row["feed_id"]: row["new_entries"] for row in rows}


def _record_entries(connection: sa.Connection, poll: Poll, hold: Hold) -> dict[str, Any]:
    """Insert what is new; return the row of the refresh. What stands in a feed at its first good poll is marked."""
    row = asdict(poll.refresh) | {"outcome": poll.refresh.outcome.value}
    if not poll.entries:
        return row
    feed_id, now = poll.refresh.feed_id, poll.refresh.started_at
    known = _known_keys(connection, feed_id, [entry.key for entry in poll.entries])
    unseen = list({entry.key: entry for entry in poll.entries if entry.key not in known}.values())
    usual = _usual_new(connection, feed_id)
    held = hold(unseen, usual, now) if usual is not None else {}
    rows = [_entry_row(entry, feed_id, now, held.get(entry.key), is_first=usual is None) for entry in unseen]
    inserted = len(insert_new(connection, entries, rows))
    reason = next(iter(held.values()), "") or (_GAP if usual is not None and not known else "")
    return row | {"new_entries": max(inserted - len(held), 0), "reason": reason}


def _known_keys(connection: sa.Connection, feed_id: str, keys: Sequence[str]) -> set[str]:
    query = sa.select(entries.c.key).where(entries.c.feed_id == feed_id, entries.c.key.in_(keys))
    return set(connection.scalars(query))


def _usual_new(connection: sa.Connection, feed_id: str) -> float | None:
    """Return the mean number of new entries of the latest polls that had any; None before the first good poll."""
    good = sa.select(refreshes.c.new_entries).where(
        refreshes.c.feed_id == feed_id, refreshes.c.outcome != Outcome.FAILED
    )
    latest = connection.scalars(good.order_by(refreshes.c.started_at.desc()).limit(RHYTHM_ENTRIES)).all()
    if not latest:
        return None
    some = [new for new in latest if new]
    return sum(some) / len(some) if some else 0.0


def _entry_row(entry: Entry, feed_id: str, now: datetime, held: str | None, *, is_first: bool) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "key": entry.key,
        "link": entry.link,
        "url": _canonical_or_none(entry.link),
        "title": entry.title,
        "text": max(entry.content, entry.summary, key=len),
        "authors": list(entry.authors),
        "language": entry.language,
        "published_at": entry.published_at,
        "first_seen_at": now,
        "is_first_poll": is_first,
        "state": "refused" if held else "unread",
        "reason": held or "",
        "next_attempt_at": now,
    }


def _canonical_or_none(link: str | None) -> str | None:
    """An entry whose link is no address keeps it as announced, and is refused with the reason when it is read."""
    try:
        return canonical_url(link) if link else None
    except AddressError:
        return None


def _state_row(state: FeedState) -> dict[str, Any]:
    row = {name: getattr(state, name) for name in _STATE}
    return row | {"feed": state.feed_id, "host": urlsplit(state.url).hostname or ""}


# Compiled once and run for a whole batch: six times the rate of one statement a feed.
_STATE_CHANGE = (
    feeds.update()
    .where(feeds.c.id == sa.bindparam("feed"))
    .values({name: sa.bindparam(name) for name in (*_STATE, "host")} | {"claimed_until": None})
)


def list_feeds(store: Store) -> list[tuple[Feed, FeedState]]:
    """Return every declared feed with its polling state, by id."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(feeds).where(feeds.c.is_declared).order_by(feeds.c.id)).all()
    return [(to_feed(row), to_state(row)) for row in rows]
