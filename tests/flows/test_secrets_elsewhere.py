"""Secrets where no delivery is: rounds that die, the heartbeat, the doctor, listed settings, files, the process list."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from prefect.settings import PREFECT_API_URL, temporary_settings

from cli.checkup import examine
from cli.settings_listing import list_settings
from flows.rounds import open_round
from flows.serving import prefect_server
from flows.settings import Settings, read_settings
from flows.telling import brief_subscription, send_due
from flows.wiring import open_bureau
from seeds.sample.edition import load_edition
from seeds.sample.newsroom import serve_edition, write_declarations
from storage.deliveries import list_deliveries
from storage.engine import Store, open_store, reading
from storage.metrics import measure_store
from storage.schema import ensure_schema
from storage.tables import metadata
from tests.flows.test_steps import run_round
from tests.servers import free_port

MARK = "5eCreT"
CHANNELS = ["email:ada@dateline.example", "slack", "webhook", "file"]
SUBSCRIPTION = f"""
[subscriptions.everywhere]
title = "Everywhere"
topics = ["taiwan", "japan-relations"]
channels = {CHANNELS!r}
send_empty = true
"""
ROOT = Path(__file__).parents[2]


def secrets(port: int) -> dict[str, str]:
    """A marked value for everything that is a secret, pointing where nobody answers."""
    nowhere = f"127.0.0.1:{port}"
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": str(port),
        "smtp_user": "ada",
        "smtp_password": f"{MARK}-smtp",
        "slack_webhook_url": f"http://{nowhere}/services/{MARK}-slack",
        "slack_token": f"xoxb-{MARK}-token",
        "webhook_url": f"http://{nowhere}/hook/{MARK}-hook",
        "webhook_secret": f"{MARK}-key",
        "apprise_urls": f'{{"phone": "json://user:{MARK}-apprise@{nowhere}/"}}',
        "heartbeat_url": f"http://{nowhere}/ping/{MARK}-heart",
    }


def test_every_secret_setting_is_among_them() -> None:
    secret = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert secret <= secrets(1).keys()


def dump_tables(store: Store) -> str:
    with reading(store) as connection:
        tables = [connection.execute(sa.select(table)).all() for table in metadata.sorted_tables]
    return repr(tables)


async def test_no_secret_is_left_anywhere(
    surroundings: Callable[..., Path], store: Store, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A server that asks for no password takes any."""
    caplog.set_level(logging.DEBUG)
    url = store.url.set(password=f"{MARK}-database") if store.dialect.name == "postgresql" else store.url
    with serve_edition(load_edition(), now=datetime.now(UTC)) as newsroom:
        write_declarations(newsroom.edition, tmp_path / "shipped", newsroom.origin)
        home = surroundings(
            seeds=str(tmp_path / "shipped"),
            database_url=url.render_as_string(hide_password=False),
            **secrets(free_port()),
        )
        (home / "seeds").mkdir(parents=True)
        (home / "seeds" / "subscriptions.toml").write_text(SUBSCRIPTION)
        with open_bureau(read_settings()) as bureau:
            assert await run_round(bureau)
            with pytest.raises(ZeroDivisionError):
                async with open_round(bureau):
                    raise ZeroDivisionError(f"{bureau.settings!r} {bureau!r}")
            brief_subscription(bureau, "everywhere")
            sent = send_due(bureau)
            assert sent.failed == len(CHANNELS) - 1
            reasons = [one.reason for one in list_deliveries(bureau.store) if one.state != "sent"]
            assert len(reasons) == len(CHANNELS) - 1
            measured = measure_store(bureau.store, bureau.now())
        said = [repr(measured), repr(list(examine(datetime.now(UTC), tests_channels=True))), repr(list_settings())]
    assert "No heartbeat" in caplog.text
    tables = dump_tables(store)
    assert "everywhere" in tables
    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert any(path.suffix == ".html" for path in files)
    assert MARK not in tables
    assert MARK not in caplog.text
    assert MARK not in "".join(said)
    assert [path.name for path, content in files.items() if MARK.encode() in content] == []


RUN = """
import sys
sys.addaudithook(lambda event, found: event == "subprocess.Popen" and print("ARGUMENTS", found[0], found[1]))
from cli import app, commands
commands.register()
sys.argv = ["dateline", *sys.argv[1:]]
app.main()
"""


def test_no_secret_is_in_the_process_list(surroundings: Callable[..., Path], postgres_url: str, tmp_path: Path) -> None:
    """A backup runs pg_dump, a restore psql, which could be given a password: it goes by the environment."""
    url = sa.make_url(postgres_url).set(password=f"{MARK}-database").render_as_string(hide_password=False)
    surroundings(database_url=url)
    store = open_store(url)
    ensure_schema(store)
    store.dispose()
    assert run_audited("backup", str(tmp_path)) >= {"pg_dump", "pg_restore"}
    [kept] = tmp_path.glob("*.dump")
    assert run_audited("restore", str(kept), "--yes") >= {"pg_restore", "psql"}


def run_audited(*arguments: str) -> set[str]:
    """Run a command, see that no program it starts is given a secret, and return the programs' names."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    assert ran.returncode == 0, ran.stderr
    assert MARK not in ran.stdout + ran.stderr
    return {Path(line.split()[1]).name for line in ran.stdout.splitlines() if line.startswith("ARGUMENTS")}


def test_the_server_that_serve_starts_is_given_no_secret(
    surroundings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    surroundings(prefect_port=str(free_port()), **secrets(free_port()))
    monkeypatch.setenv("PREFECT_API_URL", "")  # which is put back at the end
    monkeypatch.delenv("PREFECT_API_URL")
    started: list[Sequence[str]] = []

    def start(command: Sequence[str], **_words: object) -> None:
        started.append(command)
        raise OSError("there is no such program")

    monkeypatch.setattr(subprocess, "Popen", start)
    unnamed = temporary_settings(restore_defaults={PREFECT_API_URL})  # else that of other tests may be named
    with unnamed, pytest.raises(OSError, match="no such program"), prefect_server(read_settings()):
        pass
    assert "flows.prefect_server" in started[0]
    assert MARK not in str(started)
