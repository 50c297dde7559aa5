"""Composing digests: one subscription, or every one that is overdue. Sending them is `deliver`'s work."""

from prefect import flow, runtime

from digests.render import render_text
from flows.artifacts import leave_digest
from flows.missed import drop_missed_runs
from flows.settings import read_settings
from flows.stopping import expect_stop
from flows.telling import brief_subscription, find_subscription, narrow_topics, preview_digest
from flows.wiring import open_bureau, sync_declarations
from storage.subscriptions import list_stopped


@flow(name="brief")
async def brief(subscription: str, topics: list[str] | None = None, *, dry_run: bool = False) -> str:
    """Compose a subscription's next digest; return its id, or what was found instead.

    Args:
        subscription: Its id.
        topics: Tell only of these of its topics.
        dry_run: Return the digest as text and store nothing.
    """
    expect_stop()
    with open_bureau(read_settings(), keeps_last_good=True) as bureau:
        find_subscription(bureau, subscription)  # where it is not declared, nothing of what others declared is touched
        await drop_missed_runs(bureau)
        sync_declarations(bureau)
        if dry_run:
            narrowed = narrow_topics(find_subscription(bureau, subscription), topics or ())
            return render_text(preview_digest(bureau, narrowed))
        is_scheduled = "auto-scheduled" in runtime.flow_run.tags
        if is_scheduled and subscription in list_stopped(bureau.store):
            return f"{subscription} is stopped; its schedule goes with the next round."
        number = brief_subscription(bureau, subscription, topics=topics or (), is_scheduled=is_scheduled)
        if number is None:
            return f"Nothing new for {subscription}."
        await leave_digest(bureau.store, f"{subscription}/{number}")
        return f"Digest {subscription}/{number} is composed."
