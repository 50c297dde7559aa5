"""What tests of fetching share: servers that say exactly what they are told to, and clients that may reach them."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Protocol

from aiohttp.abc import AbstractResolver, ResolveResult

from fetching.client import Client
from fetching.policy import FetchPolicy
from news.manners import Full, Rest, Turn, Wish

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Said = bytes | dict[str, bytes] | Script


@dataclass
class RawServer:
    """Listens on a port of 127.0.0.1 and keeps the heads of the requests that it got."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    scheme: str = "http"

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [head.split(" ", 2)[1] for head in self.heads]


class Serve(Protocol):
    async def __call__(self, said: Said, *, tls: ssl.SSLContext | None = None) -> RawServer: ...


class Connect(Protocol):
    async def __call__(self, *servers: RawServer, **changes: Any) -> Client: ...  # noqa: ANN401 (fields of a policy)


class FixedResolver(AbstractResolver):
    """Resolves every name to the addresses that a test wants, the next list at each lookup."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        del family  # both are given, as a resolver does when it is asked for any
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=found, proto=0, flags=0)
            for address, found in zip(addresses, families, strict=True)
        ]

    async def close(self) -> None:
        """Nothing to give back."""


class RecordingBudget:
    """Gives the answers that it is made with, the last one again and again, and remembers what it was told."""

    def __init__(self, *answers: Turn | Full | Rest | None) -> None:
        self.asked: list[Wish] = []
        self.held: list[str] = []
        self.rests: list[Rest] = []
        self._answers = list(answers or (Turn(0.0, "lease"),))

    async def reserve(self, wish: Wish) -> Turn | Full | Rest | None:
        self.asked.append(wish)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        self.held += [answer.lease] if isinstance(answer, Turn) else []
        return answer

    def release(self, host: str, lease: str) -> None:
        assert host == self.asked[-1].host
        self.held.remove(lease)

    def rest(self, rest: Rest) -> None:
        self.rests.append(rest)


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """Make a whole answer; in the names of headers an underscore stands for a hyphen."""
    lines = {"content-length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}connection: close\r\n\r\n".encode() + body


def redirect(location: str, status: str = "302 Found", **headers: str) -> bytes:
    return answer(b"", status, location=location, **headers)


@asynccontextmanager
async def listen(said: Said, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Serve the given bytes, those under the request's path, or what a script does."""
    raw = RawServer(scheme="https" if tls else "http")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            raw.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            if callable(said):
                await said(reader, writer)
            else:
                writer.write(said if isinstance(said, bytes) else said.get(raw.paths[-1], answer(status="404 No")))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has seen enough
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()


def policy_for(*servers: RawServer, **changes: Any) -> FetchPolicy:  # noqa: ANN401 (fields of a policy)
    """Make a policy that may reach loopback servers, with bounds small enough to be met at once."""
    values: dict[str, Any] = {
        "user_agent": "Dateline/0.1 (+mailto:editor@example.org)",
        "timeout_after": timedelta(seconds=5),
        "max_bytes": 50_000,
        "max_decoded_bytes": 100_000,
        "min_interval": timedelta(0),
        "allowed_networks": (ip_network("127.0.0.0/8"),),
        "allowed_ports": frozenset(server.port for server in servers) | {80, 443},
        "robots_for_pages": False,
    }
    return FetchPolicy(**(values | changes))
