"""Every deployment and every schedule, in one place, for `serve` and `deploy` alike."""

from collections.abc import Iterable

from prefect.deployments.runner import RunnerDeployment
from prefect.flows import EntrypointType
from prefect.schedules import Cron, Schedule

from flows.brief import brief
from flows.deliver import deliver
from flows.watch import watch
from news.digests import Mode, Subscription

TAGS = ["dateline"]


def build_deployments(poll_minutes: int, subscriptions: Iterable[Subscription]) -> list[RunnerDeployment]:
    """Return the deployments of all flows, with their schedules."""
    return [build_watch(poll_minutes), build_brief(subscriptions), build_deliver()]


def build_watch(poll_minutes: int) -> RunnerDeployment:
    """Watch runs every few minutes; a run that is not needed ends at once."""
    every = Cron(f"*/{poll_minutes} * * * *", slug="round")
    return watch.to_deployment("watch", schedules=[every], tags=TAGS, entrypoint_type=EntrypointType.MODULE_PATH)


def build_brief(subscriptions: Iterable[Subscription]) -> RunnerDeployment:
    """One deployment with a schedule for each subscription, so that Prefect shows when each will be briefed."""
    schedules = [brief_schedule(each) for each in subscriptions if each.mode is not Mode.IMMEDIATE]
    return brief.to_deployment("brief", schedules=schedules, tags=TAGS, entrypoint_type=EntrypointType.MODULE_PATH)


def brief_schedule(subscription: Subscription) -> Schedule:
    """A subscription's own cron in its own zone."""
    named = {"subscription": subscription.id}
    return Cron(subscription.cron, timezone=subscription.zone, slug=subscription.id, parameters=named)


def build_deliver() -> RunnerDeployment:
    """Deliver runs every minute: the next attempt of each delivery stands in the ledger."""
    every = Cron("* * * * *", slug="minute")
    return deliver.to_deployment("deliver", schedules=[every], tags=TAGS, entrypoint_type=EntrypointType.MODULE_PATH)
