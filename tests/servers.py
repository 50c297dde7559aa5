"""A web server on loopback that answers what a test says."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body."""


class _QuietServer(ThreadingHTTPServer):
    """Says nothing when a client that has what it wanted, or was killed, goes away."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Stay quiet: what a client sees is what a test looks at."""


@contextmanager
def serve_http(answer: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Serve `answer(path, body)` on a free port of loopback; yield the origin."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, headers, content = answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # a client that was killed has no use for the rest
                self.wfile.write(content)

        do_GET = do_POST = _reply  # noqa: N815 (the standard library's names)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with _QuietServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """A port of loopback that nobody holds just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
