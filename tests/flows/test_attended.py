"""A child that is attended ends with its parent, also when that is killed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ATTENDED = [sys.executable, "-m", "flows.attended"]
SERVER = [*ATTENDED, "http.server", "0", "--bind", "127.0.0.1"]


def test_it_runs_a_module_with_its_arguments_and_ends_as_that_does() -> None:
    command = [*ATTENDED, "calendar", "2026", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 (our own words)
        assert child.stdout
        assert b"January 2026" in child.stdout.read()
        assert child.wait() == 0


def test_a_killed_parent_takes_it_along() -> None:
    """The parent starts a server and is killed; the server's end is seen by the end of the output that it holds open."""
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({SERVER!r}, stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\ntime.sleep(600)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as parent:  # noqa: S603 (our own words)
        assert parent.stdout
        assert int(parent.stdout.readline()) > 0
        parent.kill()
        parent.stdout.read()  # returns once nobody can write any more: parent and server are gone
