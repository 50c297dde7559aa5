"""Mail: a message that every client lays out and threads, and a connection that several messages share."""

import hashlib
import re
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from urllib.parse import quote

from digests import phrases
from digests.channels.face import WRONG_SETTING_WAIT, ChannelSettings
from digests.channels.mail_server import MailServer
from digests.render import render_html, render_text
from news.digests import Digest
from news.errors import DeliveryError

_VERBATIM = {"message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"}


class _MailPolicy(EmailPolicy):
    """Folds headers as SMTP asks, but leaves ids and addresses whole: the library would encode long ones as words."""

    linesep = "\r\n"

    def fold(self, name: str, value: str) -> str:
        if name.lower() in _VERBATIM:
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _VERBATIM:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


class EmailChannel:
    """Mails digests to one address, over a connection that it may share."""

    def __init__(self, address: str, settings: ChannelSettings, server: MailServer) -> None:
        if not settings.smtp_host:
            reason = f"mail to {address} has no server; set DATELINE_SMTP_HOST"
            raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT)
        self._address = address
        self._settings = settings
        self._server = server

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (the face of a channel)
        """Mail a digest; see `Channel.send`."""
        message = build_message(
            digest,
            self._address,
            self._server.sender,
            delivery_id=delivery_id,
            unsubscribe_mailto=self._settings.unsubscribe_mailto,
            unsubscribe_url=self._settings.unsubscribe_url,
        )
        self._server.send(message, self._address)

    def close(self) -> None:
        """Close the connection; the next message opens a new one."""
        self._server.close()


def build_message(
    digest: Digest,
    address: str,
    sender: str,
    *,
    delivery_id: str,
    unsubscribe_mailto: str = "",
    unsubscribe_url: str = "",
) -> EmailMessage:
    """Build the message of a digest: the same arguments give the same bytes.

    `Message-ID` comes from `delivery_id`, so that a receiver knows a duplicate; every digest of a subscription refers
    to one thread. The plain text stands beside the page as its equal.

    Raises:
        DeliveryError: where an address cannot stand in a header; permanent.
    """
    name, bare = parseaddr(sender)
    domain = bare.rpartition("@")[2] or "localhost"
    stop = _mailto(unsubscribe_mailto or bare, digest)
    message = EmailMessage(policy=_MailPolicy())
    try:
        message["From"] = Address(name or "Dateline", addr_spec=bare)
        message["To"] = Address(addr_spec=address)
    except (ValueError, HeaderParseError, IndexError) as error:
        reason = f"{address!r} or {sender!r} is no mail address; correct the subscription or DATELINE_MAIL_FROM"
        raise DeliveryError(reason, permanent=True) from error
    message["Subject"] = phrases.say_subject(digest)
    message["Date"] = digest.composed_at
    message["Message-ID"] = f"<dateline.{_token(delivery_id)}@{domain}>"
    thread = f"<dateline.thread.{_token(digest.subscription)}@{domain}>"
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["List-Id"] = f"<{_token(digest.subscription)}.dateline.{domain}>"
    message["List-Unsubscribe"] = f"<{stop}>"
    if unsubscribe_url:
        separator = "&" if "?" in unsubscribe_url else "?"
        one_click = f"{unsubscribe_url}{separator}subscription={quote(digest.subscription)}&address={quote(address)}"
        message.replace_header("List-Unsubscribe", f"<{one_click}>, <{stop}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(render_text(digest, unsubscribe=stop), cte="base64")
    message.add_alternative(render_html(digest, unsubscribe=stop), subtype="html", cte="base64")
    # The library's boundary is random; ours follows from the id, so that building again gives the same bytes.
    message.set_boundary(f"dateline-{hashlib.sha256(delivery_id.encode()).hexdigest()[:32]}")
    return message


def _mailto(address: str, digest: Digest) -> str:
    return f"mailto:{quote(address, safe='@+')}?subject={quote(f'unsubscribe {digest.subscription}')}"


def _token(text: str) -> str:
    """Write text so that it can stand in an id between angle brackets."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)
