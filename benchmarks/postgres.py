"""A PostgreSQL cluster of one's own on loopback, thrown away at the end.

    python3 -m benchmarks.postgres COMMAND...

runs a command beside one; `DATELINE_TEST_POSTGRES_URL` tells it where. Needs nothing but the standard library and the
programs of a PostgreSQL server, so that CI can start it before anything is installed.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: its programs, its folder, its port and how commands are begun that must not run as root."""

    programs: Path
    folder: Path
    port: int
    prefix: tuple[str, ...]

    def url(self, database: str = "postgres") -> str:
        """Where a database of it is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._run("pg_ctl", "--wait", "--log", str(self.folder / "log"), "--options", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is what a power cut does."""
        self._run("pg_ctl", "--wait", "--mode", mode, "stop")

    def create(self) -> None:
        """Make its folder."""
        self._run("initdb", "--auth", "trust", "--username", "postgres")

    def make_database(self, name: str) -> None:
        """Make an empty database."""
        command = [str(self.programs / "createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name]
        subprocess.run(command, check=True)  # noqa: S603 (our words)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.prefix, str(self.programs / program), "--pgdata", str(self.folder / "data"), *arguments]
        # No pipe: a server that is started would hold it open.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)  # noqa: S603 (our words)


@contextmanager
def open_cluster() -> Iterator[Cluster]:
    """Run a new cluster until the block ends. PostgreSQL refuses to run as root: then it runs as the user postgres."""
    with tempfile.TemporaryDirectory(prefix="dateline-postgres-") as name:
        folder = Path(name)
        prefix: tuple[str, ...] = ()
        if os.geteuid() == 0:
            prefix = ("runuser", "-u", "postgres", "--")
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        cluster = Cluster(find_programs(), folder, _free_port(), prefix)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")


def find_programs() -> Path:
    """Find the folder of the server's programs: the newest where distributions put them, or beside `pg_ctl` on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("pg_ctl")
    if not on_path:
        raise SystemExit("PostgreSQL's server is not installed here (no pg_ctl): install the package postgresql")
    return Path(on_path).resolve().parent


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def main() -> int:
    """Run a command beside a cluster; return how it ended."""
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    with open_cluster() as cluster:
        environment = os.environ | {"DATELINE_TEST_POSTGRES_URL": cluster.url()}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode  # noqa: S603 (the caller's words)


if __name__ == "__main__":
    sys.exit(main())
