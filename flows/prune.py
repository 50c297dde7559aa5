"""Forgetting by rule, once a day."""

import asyncio
from dataclasses import asdict

from prefect import flow

from flows.missed import cancel_lost_runs
from flows.settings import read_settings
from flows.steps import pruning
from flows.wiring import open_bureau


@flow(name="prune")
def prune(*, dry_run: bool = False) -> dict[str, int]:
    """Forget what is older than the settings say; return how much of what.

    Args:
        dry_run: Only count it.
    """
    asyncio.run(cancel_lost_runs())
    with open_bureau(read_settings(), keeps_last_good=True) as bureau:
        return asdict(pruning.prune(bureau.store, bureau.settings, bureau.now(), dry_run=dry_run))
