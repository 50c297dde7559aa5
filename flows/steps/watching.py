"""The parts of one round, each a batch: polling, reading, grouping. What they did is counted in the round's figures."""

import asyncio
import logging
import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from extractors.identity import guard_flood
from extractors.workers import WorkerPool
from fetching.client import Client
from fetching.failures import has_reached, looks_offline
from fetching.guard import redact_url
from flows.steps.grouping import group_articles
from flows.steps.keeping import LEASE_FOR
from flows.steps.reading import read_pages
from flows.steps.refreshing import OpenPolls
from flows.steps.speeds import ReadingTime
from flows.steps.surging import note_surges as note_surges_in
from news.articles import Quality
from news.errors import FetchFailure, NewsError
from news.reading import PageResult, PageTask, Recorded
from news.sources import DueFeed, Entry, Habit, Outcome, Poll
from storage.articles import claim_due_rereads, claim_unread_entries, count_unread_entries, settle_known_entries
from storage.claims import Claims
from storage.engine import Store
from storage.feeds import claim_due_feeds, record_polls
from storage.recording import record_articles

log = logging.getLogger(__name__)

# A batch is one transaction of some 100 to 500 rows, and one Prefect task run.
_FEEDS = 200
_PAGES = 100
_WIDE_PAGES = 250
"""Read quickly, so many take as long as a batch read carefully: a second or two."""
_OPEN_FEEDS = 2000
"""Polls under way at once, most of them waiting for their host's turn; `FetchPolicy` says how many connections they have."""
_GATHER_FOR = timedelta(seconds=2)
"""How long a batch waits to be full: what has ended is soon stored, also while the last hosts are waited for."""
_PER_HOST = 8

# A round is no success when more than this share of its feeds failed, unless there were only a few.
_MAX_FAILED = 0.5
_MIN_FEEDS = 4


class RoundError(NewsError):
    """A round that did not do its work; the text says why and what was kept."""


@dataclass(slots=True)
class Figures:
    """What a round did, in numbers.

    `quick` of the `articles` have only their quick text, `improved` ones had and were now read carefully; `tagged` counts
    matches by topic and language as `topic language`; `surges` began; `discord` says that other machines declare otherwise.
    """

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    new_entries: int = 0
    articles: int = 0
    quick: int = 0
    improved: int = 0
    revised: int = 0
    removed: int = 0
    known: int = 0
    refused: int = 0
    postponed: int = 0
    grouped: int = 0
    stories: int = 0
    tagged: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    defects: int = 0
    surges: dict[str, str] = field(default_factory=dict)
    discord: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as stored with the round."""
        return asdict(self) | {"tagged": dict(self.tagged)}

    def describe(self) -> str:
        """Say in a line what was done so far."""
        said = f"{self.feeds} feeds polled, {self.new_entries} new entries, {self.articles} articles read"
        said = f"{said} ({self.quick} of them quickly)" if self.quick else said
        return f"{said}, {sum(self.tagged.values())} matches"

    def count_polls(self, polls: Sequence[Poll], new: dict[str, int]) -> None:
        """Add a batch of polls; of one that the database did not take nothing is said in `new`."""
        self.feeds += len(polls)
        self.new_entries += sum(new.values())
        self.unchanged += sum(p.refresh.outcome in {Outcome.UNCHANGED, Outcome.NOT_MODIFIED} for p in polls)
        for poll in polls:
            if poll.refresh.outcome is Outcome.FAILED:
                self.failed += 1
                self.failures[poll.refresh.feed_id] = poll.refresh.reason
                self.defects += poll.refresh.failure == FetchFailure.DEFECT
            elif poll.refresh.feed_id not in new:
                self.failed += 1
                self.defects += 1

    def count_pages(self, results: Sequence[PageResult], recorded: Recorded) -> None:
        """Add a batch of pages."""
        self.articles += recorded.new_articles
        self.improved += recorded.improved_articles
        self.revised += recorded.revised_articles
        self.removed += recorded.removed_articles
        self.known += recorded.known_entries
        self.refused += recorded.refused_entries
        self.postponed += recorded.postponed_entries
        self.defects += recorded.defects + sum(result.has_defect for result in results)
        for result in results:
            if result.article:
                self.quick += result.article.quality is Quality.QUICK
                language = result.article.language or "?"
                self.tagged.update(f"{match.topic} {language}" for match in result.matches)

    def complain(self) -> str | None:
        """Say why the round must not count as a success; None when it may."""
        if self.defects:
            return f"{self.defects} feeds or pages met a defect in Dateline, told in the log; all others were read"
        if self.feeds < _MIN_FEEDS or self.failed <= self.feeds * _MAX_FAILED:
            return self.discord or None
        some = "; ".join(f"{feed}: {reason}" for feed, reason in list(self.failures.items())[:3])
        return f"{self.failed} of {self.feeds} feeds failed in this round, among them {some}"


@dataclass(slots=True)
class Round:
    """One pass of the watch flow: what it works with, and what it has done so far.

    `only` are the feeds it is bound to, if any; `claims` is what it holds now, `ahead` of it what nobody reads yet; `time` is
    what its workers may spend;
    `keeps_pages`: of matched articles.
    `doubtful` polls have ended and are not stored yet: all of them failed, and it is not sure yet that `has_network`.
    Each batch logs a line, which Prefect and the terminal show.
    """

    store: Store
    client: Client
    workers: WorkerPool
    clock: Callable[[], datetime]
    only: tuple[str, ...] = ()
    figures: Figures = field(default_factory=Figures)
    polled: set[str] = field(default_factory=set)
    claims: Claims = field(default_factory=Claims)
    time: ReadingTime = field(default_factory=lambda: ReadingTime(math.inf))
    keeps_pages: bool = False
    has_looked_again: bool = False
    ahead: "deque[_Batch]" = field(default_factory=deque)
    polls: OpenPolls = field(init=False)
    doubtful: list[Poll] = field(default_factory=list)
    has_network: bool = False
    started_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started_at = self.clock()
        self.polls = OpenPolls(self.client, self.workers, self.clock)


async def poll_batch(round_: Round) -> bool:
    """Begin to poll what is due, and store the polls that have ended meanwhile; return whether there may be more.

    Many batches' worth is under way at once: a host that hangs for its whole time-out costs nobody else any.

    Raises:
        RoundError: when this machine has no network; the feeds stay due.
    """
    has_room = len(round_.polls) <= _OPEN_FEEDS - _FEEDS and len(round_.doubtful) < _FEEDS
    due = await asyncio.to_thread(_claim_feeds, round_) if has_room else []
    round_.polled.update(feed.feed.id for feed in due)
    round_.claims.feeds.update(feed.feed.id for feed in due)
    round_.polls.begin(due)
    round_.doubtful += await round_.polls.collect(_FEEDS, within=_GATHER_FOR)
    if round_.has_network or _has_network(round_):
        await _record(round_)
    return bool(due) or not has_room or len(round_.polls) > 0


def _claim_feeds(round_: Round) -> list[DueFeed]:
    left = [feed for feed in round_.only if feed not in round_.polled]
    if round_.only and not left:
        return []
    limit, now = _OPEN_FEEDS - len(round_.polls), round_.clock()
    return claim_due_feeds(round_.store, now, limit=limit, per_host=_PER_HOST, lease_for=LEASE_FOR, only=left)


def _has_network(round_: Round) -> bool:
    """Tell whether anybody was reached. Silence alone proves nothing as long as polls are open: it is waited for them."""
    failures = [FetchFailure(poll.refresh.failure) if poll.refresh.failure else None for poll in round_.doubtful]
    round_.has_network = any(map(has_reached, failures))
    if round_.has_network or len(round_.polls) > 0:
        return round_.has_network
    if looks_offline(failures):
        example = next(poll.refresh.reason for poll in round_.doubtful if poll.refresh.reason)
        raise RoundError(
            f"No source could be reached: this machine seems to have no network ({example}). "
            "Nothing was lost; the next round tries all feeds again."
        )
    return True


async def _record(round_: Round) -> None:
    """Store polls, so many to a transaction that whoever waits for the next start at a host waits for moments."""
    polls, round_.doubtful = round_.doubtful, []
    for batch in (polls[start : start + _FEEDS] for start in range(0, len(polls), _FEEDS)):
        round_.claims.feeds.difference_update(poll.refresh.feed_id for poll in batch)
        new = await asyncio.to_thread(record_polls, round_.store, batch, hold_back)
        round_.figures.count_polls(batch, new)
        if round_.figures.new_entries:
            round_.workers.warm_up()
        _log_failures(batch)
    if polls:
        log.info(round_.figures.describe())


def hold_back(unseen: Sequence[Entry], habit: Habit | None, now: datetime) -> dict[str, str]:
    """Hold back what a feed publishes of its archive all at once: remembered with the reason, not read."""
    guarded = guard_flood(unseen, habit, now)
    return {entry.key: guarded.reason for entry in guarded.to_remember}


def _log_failures(polls: Sequence[Poll]) -> None:
    for poll in polls:
        if poll.refresh.outcome is Outcome.FAILED:
            log.warning("Feed %s failed: %s", poll.refresh.feed_id, poll.refresh.reason)


class _Batch(NamedTuple):
    """Claimed pages, all of them new or all known."""

    tasks: list[PageTask]
    is_wide: bool


async def read_batch(round_: Round) -> bool:
    """Read a batch of new pages, then of pages that may have changed; return whether there may be more.

    New pages are read wide when too many wait. Known ones are always read carefully, for as long as there is time, but one
    batch of them in every round.
    """
    batch = round_.ahead.popleft() if round_.ahead else await _claim_batch(round_)
    if not batch.tasks:
        return False
    results = await read_pages(
        batch.tasks, round_.client, round_.workers, round_.clock, is_wide=batch.is_wide, keeps_pages=round_.keeps_pages
    )
    round_.time.note(results, is_wide=batch.is_wide)
    # Claimed before these are stored: behind that the claim would wait, with it the workers, and two batches would end as one.
    following = await _claim_batch(round_)
    if following.tasks:
        round_.ahead.append(following)
    round_.claims.release_pages(batch.tasks)
    recorded = await asyncio.to_thread(record_articles, round_.store, results, round_.clock())
    round_.figures.count_pages(results, recorded)
    for result in results:
        if result.reason:
            log.info("Page %s: %s", redact_url(result.task.url or result.task.title), result.reason)
    log.info(round_.figures.describe())
    return True


async def _claim_batch(round_: Round) -> _Batch:
    """Claim what is to be read next; no tasks where nothing is."""
    now = round_.clock()
    round_.figures.known += await asyncio.to_thread(settle_known_entries, round_.store, now)
    waiting = await asyncio.to_thread(count_unread_entries, round_.store, now, only=round_.only)
    is_short = waiting > 0 and round_.time.is_short_for(waiting)
    tasks = await asyncio.to_thread(_claim_pages, round_, now, _WIDE_PAGES if is_short else _PAGES)
    round_.claims.hold_pages(tasks)
    is_wide = is_short and bool(tasks) and tasks[0].article_id is None
    if is_wide:
        log.info("%s pages wait: quickly, and carefully only what may concern a topic", f"{waiting:,}")
    return _Batch(tasks, is_wide)


def _claim_pages(round_: Round, now: datetime, limit: int) -> list[PageTask]:
    new = claim_unread_entries(round_.store, now, limit=limit, lease_for=LEASE_FOR, only=round_.only)
    if new or round_.only or (round_.has_looked_again and round_.time.is_over):
        return new
    round_.has_looked_again = True
    return claim_due_rereads(round_.store, now, limit=_PAGES, lease_for=LEASE_FOR)


async def group_stories(round_: Round) -> None:
    """Group what was stored and matches a topic."""
    round_.figures.grouped, round_.figures.stories = await asyncio.to_thread(group_articles, round_.store, round_.clock)
    log.info(round_.figures.describe())


async def note_surges(round_: Round, zone: str) -> None:
    """Note which topics stand well above their usual volume, on the clock of an IANA zone."""
    found = await asyncio.to_thread(note_surges_in, round_.store, ZoneInfo(zone), round_.clock())
    round_.figures.surges = found
    for topic, why in found.items():
        log.info("Topic %s surges: %s", topic, why)
