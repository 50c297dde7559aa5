"""What CI says of known holes in the pinned packages, with an advisory service of our own in `pip-audit`'s place."""

import json
import subprocess
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit"
HOLE = {"id": "CVE-2026-1", "fix_versions": ["2.0"]}
GOOD, BAD = {"name": "good", "version": "1.0", "vulns": []}, {"name": "bad", "version": "1.0", "vulns": [HOLE]}
UNKNOWN = {"name": "odd", "skip_reason": "not known"}


@pytest.fixture
def audit() -> Callable[[], int]:
    loader = SourceFileLoader("audit", str(AUDIT))
    spec = spec_from_loader("audit", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    main: Callable[[], int] = module.main
    return main


@pytest.mark.parametrize(
    ("packages", "status", "strict_status", "said"),
    [
        ([GOOD], 0, 0, "1 packages audited, 0 known holes"),
        ([GOOD, BAD], 1, 1, "bad 1.0 has CVE-2026-1; mended in 2.0"),
        ([GOOD, UNKNOWN], 0, 1, "NOT AUDITED, since the service here does not know them: 1"),
        (None, 0, 1, "NOT DONE, the advisory service cannot be reached from here: no route"),
    ],
)
def test_a_known_hole_fails_and_a_service_out_of_reach_is_said(
    audit: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    packages: list[object] | None,
    status: int,
    strict_status: int,
    said: str,
) -> None:
    answer = "" if packages is None else json.dumps({"dependencies": packages})

    def run(command: list[str], **_words: object) -> subprocess.CompletedProcess[str]:
        assert "requirements.lock" in command
        return subprocess.CompletedProcess(command, 1, answer, "no route")

    monkeypatch.setattr(subprocess, "run", run)
    for arguments, expected in ((["audit"], status), (["audit", "--strict"], strict_status)):
        monkeypatch.setattr("sys.argv", arguments)
        assert audit() == expected
        assert said in capsys.readouterr().out
