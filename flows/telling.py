"""Composing and sending for a bureau: what the flows `brief` and `deliver` and the commands do."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digests.channels.face import ChannelSettings
from digests.channels.opening import Channels
from digests.timing import count_alerts_left, day_begins_at, last_send_at, next_alert_at
from flows.heartbeat import beat, beat_after_delivery
from flows.settings import Settings
from flows.steps.briefing import alert, brief, preview
from flows.steps.delivering import Sendings, deliver_due
from flows.steps.guarding import Lookout, guard_rounds, heed_time, is_blind, say_blindness, write_warning
from flows.wiring import Bureau, open_bureau, read_declarations
from news.digests import Digest, Subscription
from news.errors import DeliveryError, NewsError, SettingsError, StorageError
from storage.deliveries import count_due_deliveries
from storage.digests import count_alerted
from storage.subscriptions import list_last_due, list_stopped

log = logging.getLogger(__name__)

# A scheduler that is alive briefs within a minute; what is later than this was missed, and is briefed by the round.
_GRACE = timedelta(minutes=10)

_UNNUMBERED = 0
"""The number of a warning that is not in the ledger, which numbers from 1."""


def find_subscription(bureau: Bureau, name: str) -> Subscription:
    """Return a declared subscription.

    Raises:
        SettingsError: when there is none of that name.
    """
    known = bureau.declarations.subscriptions
    if name not in known:
        names = ", ".join(known) or "none"
        place = bureau.settings.own_seeds / "subscriptions.toml"
        raise SettingsError(
            f"there is no subscription '{name}' (declared: {names}); declare it in {place}, the same on every machine"
        )
    return known[name]


def brief_subscription(
    bureau: Bureau, name: str, *, topics: Sequence[str] = (), is_scheduled: bool = False
) -> int | None:
    """Compose one subscription's digest; return its number, None where there is nothing new.

    `topics` are those of its topics that are told of; none are all. A scheduled moment is briefed once.

    Raises:
        SettingsError: when there is no such subscription, or its reader has stopped it.
    """
    subscription = narrow_topics(find_subscription(bureau, name), topics)
    if stopped_at := list_stopped(bureau.store).get(name):
        remedy = f"`./dateline digest resume {name}` lets it be told again"
        raise SettingsError(f"the subscription '{name}' was stopped at {stopped_at:%Y-%m-%d %H:%M} UTC; {remedy}")
    due_at = last_send_at(subscription, bureau.now()) if is_scheduled else None
    return brief(bureau.store, subscription, bureau.names, bureau.now(), due_at=due_at)


def narrow_topics(subscription: Subscription, topics: Sequence[str]) -> Subscription:
    """Return a subscription that is told of these of its topics only; none are all."""
    if not topics:
        return subscription
    return replace(subscription, topics=tuple(topic for topic in subscription.topics if topic in topics))


def list_active(bureau: Bureau) -> list[Subscription]:
    """Return the declared subscriptions that their readers have not stopped."""
    stopped = list_stopped(bureau.store)
    return [each for name, each in bureau.declarations.subscriptions.items() if name not in stopped]


def preview_digest(bureau: Bureau, subscription: Subscription, *, since_at: datetime | None = None) -> Digest:
    """Compose the digest that a subscription would get now, or, with `since_at`, had it begun then; nothing is stored."""
    return preview(bureau.store, subscription, bureau.names, bureau.now(), since_at=since_at)


def brief_overdue(bureau: Bureau, *, grace: timedelta = _GRACE) -> list[str]:
    """Compose the digests whose scheduled moment went by unnoticed, and first digests; return them as `morning/3`."""
    now = bureau.now()

    def tell(subscription: Subscription, last_due_at: datetime | None) -> int | None:
        due_at = last_send_at(subscription, now)
        if not due_at or (last_due_at is not None and not last_due_at < due_at <= now - grace):
            return None
        return brief(bureau.store, subscription, bureau.names, now, due_at=due_at)

    return _tell_each(bureau, tell)


def _briefed(bureau: Bureau) -> Iterator[tuple[Subscription, datetime | None]]:
    """Declared subscriptions that were not stopped, with the moment that each was last briefed for."""
    for name, last_due_at in list_last_due(bureau.store, bureau.now()).items():
        if subscription := bureau.declarations.subscriptions.get(name):
            yield subscription, last_due_at


def alert_now(bureau: Bureau) -> list[str]:
    """Tell at once what subscriptions want to hear at once; return the alerts composed, as `morning/4`.

    In quiet hours nothing is told: it comes together after them. Beyond the day's number it waits for the next digest.
    """
    now = bureau.now()

    def tell(subscription: Subscription, _: object) -> int | None:
        if next_alert_at(subscription, now) != now:
            return None
        told_today = count_alerted(bureau.store, subscription.id, since_at=day_begins_at(subscription, now))
        left = count_alerts_left(subscription, told_today)
        return alert(bureau.store, subscription, bureau.names, now, limit=left) if left else None

    return _tell_each(bureau, tell)


def _tell_each(bureau: Bureau, tell: Callable[[Subscription, datetime | None], int | None]) -> list[str]:
    """Tell every subscription; a bug that one meets costs that one alone, and is raised once the others have had their turn."""
    told: list[str] = []
    defect: Exception | None = None
    for subscription, last_due_at in _briefed(bureau):
        try:
            if number := tell(subscription, last_due_at):
                told.append(f"{subscription.id}/{number}")
        except NewsError:
            raise
        except Exception as error:
            log.exception("Subscription %s met a defect", subscription.id)
            defect = defect or error
    if defect:
        raise defect
    return told


def tell_now(bureau: Bureau) -> list[str]:
    """Compose the digests that were missed, and alerts; return them as `morning/4`."""
    return [*brief_overdue(bureau), *alert_now(bureau)]


def brief_now(settings: Settings) -> list[str]:
    """Compose every digest whose scheduled moment has come, as a round that was asked for by hand does."""
    with open_bureau(settings) as bureau:
        return brief_overdue(bureau, grace=timedelta(0))


def count_due(bureau: Bureau) -> int:
    """Count the deliveries whose attempt is due."""
    return count_due_deliveries(bureau.store, bureau.now())


def send_due(bureau: Bureau) -> Sendings:
    """Send every delivery whose attempt is due."""
    with Channels(channel_settings(bureau.settings)) as channels:
        sendings = deliver_due(bureau.store, channels.open, bureau.now)
    if sendings.sent and not sendings.failed:
        beat_after_delivery(bureau)
    return sendings


def warn_operator(bureau: Bureau, lookout: Lookout | None = None) -> bool:
    """See whether rounds go on; return whether there is a warning, or the end of one, to deliver."""
    settings, now = bureau.settings, bureau.now()
    interval = timedelta(minutes=settings.poll_minutes)
    heed_time(bureau.store, now)
    return guard_rounds(
        bureau.store, lambda: _list_warned(settings), now, zone=settings.zone, interval=interval, lookout=lookout
    )


def _list_warned(settings: Settings) -> Sequence[str]:
    subscriptions = read_declarations(settings, keeps_last_good=True).declarations.subscriptions.values()
    return settings.warn_channels or sorted({channel for each in subscriptions for channel in each.channels})


def keep_lookout(bureau: Bureau, lookout: Lookout) -> Lookout:
    """See whether rounds go on and deliver what there is to tell; return what to remember.

    That the database has failed for long is sent straight to the channels, since the ledger is in it.
    """
    now, interval = bureau.now(), timedelta(minutes=bureau.settings.poll_minutes)
    try:
        if warn_operator(bureau, lookout):
            send_due(bureau)
    except StorageError as error:
        log.warning("The check of rounds could not be made: %s", error)
        is_told = is_blind(lookout, now, interval=interval) and _warn_straight(
            bureau, *say_blindness(lookout, str(error))
        )
        return replace(lookout, warned_at=now) if is_told else lookout
    return replace(lookout, answered_at=now, warned_at=None)


def _warn_straight(bureau: Bureau, title: str, text: str) -> bool:
    """Send a warning past the ledger, and to the watcher elsewhere; return whether any channel took it."""
    now, settings = bureau.now(), bureau.settings
    log.warning("%s. %s", title, text)
    beat(settings, now, text)
    warning, taken = write_warning(_UNNUMBERED, title, text, now, settings.zone), 0
    with Channels(channel_settings(settings)) as channels:
        for channel in _list_warned(settings):
            try:
                channels.open(channel).send(warning, delivery_id=f"{warning.subscription}.{now:%Y%m%d%H%M%S}", now=now)
                taken += 1
            except DeliveryError as error:
                log.warning("The warning to %s failed: %s", channel, error)
    return taken > 0


def channel_settings(settings: Settings) -> ChannelSettings:
    """Hand the channels what they must know."""
    return ChannelSettings(
        smtp_host=settings.smtp_host,
        smtp_port=settings.smtp_port,
        smtp_security=settings.smtp_security,
        smtp_user=settings.smtp_user,
        smtp_password=settings.smtp_password.get_secret_value(),
        mail_from=settings.mail_from,
        unsubscribe_mailto=settings.unsubscribe_mailto,
        unsubscribe_url=settings.unsubscribe_url,
        tls_ca_file=settings.tls_ca_file,
        apprise_urls={name: url.get_secret_value() for name, url in settings.apprise_urls.items()},
        slack_webhook_url=settings.slack_webhook_url.get_secret_value(),
        slack_token=settings.slack_token.get_secret_value(),
        webhook_url=settings.webhook_url.get_secret_value(),
        webhook_secret=settings.webhook_secret.get_secret_value(),
        folder=settings.home_path / "digests",
    )
