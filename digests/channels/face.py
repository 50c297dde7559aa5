"""What every channel looks like, and what channels must know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from news.digests import Digest

WRONG_SETTING_WAIT = timedelta(hours=1)
"""A wrong password or address is mended by the operator: the message is kept and tried again, but not every minute."""


class Channel(Protocol):
    """A way out. `send` returns when the receiver has accepted the digest."""

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:
        """Send a digest. `delivery_id` is the same at every attempt, so that a receiver can know a duplicate.

        Raises:
            DeliveryError: when it was not accepted; its text names the place and the remedy, and never a secret.
        """

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What channels must know, by the names of the settings. Secrets are kept out of its repr."""

    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""
    """Sender of digests, with or without a name; empty: dateline@ the mail server's host."""
    unsubscribe_mailto: str = ""
    """Where requests to stop are mailed; empty: the sender."""
    unsubscribe_url: str = field(default="", repr=False)
    """A public HTTPS address of the operator that takes one-click requests (RFC 8058); empty: mail only."""
    tls_ca_file: Path | None = None
    """Certificates (PEM) to trust besides the system's, for a server with a certificate of its own."""
    slack_webhook_url: str = field(default="", repr=False)
    slack_token: str = field(default="", repr=False)
    slack_api_url: str = "https://slack.com/api/"
    webhook_url: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    apprise_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Apprise addresses by the name that `apprise:NAME` calls them."""
    folder: Path = Path("digests")
    """Where the channels `file` and `feed` write."""
    timeout_seconds: float = 30.0
    """For each connection, command or answer of a receiver."""
