"""Polling feeds: fetch what is due, parse what changed, and say how each poll ended."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import random

from extractors.feed import parse_feed
from extractors.listing import parse_listing
from extractors.sitemap import parse_sitemap
from fetching.caching import hash_body, read_fresh_for
from fetching.client import Client
from fetching.schedule import SchedulePolicy, decide_move, note_failure, note_success, plan_next_check
from news.errors import FetchError, FetchFailure, NewsError, ParseError, say_defect
from news.sources import Backoff, DueFeed, FeedKind, FeedState, Fetched, Outcome, ParsedFeed, Poll, Refresh

log = logging.getLogger(__name__)

SCHEDULE = SchedulePolicy()


@dataclass(frozen=True, slots=True)
class _Turn:
    """One feed's turn: when it began, and the chance that spreads its next one."""

    due: DueFeed
    started_at: datetime
    jitter: float


async def refresh_feeds(due: Sequence[DueFeed], client: Client, clock: Callable[[], datetime]) -> list[Poll]:
    """Poll feeds at once, as far as manners allow; every feed has a poll, also one that failed."""
    # Chance spreads load here; nothing secret depends on it.
    turns = [_Turn(feed, clock(), random()) for feed in due]  # noqa: S311
    return list(await asyncio.gather(*(_refresh(turn, client, clock) for turn in turns)))


async def _refresh(turn: _Turn, client: Client, clock: Callable[[], datetime]) -> Poll:
    """The one place where a failure to poll becomes a value."""
    state = turn.due.state
    fetched: Fetched | None = None
    try:
        fetched = await client.fetch(
            state.url,
            kind="page" if turn.due.feed.kind is FeedKind.LISTING else "feed",
            etag=state.etag,
            last_modified=state.last_modified,
            scope=name_scope(turn.due),
        )
        poll = note_answer(turn.due, fetched, turn.started_at, turn.jitter)
    except FetchError as error:
        poll = _note_failure(turn, error)
    except ParseError as error:
        status = fetched.status if fetched else None
        poll = _note_failure(turn, FetchError(str(error), FetchFailure.NOT_A_FEED, url=state.url, status=status))
    except NewsError:
        raise
    except Exception as error:  # it must not cost the other feeds their poll; the round says so at its end
        log.exception("Feed %s met a defect", turn.due.feed.id)
        poll = _note_failure(turn, FetchError(say_defect(error), FetchFailure.DEFECT, url=state.url))
    seconds = (clock() - turn.started_at).total_seconds()
    return replace(poll, refresh=replace(poll.refresh, seconds=seconds))


def name_scope(due: DueFeed) -> str | None:
    """Name what rests when this feed's server says 'later', as its outlet declares; None is the host."""
    match due.outlet.backoff:
        case Backoff.FEED:
            return f"feed {due.feed.id}"
        case Backoff.FAMILY:
            return f"family {due.outlet.family}"
        case Backoff.HOST:
            return None


def note_answer(due: DueFeed, fetched: Fetched | None, now: datetime, jitter: float) -> Poll:
    """Say what a good answer leaves behind; `fetched` is None where nothing was modified.

    Raises:
        ParseError: when the body is no feed.
    """
    if fetched is None:
        return _note_nothing_new(due, now, jitter, Outcome.NOT_MODIFIED, due.state)
    state = decide_move(due.state, fetched.permanent_url, SCHEDULE)
    fresh = _note_validators(state, fetched)
    if fresh.body_hash == due.state.body_hash:
        return _note_nothing_new(due, now, jitter, Outcome.UNCHANGED, fresh, fetched)
    parsed = parse(due, fetched)
    times = [entry.published_at for entry in parsed.entries if entry.published_at] or due.recent_at
    planned = plan_next_check(
        now,
        SCHEDULE,
        recent_at=times,
        fresh_for=read_fresh_for(fetched.headers),
        ttl_minutes=parsed.ttl_minutes,
        jitter=jitter,
    )
    refresh = Refresh(
        due.feed.id, now, Outcome.UPDATED, status=fetched.status, entries=len(parsed.entries), size=len(fetched.body)
    )
    return Poll(refresh, note_success(fresh, now, planned), parsed.entries)


def _note_validators(state: FeedState, fetched: Fetched) -> FeedState:
    headers = fetched.headers
    return replace(
        state, etag=headers.get("etag"), last_modified=headers.get("last-modified"), body_hash=hash_body(fetched.body)
    )


def _note_nothing_new(
    due: DueFeed, now: datetime, jitter: float, outcome: Outcome, state: FeedState, fetched: Fetched | None = None
) -> Poll:
    planned = plan_next_check(now, SCHEDULE, recent_at=due.recent_at, jitter=jitter)
    size, status = (len(fetched.body), fetched.status) if fetched else (0, 304)
    refresh = Refresh(due.feed.id, now, outcome, status=status, size=size)
    return Poll(refresh, note_success(state, now, planned))


def _note_failure(turn: _Turn, error: FetchError) -> Poll:
    due, now = turn.due, turn.started_at
    state = note_failure(due.state, error, now, SCHEDULE, recent_at=due.recent_at, jitter=turn.jitter)
    refresh = Refresh(
        due.feed.id, now, Outcome.FAILED, reason=str(error), failure=error.kind.value, status=error.status
    )
    return Poll(refresh, state)


def parse(due: DueFeed, fetched: Fetched) -> ParsedFeed:
    """Parse an answer as what the feed is declared to be."""
    feed, zone = due.feed, due.outlet.zone
    if feed.kind is FeedKind.LISTING:
        return parse_listing(
            fetched.body,
            url=fetched.final_url,
            link_selector=feed.link_selector or "",
            date_selector=feed.date_selector,
            zone=zone,
            content_type=fetched.content_type,
        )
    if feed.kind is FeedKind.SITEMAP:
        return parse_sitemap(fetched.body, url=fetched.final_url, zone=zone, content_type=fetched.content_type)
    return parse_feed(fetched.body, url=fetched.final_url, content_type=fetched.content_type, zone=zone)
