"""Receivers on loopback: a mail server with TLS and a login, one that fails in a chosen phase, and an HTTP one."""
# ruff: noqa: ARG002 (aiosmtpd calls its hooks with all of these)

import asyncio
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "dateline", "correct horse"

Answer = str | None
"""What a phase answers: an SMTP reply, `drop` for closing the connection at once, None for yes."""


@dataclass
class Mailbox:
    """Takes mail, and answers each phase (`EHLO`, `MAIL`, `RCPT`, `DATA`) as told: one answer a message, then yes."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    messages: list[EmailMessage] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        answer = self._answer(server, "EHLO")
        return [answer] if answer else responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        answer = self._answer(server, "MAIL")
        if not answer:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such reader"
        answer = self._answer(server, "RCPT")
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._answer(server, "DATA")
        if answer and not answer.startswith("accept-"):
            return answer
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 taken"

    def handle_STARTTLS(self, server: SMTP, session: Session, envelope: Envelope) -> bool:  # noqa: N802
        return self._answer(server, "STARTTLS") is None

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, text: str) -> str:  # noqa: N802
        return self._answer(server, "NOOP") or "250 OK"

    def check_login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        """Accept the one user there is."""
        self._answer(server, "AUTH")
        good = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    def _answer(self, server: SMTP, phase: str) -> Answer:
        planned = self.answers.get(phase)
        answer = planned.pop(0) if planned else None
        if answer and answer.endswith("drop"):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


@contextmanager
def run_mail_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:  # noqa: ANN401 (aiosmtpd's options)
    """Run a mail server on loopback and give its port; `ssl` among the options is TLS from the first byte."""
    context = options.pop("ssl", None)
    loop = asyncio.new_event_loop()
    options = {"hostname": "localhost", "loop": loop, "authenticator": mailbox.check_login, **options}

    def accept() -> SMTP:
        mailbox.connections += 1
        return SMTP(mailbox, **options)

    server = loop.run_until_complete(loop.create_server(accept, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_finish(server))
        loop.close()


async def _finish(server: asyncio.Server) -> None:
    server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """Answers POSTs as told: (status, headers, body) each once, then with `final`."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    final: tuple[int, dict[str, str], bytes] = (200, {}, b"ok")
    received: list[Received] = field(default_factory=list)
    hang: threading.Event | None = None
    """Where set, no request is answered until the event is."""

    def take(self, request: Received) -> tuple[int, dict[str, str], bytes]:
        self.received.append(request)
        if self.hang:
            self.hang.wait()
        return self.answers.pop(0) if self.answers else self.final


@contextmanager
def run_http(receiver: HttpReceiver, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run an HTTP receiver on loopback and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer_headers, content = receiver.take(Received(self.path, headers, body))
            # A client that gave up has closed the connection.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                for name, value in {**answer_headers, "content-length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the library's name)
            """Keep the tests quiet."""

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://localhost:{server.server_port}"
    finally:
        if receiver.hang:
            receiver.hang.set()
        server.shutdown()
        thread.join()
        server.server_close()
