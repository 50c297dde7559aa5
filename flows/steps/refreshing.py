"""Polling feeds: fetch what is due, parse what changed, and say how each poll ended."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import random

from extractors.workers import WorkerPool
from fetching.caching import hash_body, read_fresh_for
from fetching.client import Client
from fetching.schedule import (
    SchedulePolicy,
    decide_move,
    is_silent,
    note_failure,
    note_success,
    plan_next_check,
    read_rhythm,
    read_wish,
    seek_return,
)
from flows.steps.parsing import Answer, Listed, parse_answer, parse_within_limits
from flows.steps.sitemaps import fetch_listed
from news.errors import FetchError, FetchFailure, NewsError, ParseError, say_defect
from news.manners import name_scope
from news.sources import DueFeed, FeedKind, FeedState, Fetched, NotModified, Outcome, Poll, Refresh

log = logging.getLogger(__name__)

SCHEDULE = SchedulePolicy()


class OpenPolls:
    """Polls that are under way, so many at once that hosts which do not answer hold up nobody else.

    Each ends with a `Poll`, also one that failed, and is handed out once by `collect`.
    """

    def __init__(self, client: Client, workers: WorkerPool, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._workers = workers
        self._clock = clock
        self._running: set[asyncio.Task[Poll]] = set()
        self._ended: list[asyncio.Task[Poll]] = []
        self._wanted = 0
        self._enough = asyncio.Event()

    def __len__(self) -> int:
        """How many are under way or not yet collected."""
        return len(self._running) + len(self._ended)

    def begin(self, due: Iterable[DueFeed]) -> None:
        """Begin to poll feeds, as far as manners allow."""
        for feed in due:
            # Chance spreads load here; nothing secret depends on it.
            turn = _Turn(feed, self._clock(), random())  # noqa: S311
            task = asyncio.create_task(_poll(turn, self._client, self._workers, self._clock))
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Poll]) -> None:
        self._running.discard(task)
        self._ended.append(task)
        if len(self._ended) >= self._wanted or not self._running:
            self._enough.set()

    async def collect(self, count: int, *, within: timedelta | None = None) -> list[Poll]:
        """Wait until so many have ended, or all, or for so long, and hand out those that have.

        A fault of ours in one of them is raised.
        """
        self._wanted = count
        self._enough.clear()
        if self._running and len(self._ended) < count:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if within is None else within.total_seconds()):
                    await self._enough.wait()
        ended, self._ended = self._ended, []
        return [task.result() for task in ended]

    async def stop(self) -> None:
        """Give up what is under way."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def refresh_feeds(
    due: Sequence[DueFeed], client: Client, workers: WorkerPool, clock: Callable[[], datetime]
) -> list[Poll]:
    """Poll feeds at once, as far as manners allow, and wait for all of them."""
    polls = OpenPolls(client, workers, clock)
    polls.begin(due)
    try:
        return await polls.collect(len(due))
    finally:
        await polls.stop()


@dataclass(slots=True)
class _Turn:
    """One feed's turn: when it began, the chance that spreads its next one, and how long its answer took."""

    due: DueFeed
    started_at: datetime
    jitter: float
    seconds: float = 0.0

    def refresh(self, outcome: Outcome, fetched: Fetched | None = None, *, entries: int = 0) -> Refresh:
        """Record how it ended well."""
        status, size = (fetched.status, len(fetched.body)) if fetched else (_NOT_MODIFIED, 0)
        started_at, seconds = self.started_at, self.seconds
        return Refresh(
            self.due.feed.id, started_at, outcome, status=status, entries=entries, size=size, seconds=seconds
        )


_NOT_MODIFIED = 304


async def _poll(turn: _Turn, client: Client, workers: WorkerPool, clock: Callable[[], datetime]) -> Poll:
    asked, polled = turn.due.state.url, await _refresh(turn, client, workers, clock)
    if polled.refresh.outcome is Outcome.FAILED:
        polled = await _look_back(turn, client, workers, clock, polled.state) or polled
    return replace(polled, asked_url=asked)


async def _look_back(
    turn: _Turn, client: Client, workers: WorkerPool, clock: Callable[[], datetime], failed: FeedState
) -> Poll | None:
    """Look for a feed that is lost where it moved at its declared address; what is found there is the feed again."""
    declared = seek_return(failed, turn.due.feed.url, SCHEDULE)
    if declared is None:
        return None
    polled = await _refresh(replace(turn, due=replace(turn.due, state=declared)), client, workers, clock)
    return None if polled.refresh.outcome is Outcome.FAILED else polled


async def _refresh(turn: _Turn, client: Client, workers: WorkerPool, clock: Callable[[], datetime]) -> Poll:
    """The one place where a failure to poll becomes a value."""
    state = turn.due.state
    fetched: Fetched | NotModified | None = None
    listed = Listed()
    scope = name_scope(turn.due.outlet, turn.due.feed.id)
    is_quiet = is_silent(turn.due.rhythm, turn.started_at)
    try:
        try:
            fetched = await client.fetch(
                state.url,
                kind="page" if turn.due.feed.kind is FeedKind.LISTING else "feed",
                etag=None if is_quiet else state.etag,
                last_modified=None if is_quiet else state.last_modified,
                scope=scope,
            )
            if isinstance(fetched, Fetched) and turn.due.feed.kind is FeedKind.SITEMAP:
                listed = await fetch_listed(client, fetched, scope=scope)
        finally:
            turn.seconds = (clock() - turn.started_at).total_seconds()
        return await _note_answer(turn, fetched, listed, workers)
    except FetchError as error:
        return _note_failure(turn, error)
    except ParseError as error:
        status = fetched.status if isinstance(fetched, Fetched) else None
        return _note_failure(turn, FetchError(str(error), FetchFailure.NOT_A_FEED, url=state.url, status=status))
    except NewsError:
        raise
    except Exception as error:  # it must not cost the other feeds their poll; the round says so at its end
        log.exception("Feed %s met a defect", turn.due.feed.id)
        return _note_failure(turn, FetchError(say_defect(error), FetchFailure.DEFECT, url=state.url))


async def _note_answer(turn: _Turn, fetched: Fetched | NotModified, listed: Listed, workers: WorkerPool) -> Poll:
    """Say what a good answer leaves behind; `listed` is what an index lists.

    A permanent redirect counts in front of 'not modified' too: what stands there held a valid feed when it was last read.

    Raises:
        ParseError: when the body is no feed, or too much for a worker.
    """
    due, now = turn.due, turn.started_at
    state = decide_move(due.state, fetched.permanent_url, now, SCHEDULE)
    if isinstance(fetched, NotModified):
        return _note_nothing_new(turn, turn.refresh(Outcome.NOT_MODIFIED), state, fetched.headers)
    fresh = _note_parts(state, listed) if listed.parts else _note_validators(state, fetched)
    if fresh.body_hash == due.state.body_hash:
        return _note_nothing_new(turn, turn.refresh(Outcome.UNCHANGED, fetched), fresh, fetched.headers)
    answer = Answer(due, fetched, listed)
    parsed = await parse_within_limits(parse_answer, answer, listed.parts or (fetched,), workers)
    times = (entry.published_at for entry in parsed.entries if entry.published_at)
    rhythm = read_rhythm(times, now) or due.rhythm
    wish = read_wish(read_fresh_for(fetched.headers), parsed.ttl_minutes, SCHEDULE)
    planned = plan_next_check(now, SCHEDULE, rhythm=rhythm, wish=wish, jitter=turn.jitter)
    after = note_success(replace(fresh, wish_seconds=wish.total_seconds()), now, planned)
    refresh = turn.refresh(Outcome.UPDATED, fetched, entries=len(parsed.entries))
    return Poll(refresh, after, parsed.entries, problems=parsed.problems)


def _note_validators(state: FeedState, fetched: Fetched) -> FeedState:
    headers = fetched.headers
    return replace(
        state, etag=headers.get("etag"), last_modified=headers.get("last-modified"), body_hash=hash_body(fetched.body)
    )


def _note_parts(state: FeedState, listed: Listed) -> FeedState:
    """Remember the sitemaps of an index by their bodies: the index itself may stay as it is while they change.

    So may those that were had while another is missing, and the refresh that says so is one with something new.
    """
    bodies = b"".join(part.body for part in listed.parts) + "".join(sorted(listed.missing)).encode()
    return replace(state, etag=None, last_modified=None, body_hash=hash_body(bodies))


def _note_nothing_new(turn: _Turn, refresh: Refresh, state: FeedState, headers: Mapping[str, str]) -> Poll:
    """Plan the next look; how long this answer is fresh counts for that alone, so that most of the state stays unwritten.

    It cannot take back what was wished before: a `<ttl>` may be in that, which only an answer with something new repeats.
    """
    wish = max(timedelta(seconds=state.wish_seconds or 0.0), read_fresh_for(headers) or timedelta(0))
    planned = plan_next_check(turn.started_at, SCHEDULE, rhythm=turn.due.rhythm, wish=wish, jitter=turn.jitter)
    return Poll(refresh, note_success(state, turn.started_at, planned))


def _note_failure(turn: _Turn, error: FetchError) -> Poll:
    due, now = turn.due, turn.started_at
    state = note_failure(due.state, error, now, SCHEDULE, rhythm=due.rhythm, jitter=turn.jitter)
    reason, failure, status, seconds = str(error), error.kind.value, error.status, turn.seconds
    refresh = Refresh(due.feed.id, now, Outcome.FAILED, reason=reason, failure=failure, status=status, seconds=seconds)
    return Poll(refresh, state)
