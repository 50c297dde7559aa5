"""One round: poll what is due, read what is new, match it, group it, note what surges.

The flow says what happens in which order; every step works without Prefect, and idempotency lives in the store.
"""

import asyncio
from typing import Any

from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE

from flows.artifacts import leave_digest, leave_round
from flows.events import tell_of_silence
from flows.heartbeat import beating_unless_open
from flows.missed import drop_missed_runs
from flows.reconciling import reconcile_briefs
from flows.rounds import open_round, open_throwaway
from flows.settings import read_settings
from flows.steps import watching
from flows.steps.watching import Round, RoundError
from flows.stopping import expect_stop
from flows.telling import list_active, tell_now
from flows.wiring import open_bureau, utc_now

_BATCHES = 2
"""Batches of pages under way at once: while one is stored, or waits for a slow host, the workers read the other."""

# One task run costs 25 to 32 ms: a batch to each, never a page. The store retries by the next round; Prefect does not.
poll = task(name="poll feeds", cache_policy=NO_CACHE)(watching.poll_batch)
read = task(name="read pages", cache_policy=NO_CACHE)(watching.read_batch)
group = task(name="group stories", cache_policy=NO_CACHE)(watching.group_stories)
note = task(name="note surges", cache_policy=NO_CACHE)(watching.note_surges)


@flow(name="watch", log_prints=False)
async def watch(
    feeds: list[str] | None = None, topics: list[str] | None = None, *, dry_run: bool = False
) -> dict[str, Any]:
    """Run one round.

    Args:
        feeds: Poll only these feeds, by id, whether they are due or not.
        topics: Show only articles of these topics in the round's artifact; all are matched.
        dry_run: Poll and read into a database of its own that is thrown away: shows what feeds would give.
    """
    expect_stop()
    is_scheduled = "auto-scheduled" in runtime.flow_run.tags
    settings = read_settings()
    opening = open_bureau(settings, keeps_last_good=True)
    with open_throwaway(settings) if dry_run else beating_unless_open(opening, settings, utc_now()) as bureau:
        await drop_missed_runs(bureau)
        async with open_round(bureau, only=feeds or (), is_scheduled=is_scheduled) as round_:
            if round_ is None:
                return {}
            while await poll(round_):
                pass
            await _read_all(round_)
            await group(round_)
            await note(round_, settings.zone)
            # The news first: what Prefect is told afterwards fails where its server is busy, and is told in the next round.
            told = [] if dry_run else await asyncio.to_thread(tell_now, bureau)
            await leave_round(round_, topics or (), str(bureau.problem or ""))
            if not dry_run:
                for name in told:
                    await leave_digest(bureau.store, name)
                tell_of_silence(bureau.store, round_.started_at)
                await reconcile_briefs(list_active(bureau))
    if complaint := round_.figures.complain():
        raise RoundError(complaint)
    return round_.figures.to_dict()


async def _read_all(round_: Round) -> None:
    """Read pages until none is left; what goes wrong with one batch ends the others."""
    readers = [asyncio.create_task(_read_on(round_)) for _ in range(_BATCHES)]
    try:
        await asyncio.gather(*readers)
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.wait(readers)


async def _read_on(round_: Round) -> None:
    while await read(round_):
        pass
