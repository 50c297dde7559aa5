"""A mail server for the demo: takes everything and keeps it as files, so that nothing leaves the machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(slots=True)
class Mailbox:
    """Where caught messages are: `folder/1.eml`, `folder/2.eml`, ..."""

    folder: Path
    port: int
    caught: list[Path] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep a message."""
        path = self.folder / f"{len(self.caught) + 1}.eml"
        content = envelope.content or b""
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.caught.append(path)
        return "250 kept"


@contextmanager
def catch_mail(folder: Path) -> Iterator[Mailbox]:
    """Run a mail server on a free port of loopback for as long as the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(folder, _find_free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def _find_free_port() -> int:
    """The controller connects to the port it was told, so it cannot be told 0."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
