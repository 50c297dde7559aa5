"""How the sources fare, asked of the history of their polls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from news.digests import BlindSource
from news.sources import FeedKind
from storage.engine import Store, reading
from storage.rhythm import EVER, select_rhythms
from storage.tables import articles, deliveries, digests, feeds, refreshes
from storage.yields import find_faults, list_feed_yields, list_outlet_volumes

# A feed is silent when nothing came for this many times its usual interval, and for at least this long: a ministry that
# publishes weekly is not silent on a Friday, a wire that publishes hourly is after two days.
_SILENT_INTERVALS = 8
_SILENT_AFTER = timedelta(days=2)

# Of a feed that never brought anything after its first entries no interval is known. Few publish less than once a month; more
# often what stands there for ever is a selector's: the navigation of a page.
_SILENT_AFTER_FIRST = timedelta(days=30)

# Servers have bad hours; a feed that fails for longer is as good as silent.
_FAILING_IS_SILENT_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """What the polls of a feed say of it. Times are aware UTC; None is never, or not known.

    `failing_since` is the first failure since the last good poll, `reason` is how the latest poll failed, with `failure`
    and the `status` of HTTP; `interval` is the mean time between its latest entries, `answers_since` the first good poll
    on record, `moved_at` when it was found to stand elsewhere for good.
    """

    feed_id: str
    url: str
    declared_url: str
    checked_at: datetime | None
    gone_at: datetime | None
    failing_since: datetime | None
    failure: str | None
    reason: str
    newest_at: datetime | None
    interval: timedelta | None
    title: str = ""
    kind: FeedKind = FeedKind.FEED
    status: int | None = None
    answers_since: datetime | None = None
    moved_at: datetime | None = None

    def is_silent(self, now: datetime) -> bool:
        """Whether a feed that answers well has brought nothing for far longer than is usual for it."""
        return not self.failing_since and self.quiet_until is not None and now > self.quiet_until

    @property
    def is_empty(self) -> bool:
        """Whether a feed answers well and has never held an entry."""
        return self.checked_at is not None and not self.failing_since and self.newest_at is None

    @property
    def quiet_until(self) -> datetime | None:
        """Until when its silence is not unusual for it; None before its first entry."""
        if self.newest_at is None:
            return None
        if self.interval is None:
            return self.newest_at + _SILENT_AFTER_FIRST
        return self.newest_at + max(_SILENT_AFTER, _SILENT_INTERVALS * self.interval)

    @property
    def silent_from(self) -> datetime | None:
        """From when nothing is to be expected of it, which may lie ahead: ended, failing for a day, or far too quiet."""
        if self.gone_at:
            return self.gone_at
        return self.failing_since + _FAILING_IS_SILENT_AFTER if self.failing_since else self.quiet_until

    def explain_silence(self) -> str:
        """Say why nothing is to be expected of it, given that `silent_from` has come."""
        if self.gone_at:
            return "ended by its publisher"
        if self.failing_since:
            return self.reason
        return (
            "nothing new after its first entries" if self.interval is None else "nothing new, which is unusual for it"
        )


def list_feed_health(store: Store) -> list[FeedHealth]:
    """Return how every declared feed fares, by id."""
    latest, good, failed = refreshes.alias("latest"), refreshes.alias("good"), refreshes.alias("failed")
    latest_id = sa.select(latest.c.id).order_by(latest.c.started_at.desc(), latest.c.id.desc()).limit(1)
    is_good = sa.select(good.c.started_at).where(good.c.outcome != "failed").limit(1)
    good_at, first_good_at = is_good.order_by(good.c.started_at.desc()), is_good.order_by(good.c.started_at)
    is_after = failed.c.started_at > sa.func.coalesce(_of_feed(good_at, good), EVER)
    since = sa.select(sa.func.min(failed.c.started_at)).where(failed.c.outcome == "failed", is_after)
    rhythm = select_rhythms().subquery()
    query = (
        sa.select(
            feeds,
            _of_feed(since, failed).label("since"),
            _of_feed(first_good_at, good).label("answers_since"),
            *(refreshes.c.failure, refreshes.c.reason, refreshes.c.status),
            *(rhythm.c.first, rhythm.c.last, rhythm.c.number),
        )
        .select_from(feeds)
        .outerjoin(refreshes, refreshes.c.id == _of_feed(latest_id, latest))
        .outerjoin(rhythm, rhythm.c.id == feeds.c.id)
        .where(feeds.c.is_declared)
        .order_by(feeds.c.id)
    )
    with reading(store) as connection:
        return [
            FeedHealth(
                row.id,
                row.url,
                row.declared_url,
                row.checked_at,
                row.gone_at,
                row.since,
                row.failure,
                row.reason or "",
                row.last,
                (row.last - row.first) / (row.number - 1) if row.number and row.number > 1 else None,
                row.title,
                FeedKind(row.kind),
                row.status,
                row.answers_since,
                row.moved_at,
            )
            for row in connection.execute(query)
        ]


def list_blind(store: Store, now: datetime) -> list[BlindSource]:
    """Return the sources that failed, fell silent, or bring something else than they should, the latest first."""
    found = [blind for feed in list_feed_health(store) if (blind := _judge_blind(feed, now))]
    named = {blind.name for blind in found}
    faults = find_faults(list_feed_yields(store, now), list_outlet_volumes(store, now))
    found += [BlindSource(*fault) for fault in faults if fault[0] not in named]
    return sorted(found, key=lambda blind: blind.since_at or now, reverse=True)


def _judge_blind(feed: FeedHealth, now: datetime) -> BlindSource | None:
    """A reader hears of a failure at once, since it may have cost her this very digest."""
    since_at = feed.gone_at or feed.failing_since or (feed.newest_at if feed.is_silent(now) else None)
    if feed.is_empty:
        return BlindSource(feed.title, "it answers, but has held no entry yet", feed.answers_since)
    return BlindSource(feed.title, feed.explain_silence(), since_at) if since_at else None


def list_fallen_silent(store: Store, *, since_at: datetime, until_at: datetime) -> list[FeedHealth]:
    """Return the feeds that fell silent after one time and up to another: ended, failing for a day, or far too quiet."""
    return [
        feed
        for feed in list_feed_health(store)
        if (silent_from := feed.silent_from) and since_at < silent_from <= until_at
    ]


def _of_feed(query: sa.Select[Any], polls: sa.FromClause) -> sa.ScalarSelect[Any]:
    """Ask a question of the polls of the feed that the outer query is at: each is answered by a step in the index."""
    return query.where(polls.c.feed_id == feeds.c.id).correlate(feeds).scalar_subquery()


@dataclass(frozen=True, slots=True)
class TroubledDelivery:
    """A delivery that failed for good, or waits longer than its time."""

    digest: str
    channel: str
    state: str
    attempts: int
    composed_at: datetime
    reason: str


def list_troubled_deliveries(store: Store, now: datetime, *, since_at: datetime) -> list[TroubledDelivery]:
    """Return deliveries that failed since a time, were tried in vain, or are overdue for 10 minutes; newest first."""
    is_failed = (deliveries.c.state == "failed") & (digests.c.composed_at >= since_at)
    is_vain = (deliveries.c.attempts > 0) & (deliveries.c.reason != "")
    is_late = deliveries.c.next_attempt_at < now - timedelta(minutes=10)
    query = (
        sa.select(deliveries, digests.c.subscription_id, digests.c.number, digests.c.composed_at)
        .join(digests, digests.c.id == deliveries.c.digest_id)
        .where(is_failed | ((deliveries.c.state == "pending") & (is_vain | is_late)))
        .order_by(deliveries.c.id.desc())
    )
    with reading(store) as connection:
        return [
            TroubledDelivery(
                f"{row.subscription_id}/{row.number}", row.channel, row.state, row.attempts, row.composed_at, row.reason
            )
            for row in connection.execute(query)
        ]


@dataclass(frozen=True, slots=True)
class QuickTexts:
    """Articles whose page was read quickly so far, and how many of them no round will look at again by itself."""

    articles: int
    left: int


def count_quick_texts(store: Store) -> QuickTexts:
    """Count the articles that stand at their quick text and are still there."""
    is_left = sa.func.count(sa.case((articles.c.next_read_at.is_(None), 1)))
    query = sa.select(sa.func.count(), is_left).where(articles.c.quality == "quick", articles.c.removed_at.is_(None))
    with reading(store) as connection:
        return QuickTexts(*connection.execute(query).one())


def read_clock(store: Store) -> datetime | None:
    """Return the database server's time, to compare with ours; None for SQLite, which has no clock of its own."""
    if store.dialect.name == "sqlite":
        return None
    with reading(store) as connection:
        at: datetime = connection.scalar(sa.text("SELECT clock_timestamp()"))
    return at
