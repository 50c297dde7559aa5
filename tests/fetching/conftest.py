"""A server that says exactly what a test tells it to, and a client that may reach it."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from fetching.client import Client, open_client
from tests.fetching.servers import Connect, RawServer, Said, Serve, listen, policy_for


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers that last as long as the test."""
    async with AsyncExitStack() as stack:

        async def start(said: Said, *, tls: ssl.SSLContext | None = None) -> RawServer:
            return await stack.enter_async_context(listen(said, tls))

        yield start


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open clients that may reach the given servers; what else is given changes their policy."""
    async with AsyncExitStack() as stack:

        async def start(*servers: RawServer, resolver: AbstractResolver | None = None, **changes: Any) -> Client:  # noqa: ANN401
            policy = policy_for(*servers, **changes)
            return await stack.enter_async_context(open_client(policy, resolver=resolver))

        yield start
