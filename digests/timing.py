"""When a subscription is told: schedules, quiet hours and weekdays in the reader's zone. Pure; moments are aware UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from news.digests import Mode, Subscription, Weekday

_LOOKED_AT = 1_500
"""Scheduled moments looked at before giving up: a day of an every-minute cron, so that no weekday can be missed."""


def next_send_at(subscription: Subscription, after: datetime) -> datetime | None:
    """Return the first scheduled moment after `after`; None for alerts only, or where no weekday is left.

    A time that the clocks skip in spring is sent when they have sprung, one that comes twice in autumn is sent once.
    """
    if subscription.mode is Mode.IMMEDIATE:
        return None
    return next(_moments(subscription, after, reverse=False), None)


def last_send_at(subscription: Subscription, now: datetime) -> datetime | None:
    """Return the last scheduled moment up to `now`: what a run at `now` is for.

    A machine that slept through several finds only the last, so that one digest tells everything. Comparing it with
    the moment that was briefed last (never sending for one that is not later) holds when a clock is set back, too.
    """
    if subscription.mode is Mode.IMMEDIATE:
        return None
    just_after = now.replace(microsecond=0) + timedelta(seconds=1)  # what is walked back from is not among the moments
    return next(_moments(subscription, just_after, reverse=True), None)


def is_quiet(subscription: Subscription, at: datetime) -> bool:
    """Whether alerts must wait: on a weekday without sends, or from `quiet_from` until `quiet_until`."""
    local = at.astimezone(ZoneInfo(subscription.zone))
    return not _is_sending_day(subscription, local) or _is_quiet_hour(subscription, local.time())


def next_alert_at(subscription: Subscription, now: datetime) -> datetime | None:
    """Return when an alert may be sent: `now`, or the waking after quiet hours, when those that waited come together.

    None where the subscription wants no alerts.
    """
    if subscription.mode is Mode.DIGEST or not subscription.weekdays:
        return None
    if not is_quiet(subscription, now):
        return now
    return next((at for at in _wakings(subscription, now) if not is_quiet(subscription, at)), None)


def count_alerts_left(subscription: Subscription, told_today: int) -> int:
    """Return how many stories may still be told at once today; the others wait for the next digest."""
    return max(0, subscription.alerts_per_day - told_today)


def day_begins_at(subscription: Subscription, now: datetime) -> datetime:
    """Return when the reader's day began, from which the day's alerts are counted."""
    local = now.astimezone(ZoneInfo(subscription.zone))
    return datetime.combine(local.date(), time(), tzinfo=local.tzinfo).astimezone(UTC)


def _moments(subscription: Subscription, start: datetime, *, reverse: bool) -> Iterator[datetime]:
    local = start.astimezone(ZoneInfo(subscription.zone))
    for moment in islice(CronSim(subscription.cron, local, reverse=reverse), _LOOKED_AT):
        if _is_sending_day(subscription, moment):
            yield moment.astimezone(UTC)


def _wakings(subscription: Subscription, now: datetime) -> Iterator[datetime]:
    """Yield the moments at which quiet can end: the end of quiet hours and the beginning of each of the next days."""
    zone = ZoneInfo(subscription.zone)
    today = now.astimezone(zone).date()
    ends = sorted({time(), subscription.quiet_until or time()})
    for day in range(len(Weekday) + 1):
        for end in ends:
            # Via UTC: an end that the clocks skip becomes the moment after the gap.
            at = datetime.combine(today + timedelta(days=day), end, tzinfo=zone).astimezone(UTC)
            if at > now:
                yield at


def _is_sending_day(subscription: Subscription, local: datetime) -> bool:
    return tuple(Weekday)[local.weekday()] in subscription.weekdays


def _is_quiet_hour(subscription: Subscription, at: time) -> bool:
    begin, end = subscription.quiet_from, subscription.quiet_until
    if begin is None or end is None:
        return False
    return begin <= at < end if begin <= end else at >= begin or at < end
