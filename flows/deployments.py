"""Every deployment and every schedule, in one place, for `serve` and `deploy` alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from flows.brief import brief
from flows.deliver import deliver
from flows.missed import TAGS
from flows.prefect_home import JSON_LOGGING
from flows.prune import prune
from flows.reconciling import name_round_schedule, wanted_schedules
from flows.replay import replay
from flows.settings import ROOT
from flows.watch import watch
from news.digests import Subscription


@dataclass(frozen=True, slots=True)
class Place:
    """Where runs are executed: by `serve` itself, or by the workers of a work pool, each from its checkout.

    What the runs of workers write is told to them here; those of `serve` inherit it.
    """

    pool: str | None = None
    log_format: str = "text"

    def deploy(
        self, flow: Flow[..., Any], schedules: Sequence[Schedule | DeploymentScheduleCreate]
    ) -> RunnerDeployment:
        """Make a flow's deployment with a module entrypoint: a path would change `__module__` of what its file defines."""
        surroundings = {"PYTHONPATH": str(ROOT), "PREFECT_LOGGING_EXTRA_LOGGERS": "flows"}
        if self.log_format == "json":
            surroundings["PREFECT_LOGGING_SETTINGS_PATH"] = str(JSON_LOGGING)
        from_checkout = {"working_dir": str(ROOT), "env": surroundings} if self.pool else None
        return RunnerDeployment.from_flow(
            flow,
            flow.name,
            schedules=list(schedules),
            tags=TAGS,
            entrypoint_type=EntrypointType.MODULE_PATH,
            work_pool_name=self.pool,
            job_variables=from_checkout,
        )


def build_deployments(
    poll_minutes: int, subscriptions: Iterable[Subscription], place: Place, *, rounds: int = 1
) -> list[RunnerDeployment]:
    """Return the deployments of all flows; `rounds` may run at once."""
    return [
        build_watch(poll_minutes, place, rounds),
        build_brief(subscriptions, place),
        build_deliver(place),
        build_prune(place),
        build_replay(place),
    ]


def build_watch(poll_minutes: int, place: Place, rounds: int = 1) -> RunnerDeployment:
    """Watch runs every few minutes, `rounds` times spread over them; a run that is not needed ends at once."""
    interval, now = timedelta(minutes=poll_minutes), datetime.now(UTC)
    starts = (now + interval * number / rounds for number in range(rounds))
    numbered = enumerate(starts, 1)
    return place.deploy(
        watch, [Interval(interval, anchor_date=at, slug=name_round_schedule(number)) for number, at in numbered]
    )


def build_brief(subscriptions: Iterable[Subscription], place: Place) -> RunnerDeployment:
    """One deployment with a schedule for each subscription, so that Prefect shows when each will be briefed."""
    return place.deploy(brief, wanted_schedules(subscriptions))


def build_deliver(place: Place) -> RunnerDeployment:
    """Deliver runs every minute: the next attempt of each delivery stands in the ledger."""
    return place.deploy(deliver, [Cron("* * * * *", slug="minute")])


def build_prune(place: Place) -> RunnerDeployment:
    """Prune runs once a day, in the hour in which least is published in East Asia and America alike (18:30 UTC)."""
    return place.deploy(prune, [Cron("30 18 * * *", slug="day")])


def build_replay(place: Place) -> RunnerDeployment:
    """Replay runs when somebody asks for it, after an edit: it has no schedule."""
    return place.deploy(replay, [])
