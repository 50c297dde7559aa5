"""From the words of a subscription (`email:someone@example.org`) to a channel that sends."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Self

from digests.channels.apprise import AppriseChannel
from digests.channels.email import EmailChannel
from digests.channels.face import Channel, ChannelSettings
from digests.channels.feed import FeedChannel
from digests.channels.file import FileChannel
from digests.channels.mail_server import MailServer
from digests.channels.slack import SlackBotChannel, SlackWebhookChannel
from digests.channels.webhook import WebhookChannel
from digests.phrases import TEST_NUMBER
from digests.wording import say_date
from news.digests import Digest
from news.errors import DeliveryError


class Channels:
    """Opens channels and closes them together; all mail goes over one connection.

    ```
    with Channels(settings) as channels:
        channels.open("email:someone@example.org").send(digest, delivery_id="...", now=now)
    ```
    """

    def __init__(self, settings: ChannelSettings) -> None:
        self._settings = settings
        self._mail_server = MailServer(settings)
        self._opened: dict[str, Channel] = {}

    def open(self, spec: str) -> Channel:
        """Return the channel that `spec` names, the same one each time.

        Raises:
            DeliveryError: for an unknown kind or a missing setting, which is named.
        """
        if spec not in self._opened:
            kind, _, target = spec.partition(":")
            opener = _OPENERS.get(kind)
            if opener is None:
                raise DeliveryError(
                    f"`{spec}` is no channel; a subscription's channels begin with {', '.join(_OPENERS)}",
                    permanent=True,
                )
            self._opened[spec] = opener(target, self._settings, self._mail_server)
        return self._opened[spec]

    def close(self) -> None:
        """Close every channel."""
        for channel in self._opened.values():
            channel.close()
        self._mail_server.close()
        self._opened.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_channel(spec: str, settings: ChannelSettings) -> Channel:
    """Open one channel with a connection of its own; `Channels` is for several."""
    return Channels(settings).open(spec)


def check_channel(spec: str, settings: ChannelSettings) -> None:
    """Raise a `DeliveryError` where a channel could not be opened, without sending anything."""
    with Channels(settings) as channels:
        channels.open(spec)


def send_test(spec: str, settings: ChannelSettings, now: datetime) -> None:
    """Send a message through a channel that says it is a test.

    Raises:
        DeliveryError: when it did not arrive.
    """
    test = Digest(
        subscription="test",
        title="Dateline test message",
        number=TEST_NUMBER,
        composed_at=now,
        zone="UTC",
        date=say_date(now, "UTC"),
        opening="This channel works: digests will arrive here.",
    )
    with Channels(settings) as channels:
        channels.open(spec).send(test, delivery_id=f"test.{now:%Y%m%d%H%M%S}", now=now)


def _open_email(target: str, settings: ChannelSettings, server: MailServer) -> Channel:
    return EmailChannel(target, settings, server)


def _open_slack(target: str, settings: ChannelSettings, _: MailServer) -> Channel:
    return SlackBotChannel(target, settings) if target else SlackWebhookChannel(settings)


def _open_webhook(_: str, settings: ChannelSettings, __: MailServer) -> Channel:
    return WebhookChannel(settings)


def _open_file(target: str, settings: ChannelSettings, _: MailServer) -> Channel:
    return FileChannel(settings.folder, target)


def _open_feed(target: str, settings: ChannelSettings, _: MailServer) -> Channel:
    return FeedChannel(settings.folder, target)


def _open_apprise(target: str, settings: ChannelSettings, _: MailServer) -> Channel:
    return AppriseChannel(target, settings)


_OPENERS: Mapping[str, Callable[[str, ChannelSettings, MailServer], Channel]] = {
    "email": _open_email,
    "slack": _open_slack,
    "webhook": _open_webhook,
    "file": _open_file,
    "feed": _open_feed,
    "apprise": _open_apprise,
}
