"""Reading pages: fetch them, hand them to the workers, and say how each ended."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from extractors.workers import WorkerPool
from fetching.client import Client
from flows.steps.pages import Announcement, Page, ReadPage, read_announcement, read_page
from flows.steps.rereading import plan_reread
from news.articles import ReadingHints
from news.errors import (
    AddressError,
    DamagedError,
    FetchError,
    FetchFailure,
    NewsError,
    ReadError,
    StorageError,
    say_defect,
)
from news.landings import stands_in
from news.manners import name_scope
from news.reading import PageResult, PageTask
from news.sources import Fetched, Outlet
from news.urls import canonical_url, hide_credentials

log = logging.getLogger(__name__)

# A page that fails for the moment is tried again twice, in this and the next rounds; then the feed's own text serves, or what is
# known of the article.
_ATTEMPTS = 3
_RETRY_AFTER = timedelta(minutes=4)
_RETRY_WITHIN = timedelta(hours=1)
"""A server may ask for any wait, a year too; by then the feed's own text will have been told."""
_PACED_FOR = timedelta(hours=3)
"""So long a page waits for a turn at its host and no attempt is counted; then it is time to tell it from its feed."""
_PASSING = {
    FetchFailure.DNS,
    FetchFailure.CONNECT,
    FetchFailure.TIMEOUT,
    FetchFailure.RATE_LIMITED,
    FetchFailure.PACED,
    FetchFailure.NO_NETWORK,
    FetchFailure.BAD_RESPONSE,
}
_SERVER_ERROR = 500
_GONE = {404, 410}

# What a page may be served as; a PDF or an image is no article that we can read.
_READABLE = ("text/html", "application/xhtml+xml", "text/plain", "")


async def read_pages(
    tasks: Sequence[PageTask],
    client: Client,
    workers: WorkerPool,
    clock: Callable[[], datetime],
    *,
    is_wide: bool = False,
    keeps_pages: bool = False,
) -> list[PageResult]:
    """Fetch and read pages at once, as far as manners and workers allow; every task has a result.

    `is_wide`: carefully only what the topics' wide net catches in the quick text. `keeps_pages`: with the page itself in the
    results of those that match.
    """
    how = _How(client, workers, clock, is_wide, keeps_pages)
    return list(await asyncio.gather(*(_read(task, how) for task in tasks)))


class _How(NamedTuple):
    """What all pages of a batch are read with."""

    client: Client
    workers: WorkerPool
    clock: Callable[[], datetime]
    is_wide: bool
    keeps_pages: bool


async def _read(task: PageTask, how: _How) -> PageResult:
    """Read one page; a bug that it meets must not cost the others their turn, and the round says so at its end."""
    try:
        return await _look(task, how)
    except StorageError:
        raise
    except Exception as error:
        log.exception("Page %s met a defect", hide_credentials(task.url or task.title))
        return await _give_up(task, say_defect(error), how)


async def _give_up(task: PageTask, reason: str, how: _How) -> PageResult:
    """Tell the page from its feed where that can be done, else refuse it."""
    now = how.clock()
    given_up = PageResult(task, reason=reason, reread_at=plan_reread(task.first_seen_at, now), has_defect=True)
    if task.article_id is not None or task.url is None:
        return given_up
    try:
        return replace(await _fall_back(task, canonical_url(task.url), reason, how), has_defect=True)
    except Exception:
        log.exception("Page %s met a defect again, in what its feed says", hide_credentials(task.url))
        return given_up


async def _look(task: PageTask, how: _How) -> PageResult:
    """Read a page; what is not found where it was announced may stand at the address that it is known by."""
    result = await _read_task(task, how)
    if result.gone and task.known_url not in {None, task.url}:
        return await _read_task(replace(task, url=task.known_url), how)
    return result


async def _read_task(task: PageTask, how: _How) -> PageResult:
    """The one place where a failure to read becomes a value."""
    try:
        url = canonical_url(task.url) if task.url else None
    except AddressError as error:
        return await _fall_back(task, None, str(error), how)
    if url is None or task.url is None:
        return await _fall_back(task, None, "the feed names no link", how)
    try:
        fetched = await _fetch_page(task.url, task.outlet, how.client)
        _refuse_elsewhere(url, canonical_url(fetched.final_url))
    except (FetchError, ReadError, AddressError) as error:
        return await _explain(task, url, error, how)
    hints, limit = _hints(task), how.client.max_decoded_bytes
    page = Page(fetched.body, fetched.final_url, fetched.content_type, hints, how.is_wide, fetched.packing, limit)
    read = await how.workers.run(read_page, page)
    if isinstance(read, ReadError):
        return await _explain(task, url, read, how)
    result = _result(task, read, how.clock, (canonical_url(fetched.final_url),))
    return replace(result, page=fetched) if how.keeps_pages and read.matches else result


async def _fetch_page(url: str, outlet: Outlet, client: Client) -> Fetched:
    fetched = await client.fetch(url, kind="page", scope=name_scope(outlet), unpacks=False)
    assert isinstance(fetched, Fetched)  # noqa: S101 (no validators were sent, so nothing can be 'not modified')
    _refuse_unreadable(fetched)
    return fetched


def _refuse_unreadable(fetched: Fetched) -> None:
    kind = fetched.content_type.partition(";")[0].strip().lower()
    if kind not in _READABLE:
        raise ReadError(f"the page is {kind}, which holds no text that can be read")


def _refuse_elsewhere(asked: str, landed: str) -> None:
    if place := stands_in(asked, landed):
        raise ReadError(f"its address leads to {place}: {landed}")


def _hints(task: PageTask) -> ReadingHints:
    return ReadingHints(
        first_seen_at=task.first_seen_at,
        language=task.language or task.outlet.language,
        zone=task.outlet.zone,
        outlet_name=task.outlet.name,
        entry_title=task.title or None,
        entry_published_at=task.published_at,
        entry_text=task.text,
    )


def _result(task: PageTask, read: ReadPage, clock: Callable[[], datetime], aliases: tuple[str, ...] = ()) -> PageResult:
    reread_at = plan_reread(task.first_seen_at, clock())
    return PageResult(
        task, read.article, read.mentions, read.matches, aliases, reread_at=reread_at, seconds=read.seconds
    )


async def _explain(task: PageTask, url: str, error: NewsError, how: _How) -> PageResult:
    """A passing failure is tried again later; otherwise what the feed said is the article, and a known one stays as it is."""
    now = how.clock()
    if retry := _plan_retry(task, error, now):
        return retry
    if task.article_id is not None:
        gone = isinstance(error, FetchError) and error.status in _GONE
        return PageResult(task, reason=str(error), gone=gone, reread_at=plan_reread(task.first_seen_at, now))
    return await _fall_back(task, url, str(error), how)


def _plan_retry(task: PageTask, error: NewsError, now: datetime) -> PageResult | None:
    """Say when to try again what failed for the moment; a known article that will be looked at again waits for that."""
    if _waits_for_turn(task, error, now):
        return PageResult(task, reason=str(error), retry_at=now + _RETRY_AFTER, is_counted=False)
    is_expected = task.article_id is not None and plan_reread(task.first_seen_at, now) is not None
    if is_expected or not is_passing(error) or task.attempts >= _ATTEMPTS:
        return None
    wait = min(max(_RETRY_AFTER, getattr(error, "retry_after", None) or _RETRY_AFTER), _RETRY_WITHIN)
    return PageResult(task, reason=str(error), retry_at=now + wait)


def _waits_for_turn(task: PageTask, error: NewsError, now: datetime) -> bool:
    """Whether our own pace kept us from asking, which says nothing of the page.

    News cannot wait long. A known article can: its host answers others meanwhile, so that its turn comes.
    """
    is_paced = isinstance(error, FetchError) and error.kind is FetchFailure.PACED
    return is_paced and (task.article_id is not None or now - task.first_seen_at < _PACED_FOR)


def is_passing(error: NewsError) -> bool:
    """Whether a later attempt may well succeed."""
    if isinstance(error, DamagedError):
        return True
    if not isinstance(error, FetchError):
        return False
    return error.kind in _PASSING or (error.status or 0) >= _SERVER_ERROR


async def _fall_back(task: PageTask, url: str | None, reason: str, how: _How) -> PageResult:
    """Make the article from what the feed announced; refuse it where that is nothing or has no address."""
    if url is None:
        return PageResult(task, reason=reason)
    read = await how.workers.run(read_announcement, Announcement(url, _hints(task), task.authors))
    if isinstance(read, ReadError):
        return PageResult(task, reason=f"{reason}; {read}")
    noted = replace(
        read, article=replace(read.article, notes=(*read.article.notes, f"The page was not read: {reason}"))
    )
    return _result(task, noted, how.clock)
