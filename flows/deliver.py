"""Sending what is due: digests to channels, each once."""

from prefect import flow

from flows.settings import read_settings
from flows.telling import send_due, warn_operator
from flows.wiring import open_bureau


@flow(name="deliver")
def deliver(*, dry_run: bool = False) -> dict[str, int]:
    """Send every delivery whose attempt is due, a warning to the operator among them when rounds fail.

    Args:
        dry_run: Only count what is due.
    """
    with open_bureau(read_settings(), keeps_last_good=True) as bureau:
        if not dry_run:
            warn_operator(bureau)
        return send_due(bureau, dry_run=dry_run)
