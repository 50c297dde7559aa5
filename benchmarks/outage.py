"""An outage after the fact: everything that a store knows made older, and the runs that Prefect would have scheduled."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
import sqlalchemy as sa

from benchmarks.site import Site
from storage.engine import Store, writing
from storage.tables import feeds, metadata

_TIMELESS = {"report_keys", "digests"}
"""The time of the first is part of their key, and they are remade; that of the second is part of a mail's name."""


def age_store(store: Store, by: timedelta) -> None:
    """Make everything that the store knows happen earlier."""
    with writing(store) as connection:
        for table in metadata.sorted_tables:
            moments = [column for column in table.columns if isinstance(column.type, type(feeds.c.next_check_at.type))]
            if moments and table.name not in _TIMELESS:
                connection.execute(
                    table.update().values({column.name: column - sa.literal(by, sa.Interval) for column in moments})
                )


def leave_missed_runs(site: Site, hours: int) -> int:
    """Give Prefect the runs that it would have scheduled meanwhile: deliver each minute, watch each five."""
    missed = 0
    with httpx.Client(base_url=site.api, timeout=60) as client:
        for name, every in (("watch", 5), ("deliver", 1)):
            deployment = find_deployment(client, name)
            for minutes in range(every, hours * 60, every):
                at = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
                state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at}}
                body = {"state": state, "tags": ["auto-scheduled"]}
                post_until_taken(client, f"/deployments/{deployment}/create_flow_run", body)
                missed += 1
    return missed


def find_deployment(client: httpx.Client, name: str) -> str:
    """The id of a deployment, from a server that may have lost its connections just now."""
    for _ in range(60):
        with suppress(httpx.HTTPError):
            return str(client.get(f"/deployments/name/{name}/{name}").raise_for_status().json()["id"])
        time.sleep(1)
    raise RuntimeError(f"Prefect's server does not tell of {name}")


def post_until_taken(client: httpx.Client, path: str, body: object) -> None:
    """Post, again where the server is busy (503) or lets go of a connection.

    Raises:
        RuntimeError: when it does not take it for a minute.
    """
    for _ in range(60):
        with suppress(httpx.TransportError):
            answer = client.post(path, json=body)
            if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                answer.raise_for_status()
                return
        time.sleep(1)
    raise RuntimeError(f"Prefect's server does not take {path}")
