"""Prefect's server behind a door of ours: `python -m flows.prefect_server`, in place of `prefect server start`.

Prefect (3.8.8) looks neither at the name that a browser asks for nor at the origin of a websocket. On loopback, where it has no
login, a page of the web whose name is made to point at this machine (DNS rebinding) would count as its UI, and any page could
read and send its events. So here only this machine's own names are answered, and only its own pages by websocket.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

import uvicorn  # what Prefect's own command runs the server with
from prefect.logging.configuration import setup_logging
from prefect.server.api.server import create_app
from prefect.settings import (
    PREFECT_SERVER_API_AUTH_STRING,
    PREFECT_SERVER_API_HOST,
    PREFECT_SERVER_API_KEEPALIVE_TIMEOUT,
    PREFECT_SERVER_API_PORT,
    PREFECT_SERVER_CORS_ALLOWED_ORIGINS,
    PREFECT_SERVER_LOGGING_LEVEL,
)
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from flows.prefect_home import is_loopback

_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1


class OwnNamesOnly:
    """An ASGI app that answers to a name of loopback alone, and opens websockets for `origins` and its own pages alone.

    Programs name no origin, and a browser lets no page choose it, nor the name that it asks for.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        headers = Headers(scope=scope) if scope["type"] in {"http", "websocket"} else Headers()
        host, origin = headers.get("host", ""), headers.get("origin")
        if scope["type"] == "websocket" and not (_is_own(host) and self._may_open(origin, host)):
            await WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
        elif scope["type"] == "http" and not _is_own(host):
            said = (
                f"This server has no login, so it answers to 127.0.0.1 and localhost alone, not to {host!r}: "
                "docs/security.md of Dateline says how to reach it from elsewhere.\n"
            )
            await PlainTextResponse(said, status_code=421)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _may_open(self, origin: str | None, host: str) -> bool:
        return origin is None or origin in self._origins or urlsplit(origin).netloc == host


def _is_own(host: str) -> bool:
    """Whether a `Host` header names loopback, at any port: `ssh -L` may have another one."""
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def build_app() -> ASGIApp:
    """Prefect's server by its own settings; guarded where it listens on loopback and has no login."""
    app = create_app(final=True)
    if PREFECT_SERVER_API_AUTH_STRING.value() or not is_loopback(PREFECT_SERVER_API_HOST.value()):
        return app
    return OwnNamesOnly(app, PREFECT_SERVER_CORS_ALLOWED_ORIGINS.value().split(","))


def main() -> None:
    """Serve until told to stop."""
    setup_logging()
    uvicorn.run(
        build_app(),
        host=PREFECT_SERVER_API_HOST.value(),
        port=PREFECT_SERVER_API_PORT.value(),
        timeout_keep_alive=PREFECT_SERVER_API_KEEPALIVE_TIMEOUT.value(),
        log_level=PREFECT_SERVER_LOGGING_LEVEL.value().lower(),
    )


if __name__ == "__main__":
    main()
