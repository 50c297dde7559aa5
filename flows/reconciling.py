"""Schedules in Prefect are made what is declared: an edited subscription's in the next round, those of rounds at the start."""

from collections.abc import Iterable

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound

from news.digests import Mode, Subscription


def wanted_schedules(subscriptions: Iterable[Subscription]) -> list[DeploymentScheduleCreate]:
    """Return a schedule for each subscription that gets digests: its own cron in its own zone."""
    return [
        DeploymentScheduleCreate(
            schedule=CronSchedule(cron=each.cron, timezone=each.zone),
            slug=each.id,
            parameters={"subscription": each.id},
        )
        for each in subscriptions
        if each.mode is not Mode.IMMEDIATE
    ]


_ROUND = "round-"


def name_round_schedule(number: int) -> str:
    """Name the schedule of the first, second, ... of the rounds that may run at once."""
    return f"{_ROUND}{number}"


async def drop_round_schedules(rounds: int) -> int:
    """Take back the schedules of rounds beyond so many, which Prefect keeps of an earlier deployment; return how many."""
    wanted = {name_round_schedule(number) for number in range(1, rounds + 1)}
    async with get_client() as client:
        deployed = await client.read_deployment_by_name("watch/watch")
        ours = [each for each in deployed.schedules if each.slug and each.slug.startswith(_ROUND)]
        stale = [each for each in ours if each.slug not in wanted]
        for each in stale:
            await client.delete_deployment_schedule(deployed.id, each.id)
    return len(stale)


async def reconcile_briefs(subscriptions: Iterable[Subscription]) -> int:
    """Change the schedules of the `brief` deployment that differ; return how many did.

    Nothing is done where there is no such deployment, as in a round that was started by hand. A schedule that the
    operator paused in Prefect stays paused until it is edited.
    """
    wanted = {each.slug: each for each in wanted_schedules(subscriptions)}
    async with get_client() as client:
        try:
            deployed = await client.read_deployment_by_name("brief/brief")
        except ObjectNotFound:
            return 0
        stale = [each for each in deployed.schedules if not _is_wanted(each, wanted)]
        kept = {each.slug for each in deployed.schedules} - {each.slug for each in stale}
        missing = [each for slug, each in wanted.items() if slug not in kept]
        for each in stale:
            await client.delete_deployment_schedule(deployed.id, each.id)
        if missing:
            await client.create_deployment_schedules(deployed.id, missing)
    return len(stale) + len(missing)


def _is_wanted(found: DeploymentSchedule, wanted: dict[str | None, DeploymentScheduleCreate]) -> bool:
    declared = wanted.get(found.slug)
    if (
        declared is None
        or not isinstance(found.schedule, CronSchedule)
        or not isinstance(declared.schedule, CronSchedule)
    ):
        return False
    return (found.schedule.cron, found.schedule.timezone) == (declared.schedule.cron, declared.schedule.timezone)
