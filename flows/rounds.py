"""Opening a round: the bureau, a client, workers, and the note in the store that it runs.

While a round lives it renews its lease and its claims. However it ends (done, failed, or stopped by a signal), it gives
back what it still holds; one that is killed is missed when its lease ends.
"""

import asyncio
import logging
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from extractors.workers import WorkerPool, open_pool
from flows.clients import open_bureau_client
from flows.heartbeat import beat, beat_after_round
from flows.settings import Settings
from flows.steps.agreeing import complain_of_declarations
from flows.steps.guarding import heed_time
from flows.steps.keeping import LEASE_FOR, finishing, keeping
from flows.steps.pages import equip_worker, pack_matcher
from flows.steps.speeds import ReadingTime
from flows.steps.watching import Figures, Round
from flows.wiring import Bureau, open_bureau, sync_declarations
from news.errors import SettingsError, StorageError
from storage.claims import Claims, give_back_claims, renew_claims
from storage.rounds import Declared, begin_round, end_round, renew_round

log = logging.getLogger(__name__)

_STOPPED = "it was stopped before its end"


@asynccontextmanager
async def open_round(
    bureau: Bureau,
    *,
    only: Sequence[str] = (),
    is_scheduled: bool = False,
) -> AsyncIterator[Round | None]:
    """Open a round; None where a scheduled one is not needed, since another runs or ran just now.

    Raises:
        SettingsError: when `only` names a feed that is not declared.
    """
    _refuse_unknown(only, bureau)
    interval = timedelta(minutes=bureau.settings.poll_minutes) if is_scheduled else None
    round_id, claims, figures, complaint = None, Claims(), Figures(), _STOPPED
    try:
        with finishing():
            round_id = await _begin(bureau, interval)
        if round_id is None:
            yield None
            return
        with keeping(partial(_renew, bureau, round_id, claims)):
            await asyncio.to_thread(sync_declarations, bureau)
            figures.discord = await asyncio.to_thread(complain_of_declarations, bureau.store, bureau.now())
            with _open_workers(bureau) as workers:
                store, now = bureau.store, bureau.now
                async with open_bureau_client(bureau) as client:
                    time, keeps = _time(bureau), bureau.settings.keep_pages_days > 0
                    round_ = Round(
                        store, client, workers, now, tuple(only), figures, claims=claims, time=time, keeps_pages=keeps
                    )
                    try:
                        yield round_
                    finally:
                        await round_.polls.stop()
        complaint = figures.complain() or ""
    except Exception as error:
        complaint = str(error) or type(error).__name__
        if round_id is None:
            await asyncio.to_thread(beat, bureau.settings, bureau.now(), complaint)
        raise
    finally:
        if round_id is not None:
            with finishing():
                await asyncio.to_thread(_close_round, bureau, round_id, claims, figures, complaint)


async def _begin(bureau: Bureau, interval: timedelta | None) -> int | None:
    store, at_once = bureau.store, bureau.settings.rounds
    await asyncio.to_thread(heed_time, store, bureau.now())
    declared = Declared(bureau.declarations.version, f"{socket.gethostname()}:{bureau.settings.home_path}")
    return await asyncio.to_thread(
        begin_round, store, bureau.now(), interval=interval, at_once=at_once, lease_for=LEASE_FOR, declared=declared
    )


def _time(bureau: Bureau) -> ReadingTime:
    settings = bureau.settings
    interval = timedelta(minutes=settings.poll_minutes)
    return ReadingTime.of_round(interval, settings.workers, is_always_wide=settings.reading == "wide")


def _renew(bureau: Bureau, round_id: int, claims: Claims) -> None:
    renew_round(bureau.store, round_id, bureau.now(), lease_for=LEASE_FOR)
    if claims:
        renew_claims(bureau.store, claims, bureau.now() + LEASE_FOR)


def _close_round(bureau: Bureau, round_id: int, claims: Claims, figures: Figures, complaint: str) -> None:
    """Give back what is held, note the end and report it. Where the database is gone, leases see to the first two."""
    try:
        if claims:
            give_back_claims(bureau.store, claims, bureau.now())
        end_round(bureau.store, round_id, bureau.now(), figures.to_dict(), complaint)
    except StorageError as error:
        log.warning("The end of the round could not be noted: %s", error)
        complaint = complaint or str(error)
    if complaint is not _STOPPED:
        beat_after_round(bureau, complaint)


@contextmanager
def _open_workers(bureau: Bureau) -> Iterator[WorkerPool]:
    with tempfile.TemporaryDirectory(prefix="dateline-round-") as folder:
        path = Path(folder) / "matcher"
        pack_matcher(bureau.matcher, path)
        settings = bureau.settings
        with open_pool(equip_worker, path, workers=settings.workers, timeout=settings.page_seconds) as workers:
            yield workers


def _refuse_unknown(only: Sequence[str], bureau: Bureau) -> None:
    for feed in only:
        if feed not in bureau.declarations.feeds:
            raise SettingsError(f"there is no feed '{feed}'; `./dateline feeds list` lists all")


@contextmanager
def open_throwaway(settings: Settings) -> Iterator[Bureau]:
    """Open a bureau on an empty database that is thrown away: what is done with it leaves no trace."""
    with tempfile.TemporaryDirectory(prefix="dateline-dry-") as folder:
        url = f"sqlite:///{Path(folder) / 'dry.db'}"
        dry = settings.model_copy(update={"database_url": url, "heartbeat_url": SecretStr("")})
        with open_bureau(dry, keeps_last_good=True) as bureau:
            yield bureau
