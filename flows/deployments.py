"""Every deployment and every schedule, in one place, for `serve` and `deploy` alike."""

from collections.abc import Iterable, Sequence
from typing import Any

from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.schedules import Cron, Schedule
from prefect.types.entrypoint import EntrypointType

from flows.brief import brief
from flows.deliver import deliver
from flows.reconciling import wanted_schedules
from flows.watch import watch
from news.digests import Subscription

TAGS = ["dateline"]


def build_deployments(poll_minutes: int, subscriptions: Iterable[Subscription]) -> list[RunnerDeployment]:
    """Return the deployments of all flows, with their schedules."""
    return [build_watch(poll_minutes), build_brief(subscriptions), build_deliver()]


def build_watch(poll_minutes: int) -> RunnerDeployment:
    """Watch runs every few minutes; a run that is not needed ends at once."""
    every = Cron(f"*/{poll_minutes} * * * *", slug="round")
    return _deploy(watch, [every])


def build_brief(subscriptions: Iterable[Subscription]) -> RunnerDeployment:
    """One deployment with a schedule for each subscription, so that Prefect shows when each will be briefed."""
    return _deploy(brief, wanted_schedules(subscriptions))


def build_deliver() -> RunnerDeployment:
    """Deliver runs every minute: the next attempt of each delivery stands in the ledger."""
    every = Cron("* * * * *", slug="minute")
    return _deploy(deliver, [every])


def _deploy(flow: Flow[..., Any], schedules: Sequence[Schedule | DeploymentScheduleCreate]) -> RunnerDeployment:
    """A module entrypoint: a path entrypoint would change `__module__` of what the flow's file defines."""
    return RunnerDeployment.from_flow(
        flow, flow.name, schedules=list(schedules), tags=TAGS, entrypoint_type=EntrypointType.MODULE_PATH
    )
