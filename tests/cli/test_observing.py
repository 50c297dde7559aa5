"""`dateline metrics` and `monitor`, and what the documents say of them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from flows.settings import Settings
from flows.wiring import read_declarations
from tests.servers import free_port

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline

ROOT = Path(__file__).parents[2]


def metric_names(text: str) -> set[str]:
    return set(re.findall(r"\bdateline_[a-z_]+", text))


def test_metrics_are_printed_or_replace_a_file(dateline: "Dateline", tmp_path: Path) -> None:
    printed = dateline("metrics").out
    assert printed.startswith("# HELP dateline_feeds ")
    target = tmp_path / "dateline.prom"
    target.write_text("old")
    assert dateline("metrics", "--output", target).status == 0
    assert target.read_text() == printed
    assert list(tmp_path.glob(".dateline.prom*")) == []
    refused = dateline("metrics", "--output", tmp_path / "missing" / "dateline.prom")
    assert (refused.status, "cannot be written" in refused.err) == (1, True)


def test_the_documents_name_the_metrics_that_there_are(dateline: "Dateline") -> None:
    after_rounds = {"dateline_round_age_seconds", "dateline_good_round_age_seconds"}
    there = metric_names(dateline("metrics").out) | after_rounds
    assert metric_names((ROOT / "docs" / "observation.md").read_text()) == there
    text = (ROOT / "docs" / "prometheus" / "alerts.yml").read_text()
    rules = metric_names(text)
    assert rules <= there
    assert len(rules) >= 5
    for name in rules & after_rounds:  # what is absent compares with nothing, so the absence has a rule too
        assert f" unless {name}\n" in text


def test_monitor_answers_until_it_is_stopped(home: Path) -> None:
    port = free_port()
    environment = {**os.environ, "DATELINE_METRICS_PORT": str(port), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "monitor"], cwd=home.parent, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert f"http://127.0.0.1:{port}/metrics" in process.stdout.readline()
    assert httpx.get(f"http://127.0.0.1:{port}/health").json()["status"] == "ok"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    process.stdout.close()


@pytest.mark.parametrize("command", ["serve", "monitor"])
def test_every_line_of_the_log_is_json_when_asked(home: Path, command: str) -> None:
    own = home / "seeds"
    own.mkdir(parents=True)
    read_declarations(Settings.model_validate({"home": home}), keeps_last_good=True)
    (own / "subscriptions.toml").write_text("[subscriptions.morning\n")
    with socket.create_server(("127.0.0.1", 0)) as holder:  # so that it ends soon
        port = str(holder.getsockname()[1])
        environment = {**os.environ, "DATELINE_LOG_FORMAT": "json", "DATELINE_METRICS_PORT": port}
        ran = subprocess.run(  # noqa: S603 (our own words)
            [sys.executable, "-m", "cli", command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    said = [json.loads(line) for line in ran.stderr.splitlines()]  # the last words of a command that fails too
    assert [one["level"] for one in said if "were not taken" in one["message"]] == ["warning"], ran.stderr
    assert (ran.stdout, "dateline: DATELINE_METRICS_PORT" in said[-1]["message"]) == ("", True)


def test_monitor_says_who_holds_its_port(dateline: "Dateline", monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        monkeypatch.setenv("DATELINE_METRICS_PORT", str(holder.getsockname()[1]))
        ended = dateline("monitor")
    assert ended.status == 2
    assert "set another, or 0 for none" in ended.err
