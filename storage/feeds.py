"""Feeds: their declarations mirrored, who is due, and how each poll ended."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from news.errors import AddressError, FetchFailure
from news.sources import (
    DueFeed,
    Entry,
    Feed,
    FeedKind,
    FeedState,
    Habit,
    Outcome,
    Outlet,
    Poll,
    Refresh,
    Rhythm,
)
from news.urls import canonical_url
from storage.clocks import has_come, has_ended
from storage.engine import Store, insert_new, reading, upsert, writing
from storage.outlets import OUTLET, to_outlet
from storage.refusals import MAY_REFUSE, note_refusal, try_out
from storage.remarks import GAP, write_remark
from storage.rhythm import select_rhythms
from storage.seen import known_articles, known_keys, read_habit, stood_here
from storage.tables import entries, feeds, outlets, refreshes


def sync_feeds(
    store: Store, declared_outlets: Iterable[Outlet], declared_feeds: Collection[Feed], now: datetime
) -> None:
    """Mirror the declarations. Polling state stays, except where a feed was declared at another address.

    One that is to be read in another way is read anew, even where its page has not changed.
    """
    outlet_rows = [_outlet_row(outlet) for outlet in declared_outlets]
    feed_rows = [_feed_row(feed, now) for feed in declared_feeds]
    if _is_mirrored(store, outlet_rows, feed_rows):
        return
    with writing(store) as connection:
        upsert(connection, outlets, outlet_rows)
        before = _lock_feeds(connection)
        connection.execute(feeds.update().values(is_declared=False))
        upsert(connection, feeds, feed_rows, keep=("declared_url", "url", "host", "next_check_at"))
        for feed in declared_feeds:
            if (known := before.get(feed.id)) and (values := _forget_state(known, feed, now)):
                connection.execute(feeds.update().where(feeds.c.id == feed.id).values(values))


_DECLARED = ("id", "outlet_id", "title", "declared_url", "language", "kind", "link_selector", "date_selector")


def _is_mirrored(store: Store, outlet_rows: Sequence[dict[str, Any]], feed_rows: Sequence[dict[str, Any]]) -> bool:
    """Whether the database says what the declarations say, as in nearly every round: then nothing is written or locked."""
    with reading(store) as connection:
        known = connection.execute(sa.select(*(feeds.c[name] for name in _DECLARED)).where(feeds.c.is_declared)).all()
        if set(map(tuple, known)) != {tuple(row[name] for name in _DECLARED) for row in feed_rows}:
            return False
        papers = {row["id"]: dict(row) for row in connection.execute(outlets.select()).mappings()}
        return all(row == papers.get(row["id"]) for row in outlet_rows)


def _lock_feeds(connection: sa.Connection) -> dict[str, sa.Row[Any]]:
    """Lock all feeds and return them by id, always in this order: workers that change the same would wait in a ring."""
    query = sa.select(feeds).order_by(feeds.c.id).with_for_update(key_share=True)
    return {row.id: row for row in connection.execute(query)}


def _lock_some(connection: sa.Connection, feed_ids: Sequence[str]) -> None:
    """Lock some feeds in the same order; SQLite has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        query = sa.select(feeds.c.id).where(feeds.c.id.in_(feed_ids)).order_by(feeds.c.id)
        connection.execute(query.with_for_update(key_share=True)).all()


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
        forgotten = dict.fromkeys(("moved_to", "moved_at", "gone_at", "claimed_until", "wish_seconds"))
        return {**unread, **forgotten, **address, "failures": 0.0, "moved_count": 0}
    read_as = (known.kind, known.link_selector, known.date_selector)
    return {} if read_as == (feed.kind, feed.link_selector, feed.date_selector) else unread


def are_due(now: datetime, only: Sequence[str] = ()) -> sa.ColumnElement[bool]:
    """Return the one definition of 'due': declared, its time come, and claimed by nobody.

    With `only`, those feeds are due whatever their time.
    """
    is_time = feeds.c.id.in_(only) if only else has_come(feeds.c.next_check_at, now)
    return sa.and_(feeds.c.is_declared, is_time, has_ended(feeds.c.claimed_until, now))


def claim_due_feeds(
    store: Store,
    now: datetime,
    *,
    limit: int = 100,
    per_host: int = 4,
    lease_for: timedelta = timedelta(minutes=10),
    only: Sequence[str] = (),
) -> list[DueFeed]:
    """Claim the feeds that are due, the longest waiting first, and return them; of one host `per_host` are claimed at most.

    A claim ends after `lease_for`, so what a killed round held is due again. `only` is as in `are_due`.
    """
    is_due, free = are_due(now, only), has_ended(feeds.c.claimed_until, now)
    with writing(store) as connection:
        for window in (limit * times for times in _WINDOWS):
            chosen = _choose_due(is_due, now, limit, per_host, window)
            locked = sa.select(feeds.c.id).where(feeds.c.id.in_(chosen), free).with_for_update(skip_locked=True)
            claim = feeds.update().where(feeds.c.id.in_(locked)).values(claimed_until=now + lease_for)
            claimed = connection.execute(claim.returning(*feeds.c)).all()
            if len(claimed) >= limit * _ENOUGH or not _is_full(connection, is_due, window):
                break
        return _describe_due(connection, claimed)


# The longest waiting are looked for among so many times the number asked for; among more only where a few hosts hold these
# and less than an eighth was found. So a claim takes as long among 180,000 due feeds as among a thousand.
_WINDOWS = (4, 64, 100_000)
_ENOUGH = 1 / 8


def _is_full(connection: sa.Connection, is_due: sa.ColumnElement[bool], window: int) -> bool:
    beyond = sa.select(feeds.c.id).where(is_due).order_by(feeds.c.next_check_at, feeds.c.id).offset(window).limit(1)
    return connection.scalar(beyond) is not None


def _choose_due(
    is_due: sa.ColumnElement[bool], now: datetime, limit: int, per_host: int, window: int
) -> sa.Select[tuple[str]]:
    """Choose ids of feeds within the window; what is claimed already takes its host's places first."""
    first = sa.select(feeds.c.id, feeds.c.host, feeds.c.next_check_at).where(is_due)
    due = first.order_by(feeds.c.next_check_at, feeds.c.id).limit(window).subquery()
    busy = sa.select(feeds.c.host, sa.func.count().label("number")).where(feeds.c.claimed_until >= now)
    taken = busy.group_by(feeds.c.host).subquery()
    order = (due.c.next_check_at, due.c.id)
    place = sa.func.row_number().over(partition_by=due.c.host, order_by=order) + sa.func.coalesce(taken.c.number, 0)
    ranked = sa.select(*order, place.label("place")).outerjoin(taken, taken.c.host == due.c.host).subquery()
    spread = sa.select(ranked.c.id).where(ranked.c.place <= per_host)
    return spread.order_by(ranked.c.next_check_at, ranked.c.id).limit(limit)


def _describe_due(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[DueFeed]:
    wanted = {row.outlet_id for row in rows}
    found = connection.execute(sa.select(*OUTLET).where(outlets.c.id.in_(wanted))).all()
    known = {outlet.id: outlet for outlet in map(to_outlet, found)}
    rhythms = _read_rhythms(connection, [row.id for row in rows])
    return [DueFeed(to_feed(row), known[row.outlet_id], to_state(row), rhythms.get(row.id)) for row in rows]


def _read_rhythms(connection: sa.Connection, feed_ids: Sequence[str]) -> dict[str, Rhythm]:
    rows = connection.execute(select_rhythms().where(feeds.c.id.in_(feed_ids))).all()
    return {row.id: Rhythm(row.first, row.last, row.number) for row in rows}


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
    "moved_at",
    "gone_at",
    "wish_seconds",
)


def to_state(row: Any) -> FeedState:  # noqa: ANN401 (a row of feeds)
    """Read a feed's polling state from its row."""
    return FeedState(row.id, **{name: getattr(row, name) for name in _STATE})


Hold = Callable[[Sequence[Entry], Habit | None, datetime], Mapping[str, str]]
"""Says which of a poll's new entries are not to be read, by key with the reason, given what polls brought before."""


def record_polls(store: Store, polls: Sequence[Poll], hold: Hold = lambda *_: {}) -> dict[str, int]:
    """Store how polls ended, in one transaction: state, refresh, and the entries not seen before.

    Entries that the database does not take are left out. A poll that it does not take has failed, and the next may be better.

    Returns:
        The number of new entries to read, by feed id, for every poll that was taken.
    """
    try:
        return _record_batch(store, polls, hold)
    except MAY_REFUSE as error:
        if note_refusal(error, f"A batch of {len(polls)} polls") is None:
            raise
    return {feed: new for poll in polls for feed, new in _record_alone(store, poll, hold).items()}


def _record_alone(store: Store, poll: Poll, hold: Hold) -> dict[str, int]:
    """Store how one poll ended; at worst, that the database does not take it."""
    feed_id = poll.refresh.feed_id
    try:
        sound = tuple(entry for entry in poll.entries if _is_taken(store, feed_id, entry, poll.refresh.started_at))
        left_out = len(poll.entries) - len(sound)
        problems = (f"{left_out} entries that the database does not take are left out",) if left_out else ()
        return _record_batch(store, [replace(poll, entries=sound, problems=(*poll.problems, *problems))], hold)
    except MAY_REFUSE as error:
        reason = note_refusal(error, f"The poll of feed {feed_id}")
        if reason is None:
            raise
    failed = Refresh(feed_id, poll.refresh.started_at, Outcome.FAILED, reason, FetchFailure.DEFECT)
    with writing(store) as connection:
        times = {name: getattr(poll.state, name) for name in ("checked_at", "next_check_at")}
        connection.execute(feeds.update().where(feeds.c.id == feed_id).values(times | {"claimed_until": None}))
        connection.execute(refreshes.insert(), _refresh_row(failed))
    return {}


def _is_taken(store: Store, feed_id: str, entry: Entry, now: datetime) -> bool:
    """Try whether the database takes an entry."""
    row = _entry_row(entry, _canonical_or_none(entry.link), feed_id, now, None, is_first=False)

    def put(connection: sa.Connection) -> None:
        known_keys(connection, feed_id, [entry.key])
        insert_new(connection, entries, [row])

    return try_out(store, put, f"Entry {entry.key!r} of feed {feed_id}")


def _record_batch(store: Store, polls: Sequence[Poll], hold: Hold) -> dict[str, int]:
    if not polls:
        return {}
    with writing(store) as connection:
        _lock_some(connection, [poll.state.feed_id for poll in polls])
        rows = [_record_entries(connection, poll, hold) for poll in polls]
        _record_states(connection, polls)
        connection.execute(refreshes.insert(), rows)
    return {row["feed_id"]: row["new_entries"] for row in rows}


def _record_states(connection: sa.Connection, polls: Sequence[Poll]) -> None:
    """Nine polls in ten change nothing but times and the count of redirects, so most columns are left alone."""
    same = [poll for poll in polls if _is_same(poll)]
    changed = [poll for poll in polls if not _is_same(poll)]
    if same:
        connection.execute(_TIME_CHANGE, [_time_row(poll.state) | {"asked": poll.asked_url} for poll in same])
    if changed:
        connection.execute(_STATE_CHANGE, [_state_row(poll.state) | {"asked": poll.asked_url} for poll in changed])


def _is_same(poll: Poll) -> bool:
    return poll.refresh.outcome is Outcome.NOT_MODIFIED and poll.asked_url in {None, poll.state.url}


_TIMES = ("checked_at", "next_check_at", "moved_to", "moved_count")


def _time_row(state: FeedState) -> dict[str, Any]:
    return {"feed": state.feed_id, **{name: getattr(state, name) for name in _TIMES}}


def _record_entries(connection: sa.Connection, poll: Poll, hold: Hold) -> dict[str, Any]:
    """Insert what is new; return the row of the refresh. What stands in a feed at its first good poll is marked.

    Some feeds give what they hold new ids at every poll. A known article with a title and a time that it had is the entry it
    was; with another it is one more, such as today's briefing at a fixed address, but nothing to hold back and no sign of a gap.
    """
    row = _refresh_row(poll.refresh)
    row["reason"] = write_remark(row["reason"], poll.problems)
    if not poll.entries:
        return row
    feed_id, now = poll.refresh.feed_id, poll.refresh.started_at
    known = known_keys(connection, feed_id, [entry.key for entry in poll.entries])
    unseen = list({entry.key: entry for entry in poll.entries if entry.key not in known}.values())
    habit = read_habit(connection, feed_id)
    urls = {entry.key: _canonical_or_none(entry.link) for entry in unseen}
    again = known_articles(connection, feed_id, urls.values()) if habit else set()
    known_urls = {url for url, *_ in again}
    held = hold([entry for entry in unseen if urls[entry.key] not in known_urls], habit, now)
    has_gap = not known and not again and stood_here(connection, feed_id)
    rows = [
        _entry_row(entry, urls[entry.key], feed_id, now, held.get(entry.key), is_first=habit is None)
        for entry in unseen
        if (urls[entry.key], entry.title, entry.published_at) not in again
    ]
    inserted = len(insert_new(connection, entries, rows))
    reason = next(iter(held.values()), "") or (GAP if has_gap else "")
    return row | {"new_entries": max(inserted - len(held), 0), "reason": write_remark(reason, poll.problems)}


_REFRESH = ("feed_id", "started_at", "reason", "failure", "status", "entries", "new_entries", "size", "seconds")


def _refresh_row(refresh: Refresh) -> dict[str, Any]:
    row = {name: getattr(refresh, name) for name in _REFRESH}
    return row | {"outcome": refresh.outcome.value}


def _entry_row(
    entry: Entry, url: str | None, feed_id: str, now: datetime, held: str | None, *, is_first: bool
) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "key": entry.key,
        "link": entry.link,
        "url": url,
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


_IS_THE_SAME = (feeds.c.id == sa.bindparam("feed")) & (
    feeds.c.url == sa.func.coalesce(sa.bindparam("asked", type_=sa.Text), feeds.c.url)
)

# Compiled once and run for a whole batch: six times the rate of one statement a feed.
_TIME_CHANGE = (
    feeds.update()
    .where(_IS_THE_SAME)
    .values({name: sa.bindparam(name) for name in _TIMES} | {"failures": 0.0, "gone_at": None, "claimed_until": None})
)
_STATE_CHANGE = (
    feeds.update()
    .where(_IS_THE_SAME)
    .values({name: sa.bindparam(name) for name in (*_STATE, "host")} | {"claimed_until": None})
)


def list_feeds(store: Store) -> list[tuple[Feed, FeedState]]:
    """Return every declared feed with its polling state, by id."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(feeds).where(feeds.c.is_declared).order_by(feeds.c.id)).all()
    return [(to_feed(row), to_state(row)) for row in rows]
