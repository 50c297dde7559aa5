"""One `serve` to a home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.alone import HeldError, holding_home

ROOT = Path(__file__).parents[2]


def test_a_second_serve_is_refused_and_says_who_is_there(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DATELINE"))}
    environment |= {"DATELINE_HOME": str(tmp_path), "DATELINE_ENV_FILE": os.devnull}
    command = [sys.executable, "-m", "cli", "serve"]
    with holding_home(tmp_path):
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    said = f"dateline: another `serve`, process {os.getpid()}, uses the home {tmp_path}; stop it first\n"
    assert (ran.returncode, ran.stderr) == (1, said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["serve.lock"]


def test_a_home_is_free_again_after_its_serve_ended_and_no_other_home_is_held(tmp_path: Path) -> None:
    for _ in range(2):
        with holding_home(tmp_path), pytest.raises(HeldError), holding_home(tmp_path):
            pass
    other = tmp_path / "other"
    other.mkdir()
    with holding_home(tmp_path), holding_home(other):
        pass


def test_a_killed_serve_lets_go_of_its_home_though_its_children_live(tmp_path: Path) -> None:
    """The parent holds the home, starts a child and is killed; the child says by its output's end that it still lived."""
    code = (
        "import subprocess, sys; from pathlib import Path; from flows.alone import holding_home\n"
        f"with holding_home(Path({str(tmp_path)!r})):\n"
        "    subprocess.Popen([sys.executable, '-c', 'input()'])\n"
        "    print('held', flush=True)\n"
        "    input()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=pipe, stdout=pipe) as parent:  # noqa: S603 (our own words)
        assert parent.stdout
        assert parent.stdout.readline() == b"held\n"
        with pytest.raises(HeldError, match=f"process {parent.pid}"), holding_home(tmp_path):
            pass
        parent.kill()
        parent.wait()
        with holding_home(tmp_path):
            pass  # the child waits for the end of its input, which is still ours
