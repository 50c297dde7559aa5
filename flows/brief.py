"""Composing digests: one subscription, or every one that is overdue. Sending them is `deliver`'s work."""

from prefect import flow, runtime

from flows.settings import read_settings
from flows.telling import brief_subscription
from flows.wiring import open_bureau, sync_declarations


@flow(name="brief")
def brief(subscription: str, topics: list[str] | None = None, *, dry_run: bool = False) -> str:
    """Compose a subscription's next digest.

    Args:
        subscription: Its id.
        topics: Tell only of these of its topics.
        dry_run: Return the digest as text and store nothing.
    """
    with open_bureau(read_settings(), keeps_last_good=True) as bureau:
        sync_declarations(bureau)
        is_scheduled = "auto-scheduled" in runtime.flow_run.tags
        return brief_subscription(bureau, subscription, topics=topics or (), is_scheduled=is_scheduled, dry_run=dry_run)
