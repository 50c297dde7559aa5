"""A mail server on loopback, in a process of its own, that notes what it accepts, and when, before it says so."""

import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Notebook:
    """Takes every message and writes down the time (seconds since 1970) and its id."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Note and accept."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message_id = next(line for line in content.splitlines() if line.lower().startswith(b"message-id:"))
        with self._path.open("ab") as notes:
            notes.write(f"{time.time():.3f} ".encode() + message_id + b"\n")
        return "250 taken"


@contextmanager
def serve_mail(notes: Path, port: int) -> Iterator[None]:
    """Take mail until the block ends."""
    process = get_context("spawn").Process(target=_serve, args=(notes, port), daemon=True)
    process.start()
    try:
        _await(port)
        yield
    finally:
        process.kill()
        process.join(10)


def _serve(notes: Path, port: int) -> None:
    Controller(Notebook(notes), hostname="127.0.0.1", port=port).start()
    signal.pause()


def _await(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


def read_notes(notes: Path) -> Counter[str]:
    """How often each Message-ID was accepted."""
    return Counter({name: len(times) for name, times in read_times(notes).items()})


def read_times(notes: Path) -> dict[str, list[float]]:
    """When each Message-ID was accepted, in seconds since 1970."""
    times: dict[str, list[float]] = {}
    for line in notes.read_text(encoding="ascii").splitlines() if notes.exists() else []:
        noted, _, name = line.partition(":")
        times.setdefault(name.strip(), []).append(float(noted.split()[0]))
    return times
