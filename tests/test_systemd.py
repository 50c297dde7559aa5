"""The systemd units: what they run is there, and systemd understands every line of them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from flows.prefect_home import prepare_prefect
from flows.worker_end import RUNS_END_WITHIN

ROOT = Path(__file__).parents[1]
UNITS = sorted((ROOT / "docs" / "systemd").glob("*.*"))
COMMAND = ROOT / "docs" / "systemd" / "dateline"
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_runs_what_is_there_as_nobody_of_importance(unit: Path) -> None:
    text = unit.read_text()
    [command] = re.findall(r"^ExecStart=/opt/dateline/(.+)$", text, re.MULTILINE)
    assert command.split()[0] in {"dateline", ".venv/bin/prefect", ".venv/bin/python"}
    for line in ("User=dateline", "NoNewPrivileges=true", "ProtectSystem=strict", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in text
    for document in re.findall(r"^Documentation=file:///opt/dateline/(.+)$", text, re.MULTILINE):
        assert (ROOT / document).exists(), document


@pytest.mark.parametrize("user", ["root", "dateline", "operator"])
def test_a_command_beside_the_units_has_their_settings_home_and_user(tmp_path: Path, user: str) -> None:
    doubles = {"id": f'[ "$1" = -un ] && echo {user} || echo {0 if user == "root" else 1000}', "env": 'echo env "$@"'}
    for name in ("runuser", "sudo"):
        doubles[name] = f'echo {name} "$@"'
    for name, does in doubles.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    ran = subprocess.run(  # noqa: S603 (our own words)
        ["/bin/sh", COMMAND, "upgrade"], capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)}
    )
    becomes = {"root": ["runuser", "-u", "dateline", "--"], "operator": ["sudo", "-u", "dateline", "--"]}.get(user, [])
    *before, home, command, argument = ran.stdout.split()
    assert before[: len(becomes) + 1] == [*becomes, "env"]
    assert (home, command, argument) == ("HOME=/var/lib/dateline", "/opt/dateline/dateline", "upgrade")
    for unit in SERVICES:
        if named := re.findall(r"\bDATELINE_(?:ENV_FILE|HOME)=\S+", unit.read_text()):
            assert before[len(becomes) + 1 :] == named, unit.name


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_settings_of_dateline_are_read_by_dateline_alone(unit: Path) -> None:
    """Systemd takes quotes and backslashes otherwise than dotenv does, and what it reads would win over the file."""
    files = re.findall(r"^EnvironmentFile=-?(.+)$", unit.read_text(), re.MULTILINE)
    assert "/etc/dateline.env" not in files


def test_a_server_of_its_own_keeps_runs_and_pages_of_the_web_off_as_serve_does(monkeypatch: pytest.MonkeyPatch) -> None:
    there: dict[str, str] = {}
    monkeypatch.setattr("os.environ", there)
    prepare_prefect(Path("home"))
    text = (ROOT / "docs" / "systemd" / "dateline-prefect.service").read_text()
    said = dict(re.findall(r"\b(PREFECT_SERVER_(?!API_)\w+)=(\S+)", text))
    assert said == {name: value for name, value in there.items() if name in said}
    for setting in (
        "SERVICES_DB_VACUUM_RETENTION_PERIOD",
        "EVENTS_RETENTION_PERIOD",
        "CSRF_PROTECTION_ENABLED",
        "CORS_ALLOWED_ORIGINS",
    ):
        assert f"PREFECT_SERVER_{setting}" in said


def test_serve_is_told_to_stop_alone_and_has_the_time_that_it_gives_its_runs() -> None:
    text = (ROOT / "docs" / "systemd" / "dateline.service").read_text()
    [seconds] = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert "\nKillMode=mixed\n" in text
    assert int(seconds) >= RUNS_END_WITHIN + 30


def test_systemd_understands_them(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not here")
    for unit in UNITS:
        there = re.sub(r"^(ExecSt\w+)=\S+", r"\1=/bin/true", unit.read_text(), flags=re.MULTILINE)
        (tmp_path / unit.name.replace("@", "@1")).write_text(there.replace("file:///opt/dateline", f"file://{ROOT}"))
    names = [str(path) for path in sorted(tmp_path.iterdir())]
    ran = subprocess.run([program, "verify", *names], capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    said = [line for line in ran.stderr.splitlines() if str(tmp_path) in line or "dateline" in line]
    assert (ran.returncode, said) == (0, []), ran.stderr
