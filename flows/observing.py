"""Watching the watch from a process that runs no flow: /metrics and /health on loopback, and the check of rounds.

`serve` does it beside its schedules, `monitor` alone where workers do the work. Rounds that are not run at all are
noticed here, since nothing here depends on Prefect.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from flows.exposition import CONTENT_TYPE, expose
from flows.steps.guarding import complain, look_again
from flows.telling import keep_lookout
from flows.wiring import Bureau
from news.errors import NewsError, SettingsError
from storage.metrics import measure_store

log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 60.0

Page = tuple[HTTPStatus, str, bytes]
"""Status, content type and body."""


@contextmanager
def observing(bureau: Bureau) -> Iterator[None]:
    """Look after the rounds, and answer on the port that is set, for as long as the block lasts.

    Raises:
        SettingsError: when the port is taken.
    """
    over = Event()
    guard = Thread(target=_guard, args=(bureau, over), name="guard", daemon=True)
    with _answering(bureau):
        guard.start()
        try:
            yield
        finally:
            over.set()
            guard.join(timeout=5)


def _guard(bureau: Bureau, over: Event) -> None:
    """Whatever fails, the next look follows: this is the last one to notice anything."""
    lookout = look_again(None, bureau.now())
    while not over.wait(_LOOK_EVERY_SECONDS):
        lookout = look_again(lookout, bureau.now())
        try:
            lookout = keep_lookout(bureau, lookout)
        except NewsError as error:
            log.warning("The check of rounds could not be made: %s", error)
        except Exception:
            log.exception("The check of rounds failed")


@contextmanager
def _answering(bureau: Bureau) -> Iterator[None]:
    port = bureau.settings.metrics_port
    if not port:
        yield
        return
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _make_handler(lambda path: answer(bureau, path)))
    except OSError as error:
        raise SettingsError(
            f"DATELINE_METRICS_PORT {port} cannot be used ({error.strerror}); set another, or 0 for none"
        ) from error
    server.daemon_threads = True
    with server:
        Thread(target=server.serve_forever, name="metrics", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def answer(bureau: Bureau, path: str) -> Page:
    """Answer one request; a database that is out of reach is an answer too."""
    try:
        if path == "/metrics":
            return HTTPStatus.OK, CONTENT_TYPE, expose(measure_store(bureau.store, bureau.now()))
        if path == "/health":
            interval = timedelta(minutes=bureau.settings.poll_minutes)
            return _say_health(complain(bureau.store, bureau.now(), interval=interval))
    except NewsError as error:
        return _say_health([str(error)])
    return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"/metrics and /health are here\n"


def _say_health(complaints: list[str]) -> Page:
    status = HTTPStatus.SERVICE_UNAVAILABLE if complaints else HTTPStatus.OK
    said = {"status": "failing" if complaints else "ok", "complaints": complaints}
    return status, "application/json", json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _make_handler(respond: Callable[[str], Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "dateline", ""

        def do_GET(self) -> None:
            status, content_type, body = respond(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 (the standard library's name)

        def log_message(self, *_: object) -> None:
            """Say nothing of a scrape every few seconds."""

    return Handler
