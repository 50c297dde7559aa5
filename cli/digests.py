"""`dateline digest`: what subscriptions are told, were told, and how it arrived."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.app import app, out
from cli.streams import write_record
from cli.wording import say_ago, say_path

if TYPE_CHECKING:
    from flows.wiring import Bureau
    from news.digests import Digest

digest = typer.Typer(no_args_is_help=True, help="List, preview, send and send again what subscriptions are told.")
app.add_typer(digest, name="digest")

Name = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="A subscription's id.")]


class Format(StrEnum):
    """How a digest can be shown."""

    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


@digest.command("list")
def list_digests(
    *,
    limit: Annotated[int, typer.Option(min=1, help="Deliveries shown, the newest first.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """List the latest digests with how each delivery ended, or when it will be tried again and why."""
    from rich.table import Table

    from flows.settings import read_settings
    from flows.wiring import open_bureau, utc_now
    from storage.digests import list_deliveries

    now = utc_now()
    with open_bureau(read_settings()) as bureau:
        deliveries = list_deliveries(bureau.store, limit=limit)
    table = Table("digest", "composed", "to", "state", "attempts", "next or why", box=None, pad_edge=False)
    for one in deliveries:
        name = f"{one.digest.subscription}/{one.digest.number}"
        if json:
            times = {
                "composed_at": one.digest.composed_at.isoformat(),
                "sent_at": one.sent_at and one.sent_at.isoformat(),
            }
            write_record(
                {"digest": name, "channel": one.channel, "state": one.state, "attempts": one.attempts, **times}
                | {"next_attempt_at": one.next_attempt_at.isoformat(), "reason": one.reason}
            )
            continue
        due = f"{say_ago(one.next_attempt_at, now)} " if one.state == "pending" else ""
        composed = say_ago(one.digest.composed_at, now)
        table.add_row(name, composed, one.channel, one.state, str(one.attempts), f"{due}{one.reason}")
    if not json:
        out.print(table if deliveries else "No digest has been composed yet.")


@digest.command()
def preview(
    subscription: Name,
    *,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,  # noqa: A002 (the option's name)
    open: Annotated[bool, typer.Option("--open", help="Show it in a browser instead.")] = False,  # noqa: A002 (the same)
    again: Annotated[
        bool, typer.Option("--again", help="All of the last 24 hours, what was told already too.")
    ] = False,
) -> None:
    """Show the digest that a subscription would get now; nothing is stored, told or sent."""
    from dataclasses import replace

    from flows.settings import read_settings
    from flows.telling import find_subscription, preview_digest
    from flows.wiring import open_bureau

    settings = read_settings()
    with open_bureau(settings) as bureau:
        found = find_subscription(bureau, subscription)
        # A subscription that nobody has was told nothing, and would begin with the last 24 hours.
        composed = preview_digest(bureau, replace(found, id=f"{found.id} again") if again else found)
    if open:
        _open(composed, settings.home_path / "previews" / f"{subscription}.html")
    else:
        typer.echo(_render(composed, format), nl=False)


def _render(digest: "Digest", form: Format) -> str:
    from digests import render

    renderers = {
        Format.HTML: render.render_html,
        Format.TEXT: render.render_text,
        Format.MARKDOWN: render.render_markdown,
        Format.JSON: render.render_json,
    }
    return renderers[form](digest).rstrip("\n") + "\n"


def _open(digest: "Digest", path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_render(digest, Format.HTML), encoding="utf-8")
    typer.launch(str(path))
    out.print(f"The preview stands in {say_path(path)}.", soft_wrap=True)


@digest.command()
def send(subscription: Name) -> None:
    """Compose a subscription's digest now, off its schedule, and send it."""
    from flows.settings import read_settings
    from flows.telling import brief_subscription
    from flows.wiring import open_bureau, sync_declarations

    with open_bureau(read_settings()) as bureau:
        sync_declarations(bureau)
        out.print(brief_subscription(bureau, subscription))
        sent = _send_due(bureau)
    if not sent:
        raise typer.Exit(1)


@digest.command()
def resend(
    digest: Annotated[
        str, typer.Argument(metavar="ID", help="A digest's id as its footer says it, such as morning/3.")
    ],
) -> None:
    """Send a stored digest again to all its channels, word for word as it was."""
    from flows.settings import read_settings
    from flows.wiring import open_bureau
    from news.errors import SettingsError
    from storage.digests import resend_digest
    from storage.health import find_digest_id

    name, _, number = digest.rpartition("/")
    with open_bureau(read_settings()) as bureau:
        digest_id = find_digest_id(bureau.store, name, int(number)) if name and number.isdecimal() else None
        if digest_id is None:
            raise SettingsError(f"there is no digest '{digest}'; `./dateline digest list` shows them, as morning/3")
        resend_digest(bureau.store, digest_id, bureau.now())
        sent = _send_due(bureau)
    if not sent:
        raise typer.Exit(1)


def _send_due(bureau: "Bureau") -> bool:
    """Send what is due; whether nothing failed."""
    from flows.telling import send_due

    sent = send_due(bureau)
    out.print(f"{sent['sent']} deliveries sent, {sent['failed']} failed.")
    if sent["failed"]:
        out.print("`./dateline digest list` says why, and when each is tried again.")
    return not sent["failed"]
