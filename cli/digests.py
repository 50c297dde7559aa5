"""`dateline digest`: what subscriptions are told, were told, and how it arrived."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.app import app, out
from cli.streams import write_record
from cli.wording import say_ago, say_path
from digests.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from rich.table import Table

    from flows.wiring import Bureau
    from news.digests import Digest
    from storage.deliveries import Delivery

digest = typer.Typer(no_args_is_help=True, help="List, preview, send, send again and stop what subscriptions are told.")
app.add_typer(digest, name="digest")

Name = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="A subscription's id.")]


class Format(StrEnum):
    """How a digest can be shown."""

    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    SLACK = "slack"


_UNITS = {"h": 1, "d": 24}
"""Hours of what a time back is counted in."""


@digest.command("list")
def list_digests(
    *,
    limit: Annotated[int, typer.Option(min=1, help="Deliveries shown, the newest first.")] = 20,
    failed: Annotated[bool, typer.Option("--failed", help="Only deliveries that were given up.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """List the latest digests with how each delivery ended, or when it will be tried again and why."""
    from flows.settings import read_settings
    from flows.wiring import open_bureau, utc_now
    from storage.deliveries import list_deliveries
    from storage.subscriptions import list_stopped

    with open_bureau(read_settings()) as bureau:
        found = list_deliveries(bureau.store, limit=limit, state="failed" if failed else None)
        stopped = list_stopped(bureau.store)
    if json:
        for one in found:
            write_record(_to_record(one))
        return
    nothing = "No delivery was given up." if failed else "No digest has been composed yet."
    out.print(_tabulate(found, utc_now()) if found else nothing)
    for name, since_at in stopped.items():
        out.print(f"Stopped since {since_at:%Y-%m-%d %H:%M} UTC: {name}")


def _to_record(one: "Delivery") -> dict[str, object]:
    return {
        "digest": one.digest.name,
        "channel": one.channel,
        "state": one.state,
        "attempts": one.attempts,
        "composed_at": one.digest.composed_at.isoformat(),
        "sent_at": one.sent_at and one.sent_at.isoformat(),
        "next_attempt_at": one.next_attempt_at.isoformat(),
        "reason": one.reason,
    }


def _tabulate(found: "Sequence[Delivery]", now: "datetime") -> "Table":
    from rich.table import Table

    table = Table("digest", "composed", "to", "state", "attempts", "next or why", box=None, pad_edge=False)
    for one in found:
        due = f"{say_ago(one.next_attempt_at, now)} " if one.state == "pending" else ""
        composed = say_ago(one.digest.composed_at, now)
        table.add_row(one.digest.name, composed, one.channel, one.state, str(one.attempts), f"{due}{one.reason}")
    return table


@digest.command()
def preview(
    subscription: Name,
    *,
    since: Annotated[
        str,
        typer.Option(metavar="TIME", help="As had it begun then: 36h, 7d or 2026-01-05; what was told is told again."),
    ] = "",
    form: Annotated[Format, typer.Option("--format", help="What to show.")] = Format.TEXT,
    in_browser: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there.")] = None,
) -> None:
    """Show the digest that a subscription would get now, on the terminal, in a browser or as a file.

    Nothing is stored, told or sent.
    """
    from flows.settings import read_settings
    from flows.telling import find_subscription, preview_digest
    from flows.wiring import open_bureau

    settings = read_settings()
    with open_bureau(settings) as bureau:
        found = find_subscription(bureau, subscription)
        since_at = _read_since(since, bureau.now(), found.zone) if since else None
        composed = preview_digest(bureau, found, since_at=since_at)
    if in_browser:
        page = output or settings.home_path / "previews" / f"{subscription}.html"
        _write(_render(composed, Format.HTML), page)
        typer.launch(str(page))
    elif output:
        _write(_render(composed, form), output)
    else:
        typer.echo(_render(composed, form), nl=False)


def _read_since(text: str, now: "datetime", zone: str) -> "datetime":
    """Read `36h`, `7d`, a date or a time; dates and times without an offset are the reader's."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    number, unit = text[:-1], text[-1:]
    try:
        if number.isdecimal() and unit in _UNITS:
            return now - int(number) * timedelta(hours=_UNITS[unit])
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"'{text}' is no time; write 36h, 7d, 2026-01-05 or 2026-01-05T07:00") from None
    if at > now:
        raise typer.BadParameter(f"{text} lies ahead; nothing has been published since")
    return at


def _render(digest: "Digest", form: Format) -> str:
    from digests import render

    renderers: Mapping[Format, Callable[[Digest], str]] = {
        Format.HTML: render.render_html,
        Format.TEXT: render.render_text,
        Format.MARKDOWN: render.render_markdown,
        Format.JSON: render.render_json,
        Format.SLACK: _render_slack,
    }
    return renderers[form](digest).rstrip("\n") + "\n"


def _render_slack(digest: "Digest") -> str:
    """As Slack's Block Kit Builder takes it."""
    from json import dumps

    from digests.render import render_slack

    return dumps({"blocks": render_slack(digest).blocks}, ensure_ascii=False, indent=1)


def _write(text: str, path: Path) -> None:
    from news.errors import SettingsError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror or error}); name another file") from error
    out.print(f"The preview stands in {say_path(path)}.", soft_wrap=True)


@digest.command()
def send(subscription: Name) -> None:
    """Compose a subscription's digest now, off its schedule, and send it."""
    from flows.settings import read_settings
    from flows.telling import brief_subscription
    from flows.wiring import open_bureau, sync_declarations

    with open_bureau(read_settings()) as bureau:
        sync_declarations(bureau)
        number = brief_subscription(bureau, subscription)
        out.print(
            f"Digest {subscription}/{number} is composed." if number else f"There is nothing new for {subscription}."
        )
        _send_due(bureau)


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
    from storage.deliveries import resend_digest
    from storage.digests import find_digest

    name, _, number = digest.rpartition("/")
    with open_bureau(read_settings()) as bureau:
        stored = find_digest(bureau.store, name, int(number)) if name and number.isdecimal() else None
        if stored is None:
            raise SettingsError(f"there is no digest '{digest}'; `./dateline digest list` shows them, as morning/3")
        if not resend_digest(bureau.store, stored.id, bureau.now()):
            raise SettingsError(f"'{name}' is stopped; `./dateline digest resume {name}` lets it be sent to again")
        _send_due(bureau)


def _send_due(bureau: "Bureau") -> None:
    """Send what is due; ends with 1 where something failed."""
    from flows.telling import send_due

    sent = send_due(bureau)
    if sent.defect:
        raise sent.defect
    out.print(f"{count(sent.sent, 'delivery')} sent, {sent.failed} failed.")
    if sent.failed:
        out.print("`./dateline digest list` says why, and when each is tried again.")
        raise typer.Exit(1)


@digest.command()
def stop(
    subscription: Name,
    *,
    channel: Annotated[
        str, typer.Option(metavar="CHANNEL", help="Only this one of its channels, such as email:someone@example.org.")
    ] = "",
) -> None:
    """Stop a subscription, as its reader asked: whatever is declared, nothing more is sent until it is resumed."""
    from flows.settings import read_settings
    from flows.telling import find_subscription
    from flows.wiring import open_bureau, sync_declarations
    from news.errors import SettingsError
    from storage.subscriptions import stop_subscription

    with open_bureau(read_settings()) as bureau:
        sync_declarations(bureau)
        known = find_subscription(bureau, subscription).channels
        if channel and channel not in known:
            raise SettingsError(f"'{subscription}' has no channel '{channel}'; its channels are {', '.join(known)}")
        dropped = stop_subscription(bureau.store, subscription, bureau.now(), channel=channel or None)
    waiting = f" {count(dropped, 'delivery')} that waited will not be sent." if dropped else ""
    out.print(f"{subscription}{f' to {channel}' if channel else ''} is stopped.{waiting}")
    out.print(f"`./dateline digest resume {subscription}` lets it be told again.")


@digest.command()
def resume(subscription: Name) -> None:
    """Resume a stopped subscription with all its channels: it is told of the last 24 hours and what comes."""
    from flows.settings import read_settings
    from flows.telling import find_subscription
    from flows.wiring import open_bureau, sync_declarations
    from storage.subscriptions import resume_subscription

    with open_bureau(read_settings()) as bureau:
        sync_declarations(bureau)
        find_subscription(bureau, subscription)
        resume_subscription(bureau.store, subscription, bureau.now())
    out.print(f"{subscription} is told again; its next digest comes at its hour.")
