"""Secrets planted in every setting that holds one, every channel made to fail by a receiver that says them back: nowhere."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digests.channels.face import ChannelSettings
from flows import telling
from storage.digests import find_digest
from storage.engine import Store, reading, writing
from storage.tables import deliveries, metadata
from tests.digests.receivers import Mailbox, run_mail_server
from tests.servers import Answer, serve_http

# Prefect's client leaves sockets to its server for the garbage collector; Apprise loads a module that Python will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
PLANTED = "hush-4711-planted"
CHANNELS = ("email:ada@reader.example", "slack", "slack:#desk", "webhook", "apprise:team")
SUBSCRIPTION = f"""
[subscriptions.desk]
title = "Desk"
topics = ["taiwan"]
send_empty = true
channels = {json.dumps(CHANNELS)}
"""


def say_back(path: str, body: bytes) -> Answer:
    """Refuse a request as a proxy with a talkative error page does: with everything that it was sent."""
    return 403, {"content-type": "text/plain"}, b"refused: " + path.encode() + b" " + body


async def read_prefect() -> str:
    """Everything that Prefect's server keeps and shows: runs with their parameters and states, logs, artifacts."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 (Prefect reads its settings when imported)

    async with get_client() as client:
        kept: list[Any] = [
            await client.read_flow_runs(),
            await client.read_logs(),
            await client.read_artifacts(),
            await client.read_deployments(),
        ]
    return "\n".join(one.model_dump_json() for many in kept for one in many)


def dump(store: Store) -> str:
    """Every value of every table as text."""
    with reading(store) as connection:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table)))


@pytest.mark.usefixtures("prefect")
def test_planted_secrets_are_nowhere_however_deliveries_fail(
    store: Store,
    surroundings: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from cli import commands  # noqa: PLC0415 (as below)
    from cli.app import main  # noqa: PLC0415
    from flows.brief import brief  # noqa: PLC0415 (Prefect reads its settings when it is imported)
    from flows.deliver import deliver  # noqa: PLC0415

    def run(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["dateline", *arguments])
        with pytest.raises(SystemExit):
            main()

    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="slack_sdk")
    commands.register()
    mailbox = Mailbox()
    with (
        serve_http(say_back) as origin,
        run_mail_server(mailbox, auth_required=True, auth_require_tls=False) as port,
    ):
        home = surroundings(
            smtp_host="localhost",
            smtp_port=str(port),
            smtp_user="ada",
            smtp_password=PLANTED,
            slack_webhook_url=f"{origin}/services/{PLANTED}",
            slack_token=f"xoxb-{PLANTED}",
            webhook_url=f"{origin}/hook?key={PLANTED}",
            webhook_secret=PLANTED,
            apprise_urls=json.dumps(
                {"team": f"{origin.replace('http', 'json')}/{PLANTED}".replace("//", f"//u:{PLANTED}@")}
            ),
            heartbeat_url=f"{origin}/{PLANTED}",
        )
        to_slack_here(monkeypatch, origin)
        (home / "seeds").mkdir(parents=True)
        (home / "seeds" / "subscriptions.toml").write_text(SUBSCRIPTION)
        assert asyncio.run(brief("desk")) == "Digest desk/1 is composed."
        refuse_for_good(store)
        assert deliver() == {"sent": 0, "failed": len(CHANNELS) + 1}
        for arguments in (["doctor", "--test-channels"], ["digest", "list"], ["settings"], ["health"]):
            run(*arguments)
    with reading(store) as connection:
        reasons = connection.scalars(sa.select(deliveries.c.reason)).all()
    printed = capsys.readouterr()
    assert len(set(reasons)) == len(CHANNELS) + 1, "every channel failed in its own way"
    assert "check DATELINE_SMTP_USER" in printed.out
    places = {
        "the database": dump(store),
        "the log": caplog.text,
        "what commands print": printed.out + printed.err,
        "Prefect": asyncio.run(read_prefect()),
        **{str(file): file.read_bytes().decode("latin-1") for file in home.rglob("*") if file.is_file()},
    }
    assert "Digest desk/1" in places["the log"]
    assert [place for place, text in places.items() if PLANTED in text] == []


def to_slack_here(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    """Let the bot talk to our receiver instead of Slack."""
    hand_over = telling.channel_settings

    def here(settings: Any) -> ChannelSettings:  # noqa: ANN401 (a Settings)
        return replace(hand_over(settings), slack_api_url=f"{origin}/api/", timeout_seconds=5)

    monkeypatch.setattr(telling, "channel_settings", here)
    monkeypatch.setattr("cli.checkup.channel_settings", here)


def refuse_for_good(store: Store) -> None:
    """Add a delivery to somebody whose address cannot be one, so that one is given up and told of."""
    desk = find_digest(store, "desk", 1)
    assert desk
    row = {"digest_id": desk.id, "channel": "email:nobody", "state": "pending", "next_attempt_at": NOW}
    with writing(store) as connection:
        connection.execute(deliveries.insert(), row)
