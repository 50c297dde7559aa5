"""When subscriptions are due by their own cron and zone: our ledger decides, a scheduler only wakes us."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from news.digests import Subscription


def latest_due_at(subscription: Subscription, now: datetime) -> datetime:
    """Return the latest scheduled moment that is not after `now`, in UTC."""
    local = now.astimezone(ZoneInfo(subscription.zone)) + timedelta(minutes=1)
    moment = next(CronSim(subscription.cron, local.replace(second=0, microsecond=0), reverse=True))
    return moment.astimezone(now.tzinfo)


def is_overdue(subscription: Subscription, last_due_at: datetime | None, now: datetime, *, grace: timedelta) -> bool:
    """Whether a scheduled moment went by, `grace` ago or more, without a digest having been composed for it.

    A subscription that was never briefed is overdue at once: its first digest comes with the first round.
    """
    due_at = latest_due_at(subscription, now)
    return last_due_at is None or (due_at > last_due_at and due_at <= now - grace)
