"""The connection to the mail server, and what its failures mean."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import parseaddr

from digests.channels.face import WRONG_SETTING_WAIT, ChannelSettings
from digests.channels.posting import make_tls_context
from news.errors import DeliveryError

_OK = 250

_PERMANENT_FROM = 500
"""SMTP answers from 500 up are final, those of 4xx ask to try again (RFC 5321, 4.2.1)."""

_MENDABLE: Mapping[type[Exception], str] = {
    smtplib.SMTPAuthenticationError: ("does not accept the login; check DATELINE_SMTP_USER and DATELINE_SMTP_PASSWORD"),
    smtplib.SMTPNotSupportedError: (
        "cannot do what was asked of it; check DATELINE_SMTP_SECURITY, and that DATELINE_SMTP_USER is needed"
    ),
    ssl.SSLCertVerificationError: (
        "has a certificate that is not trusted; check DATELINE_SMTP_HOST, or name its authority in DATELINE_TLS_CA_FILE"
    ),
    ssl.SSLError: "did not agree on a secure connection; check DATELINE_SMTP_SECURITY and DATELINE_SMTP_PORT",
}
"""Failures that the operator can mend, the more special first."""


class MailServer:
    """A connection to the mail server: opened with the first message, kept for the next ones."""

    def __init__(self, settings: ChannelSettings) -> None:
        self._settings = settings
        self._session: smtplib.SMTP | None = None

    @property
    def sender(self) -> str:
        """Who digests come from."""
        return self._settings.mail_from or f"Dateline <dateline@{self._settings.smtp_host}>"

    def send(self, message: EmailMessage, address: str) -> None:
        """Send one message to one address.

        Raises:
            DeliveryError: permanent where the server refuses this address or message for good.
        """
        place = f"the mail server {self._settings.smtp_host}:{self._settings.smtp_port}"
        try:
            session = self._open_session()
            session.send_message(message, from_addr=parseaddr(self.sender)[1], to_addrs=[address])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _explain_refusal(error, address, place) from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise _explain_failure(error, place) from error

    def close(self) -> None:
        """Say goodbye and close."""
        if self._session:
            try:
                self._session.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()
            self._session = None

    def _open_session(self) -> smtplib.SMTP:
        if self._session and not self._is_alive(self._session):
            self._drop()
        if self._session is None:
            self._session = self._connect()
        return self._session

    def _is_alive(self, session: smtplib.SMTP) -> bool:
        """Ask before each further message: servers close idle connections without a word."""
        try:
            return session.noop()[0] == _OK
        except (smtplib.SMTPException, OSError):
            return False

    def _connect(self) -> smtplib.SMTP:
        given = self._settings
        context = make_tls_context(given.tls_ca_file)
        if given.smtp_security == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                given.smtp_host, given.smtp_port, timeout=given.timeout_seconds, context=context
            )
        else:
            session = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=given.timeout_seconds)
        try:
            if given.smtp_security == "starttls":
                session.starttls(context=context)
            if given.smtp_user:
                session.login(given.smtp_user, given.smtp_password)
        except (smtplib.SMTPException, OSError):
            session.close()
            raise
        return session

    def _drop(self) -> None:
        if self._session:
            self._session.close()
            self._session = None


def _explain_refusal(
    error: smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError, address: str, place: str
) -> DeliveryError:
    """Explain an answer about this message: 4xx may pass later (greylisting does), 5xx never will."""
    answers = error.recipients if isinstance(error, smtplib.SMTPRecipientsRefused) else {address: error.args[:2]}
    code, answer = next(iter(answers.values()))
    said = f"{code} {_decode(answer)}"
    if code < _PERMANENT_FROM:
        return DeliveryError(f"{place} asks to try mail to {address} again later: {said}")
    if isinstance(error, smtplib.SMTPSenderRefused):
        reason = f"{place} does not take mail from this sender: {said}; check DATELINE_MAIL_FROM and DATELINE_SMTP_USER"
        return DeliveryError(reason, retry_after=WRONG_SETTING_WAIT)
    return DeliveryError(f"{place} refused mail to {address}: {said}", permanent=True)


def _explain_failure(error: smtplib.SMTPException | OSError, place: str) -> DeliveryError:
    """Explain what broke the session. Nothing of it is about the message, so the message waits."""
    for kind, reason in _MENDABLE.items():
        if isinstance(error, kind):
            return DeliveryError(f"{place} {reason}", retry_after=WRONG_SETTING_WAIT)
    if isinstance(error, smtplib.SMTPResponseException):
        return DeliveryError(f"{place} asks to try again later: {error.smtp_code} {_decode(error.smtp_error)}")
    # smtplib hides a time-out while it waits for an answer behind a disconnection.
    late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    if isinstance(error, smtplib.SMTPServerDisconnected) and not late:
        return DeliveryError(f"{place} closed the connection before it took the message")
    detail = "no answer in time" if late else getattr(error, "strerror", None) or type(error).__name__
    reason = f"{place} could not be reached ({detail}); check DATELINE_SMTP_HOST, DATELINE_SMTP_PORT and the network"
    return DeliveryError(reason)


def _decode(answer: bytes | str) -> str:
    """Read a server's answer as one line of at most 120 characters."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:120]
