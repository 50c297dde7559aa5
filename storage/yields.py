"""What sources bring, against what they are declared to bring and used to: language, whole texts, volume."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.engine import Store, reading
from storage.tables import articles, entries, feeds, outlets

_RECENT = timedelta(days=7)
_BASELINE = timedelta(days=28)
"""Four weeks before the recent one: long enough for the weekends to be even, short enough to follow an outlet's habits."""

_ENOUGH_ARTICLES = 10
"""Fewer articles may all be in another language, or all cut off, by chance."""
_MOST = 0.6
"""A paper behind a paywall leaves some articles open; a bilingual feed has a third in its other language."""

# A week with less than a quarter of the usual is no holiday, one with four times as much no busy week; of a source that
# brings less than ten a week nothing can be said.
_FEW, _MANY = 1 / 4, 4.0
_ENOUGH_A_WEEK = 10.0


@dataclass(frozen=True, slots=True)
class FeedYield:
    """The articles that a feed brought in the last week. `since_at` is when the first of them was seen.

    `languages` counts them by language and script, as far as known; `cut_off` ones end at a paywall or after a teaser; of
    `unread` ones the page could not be had, so that only the feed's own text is there.
    """

    feed_id: str
    title: str
    declared_language: str
    since_at: datetime
    number: int = 0
    cut_off: int = 0
    unread: int = 0
    languages: Mapping[str, int] = field(default_factory=dict)

    def find_fault(self) -> str:
        """Say in words what is wrong with most of them; empty where nothing is."""
        if self.number < _ENOUGH_ARTICLES:
            return ""
        declared = _drop_region(self.declared_language)
        other, times = max(self.languages.items(), key=lambda pair: pair[1], default=("", 0))
        faults = (
            (
                0 if declared == "und" or _are_alike(declared, other) else times,
                f"are in another language ({other}) than declared ({declared})",
            ),
            (self.cut_off, "end at a paywall or after a teaser"),
            (self.unread, "have pages that could not be read"),
        )
        return next(
            (
                f"{count} of its latest {self.number} articles {what}"
                for count, what in faults
                if count > _MOST * self.number
            ),
            "",
        )


def list_feed_yields(store: Store, now: datetime) -> list[FeedYield]:
    """Return what every declared feed brought in the last week, by id; those that brought nothing are left out."""
    query = (
        sa.select(
            *(feeds.c.id, feeds.c.title, feeds.c.language.label("declared"), articles.c.language),
            sa.func.min(articles.c.first_seen_at).label("since"),
            sa.func.count().label("number"),
            sa.func.count(sa.case((articles.c.partial & (articles.c.quality != "feed"), 1))).label("cut_off"),
            sa.func.count(sa.case((articles.c.quality == "feed", 1))).label("unread"),
        )
        .join(entries, entries.c.article_id == articles.c.id)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .where(articles.c.first_seen_at >= now - _RECENT, feeds.c.is_declared)
        .group_by(feeds.c.id, feeds.c.title, feeds.c.language, articles.c.language)
        .order_by(feeds.c.id)
    )
    with reading(store) as connection:
        rows = connection.execute(query).all()
    by_feed = defaultdict[str, list[sa.Row[tuple[str, str, str, str | None, datetime, int, int, int]]]](list)
    for row in rows:
        by_feed[row.id].append(row)
    return [_add_up(of_feed) for of_feed in by_feed.values()]


def _add_up(rows: list[sa.Row[tuple[str, str, str, str | None, datetime, int, int, int]]]) -> FeedYield:
    languages = Counter[str]()
    for row in rows:
        if row.language:
            languages[_drop_region(row.language)] += row.number
    return FeedYield(
        rows[0].id,
        rows[0].title,
        rows[0].declared,
        min(row.since for row in rows),
        sum(row.number for row in rows),
        sum(row.cut_off for row in rows),
        sum(row.unread for row in rows),
        languages,
    )


def _drop_region(language: str) -> str:
    """The language and its script, of four letters: zh-Hant of zh-Hant-HK, pt of pt-BR."""
    primary, *others = language.split("-")
    return "-".join([primary.lower(), *(part.title() for part in others if len(part) == 4)])  # noqa: PLR2004


def _are_alike(one: str, other: str) -> bool:
    """Whether two languages are the same, as far as both tell: zh is as good as either of its scripts."""
    return f"{one}-".startswith(f"{other}-") or f"{other}-".startswith(f"{one}-")


@dataclass(frozen=True, slots=True)
class OutletVolume:
    """How many new entries an outlet's feeds announced in the last week, and how many a week in the four before.

    `usual` is None for an outlet that has brought entries for less than two weeks: there is nothing to hold it against.
    """

    outlet_id: str
    name: str
    number: int
    usual: float | None
    since_at: datetime

    def describe(self) -> str:
        """Say in words how the week compares with what is usual."""
        said = f"{self.number} new entries in the last 7 days"
        return (
            f"{said}, too early to say what is usual"
            if self.usual is None
            else f"{said}, where {self.usual:.0f} a week are usual"
        )

    def find_fault(self) -> str:
        """Say in words how far the week is from what is usual; empty where it is not far."""
        if self.usual is None or self.usual < _ENOUGH_A_WEEK:
            return ""
        if self.number < _FEW * self.usual:
            return f"only {self.describe()}"
        return self.describe() if self.number > _MANY * self.usual else ""


def list_outlet_volumes(store: Store, now: datetime) -> list[OutletVolume]:
    """Return the volumes of every outlet with a declared feed, by id, also of those that brought nothing."""
    recent_from, start = now - _RECENT, now - _RECENT - _BASELINE
    is_recent = entries.c.first_seen_at >= recent_from
    is_news = ~entries.c.is_first_poll
    in_time = (entries.c.first_seen_at >= start) & (entries.c.first_seen_at <= now)
    query = (
        sa.select(
            *(outlets.c.id, outlets.c.name),
            sa.func.count(sa.case((is_news & is_recent, 1))).label("number"),
            sa.func.count(sa.case((is_news & ~is_recent, 1))).label("before"),
        )
        .join(feeds, feeds.c.outlet_id == outlets.c.id)
        .outerjoin(entries, (entries.c.feed_id == feeds.c.id) & in_time)
        .where(feeds.c.is_declared)
        .group_by(outlets.c.id, outlets.c.name)
        .order_by(outlets.c.id)
    )
    with reading(store) as connection:
        rows = connection.execute(query).all()
        began = {row.outlet_id: row.first for row in connection.execute(_select_beginnings()) if row.first}
    weeks = {outlet_id: (recent_from - max(first, start)) / timedelta(weeks=1) for outlet_id, first in began.items()}
    usual = {row.id: row.before / weeks[row.id] for row in rows if weeks.get(row.id, 0) >= 1}
    return [OutletVolume(row.id, row.name, row.number, usual.get(row.id), recent_from) for row in rows]


def _select_beginnings() -> sa.Select[tuple[str, datetime | None]]:
    """Select when each outlet's feeds brought their first entry: a step in the index for each feed."""
    first = sa.select(entries.c.first_seen_at).where(entries.c.feed_id == feeds.c.id).correlate(feeds)
    first_at = first.order_by(entries.c.first_seen_at).limit(1).scalar_subquery()
    query = sa.select(feeds.c.outlet_id, sa.func.min(first_at).label("first"))
    return query.where(feeds.c.is_declared).group_by(feeds.c.outlet_id)


def find_faults(yields: Iterable[FeedYield], volumes: Iterable[OutletVolume]) -> list[tuple[str, str, datetime]]:
    """Find what is unlike what was declared or usual: name, reason in words, and since when."""
    found = [(one.title, one.find_fault(), one.since_at) for one in yields]
    found += [(one.name, one.find_fault(), one.since_at) for one in volumes]
    return [(name, reason, since_at) for name, reason, since_at in found if reason]
