"""Several machines on one: a PostgreSQL cluster, a Prefect server and workers, each a process with a home of its own.

Everything listens on loopback, lives in a temporary folder and is gone at the end, whatever became of it.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.postgres import Cluster, open_cluster
from flows.prefect_home import prepare_prefect
from flows.worker_end import find_tree

ROOT = Path(__file__).resolve().parents[1]
POOL = "news"
_STOP_WITHIN = 110.0  # seconds: rather less than our units give; a busy machine needs them
_PATIENCE = 180.0  # seconds for a server to answer on a machine that is busy with other things


@dataclass(slots=True)
class Site:
    """A Prefect server and workers on one database. `environment` is what every process is told."""

    folder: Path
    cluster: Cluster
    prefect_port: int
    environment: dict[str, str]
    runs_at_once: int
    server: "subprocess.Popen[bytes] | None" = None
    workers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def api(self) -> str:
        """Where Prefect's server answers."""
        return f"http://127.0.0.1:{self.prefect_port}/api"

    def start_prefect(self) -> None:
        """Start Prefect's server and wait until it answers."""
        self.server = self._start("prefect-server", "prefect", "server", "start", "--port", str(self.prefect_port))
        await_answer(f"{self.api}/health")

    def restart_prefect(self) -> None:
        """Kill Prefect's server as a power cut would, and start it again."""
        if self.server:
            kill(*find_tree(self.server.pid))
            self.server.wait()
        self.start_prefect()

    def deploy(self) -> None:
        """Make the work pool and register every deployment."""
        self.run("prefect", "work-pool", "create", POOL, "--type", "process")
        self.run("cli", "deploy", "--pool", POOL)

    def run(self, module: str, *arguments: str) -> None:
        """Run a command to its end."""
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self._environ("console"), capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(
                f"{command} ended with {done.returncode}: {(done.stderr or done.stdout).decode()[-2000:]}"
            )

    def start_worker(self, name: str) -> None:
        """Start a worker, as a service manager does again and again."""
        options = ("--pool", POOL, "--name", name, "--limit", str(self.runs_at_once))
        self.workers[name] = self._start(name, "prefect", "worker", "start", *options)

    def stop_worker(self, name: str) -> None:
        """Ask all runs of a worker to stop, as systemd does, and wait until they are gone; kill what is not, and the worker.

        Prefect's worker (3.8.8) may go on after it was told to stop, and take up new runs; or end in good order, and kill those
        that it has. Either would decide what becomes of runs that were told to stop, so it is suspended until they have.
        """
        worker, home = self.workers.pop(name), str(self.folder / f"home-{name}")
        worker.send_signal(signal.SIGSTOP)
        _stop_all(home, time.monotonic() + _STOP_WITHIN, but=worker.pid)
        worker.kill()
        worker.wait()
        kill(*find_processes(home))

    def _start(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 (our own words)
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self._environ(name),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environ(self, name: str) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT", "DATELINE"))}
        homes = {
            "PREFECT_HOME": str(self.folder / f"prefect-{name}"),
            "DATELINE_HOME": str(self.folder / f"home-{name}"),
        }
        return inherited | self.environment | homes

    def close(self) -> None:
        """Kill what runs here: every process that was told this folder, orphans too."""
        kill(*find_processes(str(self.folder)))


def _stop_all(home: str, until: float, *, but: int) -> None:
    """Tell every process of a home once to stop, also one that starts meanwhile; return when all `but` one are gone."""
    told: set[int] = set()
    while set(left := find_processes(home)) - {but} and time.monotonic() < until:
        for pid in set(left) - told - {but}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        told.update(left)
        time.sleep(0.2)


@contextmanager
def open_site(settings: Mapping[str, str], *, runs_at_once: int = 4) -> Iterator[Site]:
    """Open a site on a new cluster; `settings` are Dateline's, without the prefix and in lower case."""
    with (
        tempfile.TemporaryDirectory(prefix="dateline-site-", ignore_cleanup_errors=True) as name,
        open_cluster() as cluster,
    ):
        port = free_port()
        cluster.make_database("prefect")
        environment = {f"DATELINE_{key.upper()}": value for key, value in settings.items()} | {
            "DATELINE_DATABASE_URL": cluster.url(),
            "DATELINE_ENV_FILE": os.devnull,
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": cluster.url("prefect").replace("://", "+asyncpg://"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": name,
        }
        site = Site(Path(name), cluster, port, environment, runs_at_once)
        try:
            yield site
        finally:
            site.close()


@contextmanager
def run_prefect(folder: Path, **settings: str) -> Iterator[int]:
    """Run Prefect's server on SQLite as `serve` does, and point this process at it; yield its process id."""
    port = free_port()
    os.environ |= settings | {"PREFECT_LOGGING_EXTRA_LOGGERS": ""}  # a line for each batch would bury the table
    prepare_prefect(folder)
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    os.environ["PREFECT_LOGGING_LEVEL"] = "WARNING"
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 (our own words)
    try:
        await_answer(f"http://127.0.0.1:{port}/api/health")
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port of loopback that nobody holds just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def await_answer(url: str) -> None:
    """Wait until a server answers with success.

    Raises:
        RuntimeError: when it does not for minutes.
    """
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(httpx.HTTPError):
            if httpx.get(url, timeout=5).is_success:
                return
        time.sleep(0.5)
    raise RuntimeError(f"{url} does not answer")


def measure_resident(pid: int) -> float:
    """The memory that a process holds, in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6


def count_files(pid: int) -> int:
    """The files and sockets that a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def find_processes(told: str) -> list[int]:
    """Processes whose environment holds a text, but for this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if told.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


def name_process(pid: int) -> str:
    """The command line of a process; empty when it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def kill(*pids: int) -> None:
    """Kill processes as the kernel does when memory runs out."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
