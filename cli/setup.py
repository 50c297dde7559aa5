"""`dateline init`, `settings` and `upgrade`: setting Dateline up, and moving it to a new version."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.app import app, out
from cli.backup_folders import own_folder
from cli.streams import write_record
from cli.wording import say_path

if TYPE_CHECKING:
    from cli.interview import Answers, Given
    from flows.settings import Settings


@app.command()
def init(  # noqa: PLR0913 (each question has an option that answers it)
    *,
    mail: Annotated[str | None, typer.Option(help="Mail address that digests go to.")] = None,
    slack: Annotated[bool, typer.Option("--slack", help="Send digests to a Slack incoming webhook.")] = False,
    file: Annotated[bool, typer.Option("--file", help="Write digests as files below DATELINE_HOME.")] = False,
    smtp_host: Annotated[str | None, typer.Option(help="Mail server that sends them.")] = None,
    smtp_port: Annotated[int | None, typer.Option(help="Its port.")] = None,
    smtp_security: Annotated[str | None, typer.Option(help="starttls, tls or none.")] = None,
    smtp_user: Annotated[str | None, typer.Option(help="User name there.")] = None,
    smtp_password: Annotated[
        str | None, typer.Option(envvar="DATELINE_SMTP_PASSWORD", help="Password there; better given by its variable.")
    ] = None,
    slack_webhook_url: Annotated[
        str | None, typer.Option(envvar="DATELINE_SLACK_WEBHOOK_URL", help="The webhook; better given by its variable.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Your time zone, such as Asia/Seoul.")] = None,
    at: Annotated[str | None, typer.Option(help="Time of the daily digest, such as 07:00.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="A topic's id (repeat for more; default: all).")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language you read, such as ko (repeat).")] = None,
    contact: Annotated[str | None, typer.Option(help="Address that publishers can turn to.")] = None,
    home: Annotated[Path | None, typer.Option(help="Folder of database, digests and own declarations.")] = None,
    name: Annotated[
        str, typer.Option(help="The subscription's id; one that is there already is replaced.")
    ] = "morning",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: options and defaults answer.")] = False,
    test: Annotated[bool, typer.Option(help="Send a test message.")] = True,
) -> None:
    """Set up who is told what, when and how; may be run again to change it."""
    from cli.interview import Given

    given = Given(
        mail=mail,
        slack=slack or slack_webhook_url is not None,
        file=file,
        smtp_host=smtp_host,
        smtp_port=smtp_port,
        smtp_security=smtp_security,
        smtp_user=smtp_user,
        smtp_password=smtp_password,
        slack_webhook_url=slack_webhook_url,
        zone=zone,
        at=at,
        topics=tuple(topic or ()),
        languages=tuple(language or ()),
        contact=contact,
        home=home,
        name=name,
    )
    _set_up(given, asks=not yes and sys.stdin.isatty(), tests=test)


def _set_up(given: "Given", *, asks: bool, tests: bool) -> None:
    from cli.interview import Given, Interview
    from flows.settings import find_env_file, read_settings
    from flows.wiring import read_declarations

    current = read_settings(needs_named_file=False)
    declared = read_declarations(current, keeps_last_good=False).declarations
    if asks and declared.subscriptions and given == Given() and not _wants_change(tuple(declared.subscriptions)):
        return
    answers = Interview(given, current, tuple(declared.topics), asks=asks).hold()
    settings = _write(answers, find_env_file())
    out.print(f"Settings stand in {say_path(find_env_file())}, the subscription in {say_path(settings.own_seeds)}.")
    if tests:
        _send_tests(answers.subscription.channels, settings)
    out.print("Ready: `./dateline run` does one round now, `./dateline serve` runs for good.")


def _wants_change(names: tuple[str, ...]) -> bool:
    out.print(f"Dateline is set up already: {', '.join(names)} will be told.")
    return typer.confirm("Change it?", default=False)


def _write(answers: "Answers", env_file: Path) -> "Settings":
    """Write what was answered: first what is checked most, so that a wrong answer leaves nothing behind."""
    import os

    from cli.env_file import write_settings
    from flows.settings import read_settings
    from flows.wiring import make_home
    from seeds.replacing import put_subscription

    settings = read_settings({**os.environ, **answers.settings}, needs_named_file=False)
    make_home(settings.home_path)
    put_subscription(settings.own_seeds, answers.subscription, shipped=settings.seeds)
    write_settings(env_file, answers.settings)
    return settings


def _send_tests(channels: tuple[str, ...], settings: "Settings") -> None:
    from digests.channels.opening import send_test
    from flows.telling import channel_settings
    from news.errors import DeliveryError

    for channel in channels:
        try:
            send_test(channel, channel_settings(settings), datetime.now(UTC))
        except DeliveryError as error:
            raise DeliveryError(
                f"The test message to {channel} did not arrive: {error} Your answers are kept; "
                "run `./dateline init` again to correct them."
            ) from error
        out.print(f"A test message is on its way to {channel}.")


@app.command()
def settings(
    *, json: Annotated[bool, typer.Option("--json", help="Print one JSON line for each setting.")] = False
) -> None:
    """List every setting: what it is for, its value, and where that comes from; secrets are hidden."""
    from rich.table import Table

    from cli.settings_listing import list_settings

    rows = list_settings()
    if json:
        for row in rows:
            write_record(row)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("setting", no_wrap=True)  # a name that is cut off cannot be copied
    for name in ("value", "from", "what it is for"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(row[name]) for name in ("name", "value", "source", "description")))
    out.print(table)


@app.command()
def upgrade(*, backup: Annotated[bool, typer.Option(help="Back the database up before it is changed.")] = True) -> None:
    """Bring the database to this version: back it up, migrate it, check it."""
    from flows.settings import read_settings
    from storage.engine import name_place, open_store
    from storage.upgrading import upgrade_store

    settings = read_settings()
    store = open_store(settings.store_url)
    try:
        done = upgrade_store(store, datetime.now(UTC), backups=own_folder(settings.home_path) if backup else None)
    finally:
        store.dispose()
    if done.backup:
        out.print(f"Backed up as {say_path(done.backup)}.", soft_wrap=True)
    if done.before == done.after:
        out.print(f"{name_place(store)} is at version {done.after} already, and whole.", soft_wrap=True)
    else:
        migrated = f"Migrated {name_place(store)} from version {done.before} to {done.after}"
        out.print(f"{migrated}; every table is there.", soft_wrap=True)
