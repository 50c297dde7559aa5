"""The client of a bureau: whoever fetches, a round or a command, keeps to one pace with all others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fetching.client import Client, open_client
from flows.wiring import Bureau
from storage.budget import open_budget
from storage.robots import SharedRules


@asynccontextmanager
async def open_bureau_client(bureau: Bureau) -> AsyncIterator[Client]:
    """Open a client that shares with all others of this database hosts' pace and rests, and what robots.txt files say."""
    store = bureau.store
    async with (
        open_budget(store) as budget,
        open_client(bureau.fetch_policy, budget=budget, keeper=SharedRules(store)) as client,
    ):
        yield client
