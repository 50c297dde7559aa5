"""Log lines as JSON, as a collector reads them; and who may reach Prefect's server."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from flows.log_lines import JsonLines, keep_log
from flows.prefect_home import warn_of_host

ROOT = Path(__file__).parents[2]


def test_a_line_is_one_object_whatever_it_says() -> None:
    record = logging.LogRecord("flows.x", logging.WARNING, __file__, 1, 'Feed "%s"\nfailed', ("중앙",), None)
    record.flow_run_name = "brave-fox"
    line = JsonLines().format(record)
    assert "\n" not in line
    said = json.loads(line)
    assert datetime.fromisoformat(said.pop("time")).tzinfo
    assert said == {
        "level": "warning",
        "logger": "flows.x",
        "message": 'Feed "중앙"\nfailed',
        "flow_run": "brave-fox",
    }


def test_an_exception_is_in_its_line() -> None:
    try:
        int("no")
    except ValueError:
        record = logging.LogRecord("flows", logging.ERROR, __file__, 1, "broken", None, sys.exc_info())
    assert json.loads(JsonLines().format(record))["exception"].endswith("'no'")


def test_what_goes_past_every_logger_is_json_too() -> None:
    code = (
        "import subprocess, sys; from flows.log_lines import wrap_plain_lines; wrap_plain_lines()\n"
        "print('Failed the last 3 attempts.\\n\\n'); print('{}', flush=True)\n"
        "subprocess.run([sys.executable, '-c', 'int(\"of a run\")'])\n"
        "int('of ours')"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    said = [json.loads(line).get("message") for line in ran.stderr.splitlines()]
    assert said[:3] == ["Failed the last 3 attempts.", None, "Traceback (most recent call last):"]
    assert [text.rpartition(": ")[2] for text in said[2:] if "ValueError" in text] == ["'of a run'", "'of ours'"]
    assert (ran.returncode, ran.stdout) == (1, "")


def test_a_log_of_a_child_goes_on_at_the_next_start_and_is_bounded(tmp_path: Path) -> None:
    log, older = tmp_path / "server.log", tmp_path / "server.log.1"
    keep_log([b"started\n"], log)
    keep_log(["중앙\n".encode(), b"\xff broken\n"], log)
    assert log.read_text(encoding="utf-8").splitlines() == ["started", "중앙", "\N{REPLACEMENT CHARACTER} broken"]
    keep_log([f"line {number:03}\n".encode() for number in range(500)], log, longest=1_000)
    assert log.read_text().endswith("line 499\n")
    assert log.stat().st_size + older.stat().st_size <= 2_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["server.log", "server.log.1"]


@pytest.mark.parametrize("is_full", [True, False])
def test_a_log_that_cannot_be_written_is_said_once_and_holds_nobody_up(
    tmp_path: Path, is_full: bool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = iter([b"one\n", b"two\n", b"three\n"])
    path = Path("/dev/full") if is_full else tmp_path  # each write fails, or the opening does
    keep_log(lines, path)
    assert next(lines, None) is None
    [said] = caplog.messages
    assert said.startswith(f"{path} cannot be written: [Errno {28 if is_full else 21}]")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("log_format", "is_json"), [("json", True), ("text", False)])
def test_prefect_writes_its_lines_and_ours_so(tmp_path: Path, log_format: str, is_json: bool) -> None:
    code = (
        "import logging; from pathlib import Path; from flows.prefect_home import prepare_prefect\n"
        f"prepare_prefect(Path({str(tmp_path)!r}), log_format={log_format!r})\n"
        "from prefect import flow\n"
        "logging.getLogger('flows.steps.watching').info('3 feeds polled')\n"
        "logging.getLogger('prefect.runner').warning('gone')\n"
        "logging.getLogger('httpx').info('GET https://example.org/s3cret')\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    environment = clean | {"PYTHONPATH": str(ROOT), "PREFECT_LOGGING_TO_API_ENABLED": "false"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)  # noqa: S603 (our own words)
    ours, theirs = [line for line in ran.stderr.splitlines() if "polled" in line or "gone" in line]
    assert "s3cret" not in ran.stderr
    assert ("{" in ours, "{" in theirs) == (is_json, is_json)
    if is_json:
        assert json.loads(ours)["message"] == "3 feeds polled"


@pytest.mark.usefixtures("prefect")
def test_runs_of_workers_are_told_how_to_write_their_lines() -> None:
    from flows.deployments import Place, build_deployments  # noqa: PLC0415 (Prefect reads its settings when imported)

    def paths(log_format: str) -> set[str | None]:
        deployments = build_deployments(10, [], Place("desk", log_format))
        return {each.job_variables["env"].get("PREFECT_LOGGING_SETTINGS_PATH") for each in deployments}

    assert paths("text") == {None}
    assert paths("json") == {str(ROOT / "flows" / "logging_json.yml")}


@pytest.mark.usefixtures("prefect")
def test_a_run_that_is_stopped_is_no_fault_and_another_exception_is(caplog: pytest.LogCaptureFixture) -> None:
    from prefect.exceptions import TerminationSignal  # noqa: PLC0415 (Prefect reads its settings when imported)

    from flows.stopping import expect_stop  # noqa: PLC0415

    expect_stop()
    loop = asyncio.new_event_loop()
    for error in (TerminationSignal(signal.SIGTERM), ValueError("a bug")):
        loop.call_exception_handler({"message": "unhandled", "exception": error})
    loop.close()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["a bug"]


def test_a_server_that_others_reach_is_warned_of() -> None:
    assert [warn_of_host(host, {}) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost")] == [""] * 4
    for host in ("0.0.0.0", "::", "10.1.2.3", "news.example"):
        assert "has no login; set PREFECT_SERVER_API_AUTH_STRING" in warn_of_host(host, {})
        assert warn_of_host(host, {"PREFECT_SERVER_API_AUTH_STRING": "ada:long"}) == ""
