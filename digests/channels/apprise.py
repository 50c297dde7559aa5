"""Everything else, through Apprise: Teams, Discord, Telegram, ntfy and a hundred more."""

import logging
from datetime import datetime

import apprise

from digests import phrases
from digests.channels.face import WRONG_SETTING_WAIT, ChannelSettings
from digests.render import render_text
from news.digests import Digest
from news.errors import DeliveryError

# Apprise writes addresses, and with them tokens, into its log.
logging.getLogger("apprise").disabled = True


class AppriseChannel:
    """Sends a digest as text to the service that `DATELINE_APPRISE_URLS` names; long ones in parts."""

    def __init__(self, name: str, settings: ChannelSettings) -> None:
        if name not in settings.apprise_urls:
            known = ", ".join(sorted(settings.apprise_urls)) or "none"
            reason = f"`apprise:{name}` has no address; give it one in DATELINE_APPRISE_URLS (there: {known})"
            raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT)
        self._name = name
        service = apprise.Apprise.instantiate(_split_long(settings.apprise_urls[name]))
        if service is None:
            reason = f"the address of `apprise:{name}` in DATELINE_APPRISE_URLS is none that Apprise understands"
            raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT)
        self._service = service

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (the face of a channel)
        """Send a digest; see `Channel.send`."""
        if not self._service.notify(title=phrases.say_subject(digest), body=render_text(digest)):
            raise DeliveryError(
                f"the service behind `apprise:{self._name}` did not take the message; "
                "try its address with the `apprise` command, which shows the service's answer"
            )

    def close(self) -> None:
        """Nothing is kept open."""


def _split_long(url: str) -> str:
    """Ask Apprise to split what is too long for a service, unless the address says otherwise."""
    return url if "overflow=" in url else f"{url}{'&' if '?' in url else '?'}overflow=split"
