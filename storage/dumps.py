"""Dumps of PostgreSQL by its own programs, in the custom format: written, checked and replayed. They must be installed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO

from psycopg import pq

from news.errors import StorageError
from storage.engine import Store, ask_server

# Everything where our tables stand goes, except for what belongs to an extension: a later version has tables that neither
# the dump nor this checkout knows, and they would meet the next upgrade. CASCADE takes the keys and views that depend.
_DROP_ALL = b"""
DO $$ DECLARE found record; BEGIN
  FOR found IN
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
           CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  LOOP EXECUTE format('DROP %s IF EXISTS %s CASCADE', found.kind, found.name); END LOOP;
END $$;
"""

# Lines of a dump's contents. Extensions belong to the server's administrator, and only a superuser may make most of them.
_OF_EXTENSIONS = re.compile(r"\d+; \d+ \d+ (?:COMMENT - )?EXTENSION ")
_OF_TABLES = re.compile(r"^\d+; \d+ \d+ TABLE \S+ (\S+) ", re.MULTILINE)

_OWN = frozenset({"articles", "entries", "feeds", "revisions"})


def write_dump(store: Store, target: Path) -> None:
    """Dump the database into a file.

    Raises:
        StorageError: when the program is missing or fails.
    """
    _run_program(["pg_dump", "--format=custom", "--no-owner", f"--file={target}"], _connection_of(store))


def verify_dump(path: Path) -> str:
    """Check that a dump is whole; return the version of its schema.

    Reading all data back is what proves a dump; nothing is written anywhere.

    Raises:
        StorageError: when it is not, or is no dump of Dateline's.
    """
    _run_program(["pg_restore", f"--file={os.devnull}", str(path)])
    rows = _run_program(["pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(path)]).splitlines()
    refuse_foreign(path, set(_OF_TABLES.findall(_list_contents(path))))
    start = next((n for n, row in enumerate(rows) if row.startswith("COPY ") and "alembic_version" in row), None)
    if start is None:
        raise StorageError(f"{path} is no backup of Dateline's: it holds no version.")
    return rows[start + 1]


def refuse_foreign(path: Path, tables: set[str]) -> None:
    """See that a backup holds the tables that every version of Dateline's has.

    Raises:
        StorageError: when it does not.
    """
    if missing := sorted(_OWN - tables):
        raise StorageError(f"{path} is no backup of Dateline's: it has no table {missing[0]}.")


def replay_dump(store: Store, path: Path) -> None:
    """Put a dump in the place of all that the database's schema holds, in one transaction.

    `pg_restore --clean` drops only what the dump holds too, and fails where a table of a later version depends on that.
    Grants and extensions stay out: the roles that they name may not be here, and the database's owner may not make them.

    Raises:
        StorageError: when a program is missing or fails; nothing was changed then.
    """
    with NamedTemporaryFile("w", suffix=".list") as contents:
        contents.write(_list_contents(path))
        contents.flush()
        wanted = ["--no-owner", "--no-privileges", f"--use-list={contents.name}"]
        _replay(store, [_find_program("pg_restore"), "--clean", "--if-exists", *wanted, "--file=-", str(path)])


def _list_contents(path: Path) -> str:
    """List what a dump holds, in `pg_restore`'s own form, without extensions."""
    lines = _run_program(["pg_restore", "--list", str(path)]).splitlines(keepends=True)
    return "".join(line for line in lines if not _OF_EXTENSIONS.match(line))


def _replay(store: Store, reader: Sequence[str]) -> None:
    writer = [_find_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    with (
        _started("psql", writer, _connection_of(store), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as psql,
        suppress(BrokenPipeError),  # psql has ended, and says why
    ):
        assert psql.stdin  # noqa: S101 (tells mypy what PIPE says)
        psql.stdin.write(b"BEGIN;" + _DROP_ALL)
        with _started("pg_restore", reader, {}, stdout=subprocess.PIPE) as dump:
            assert dump.stdout  # noqa: S101
            shutil.copyfileobj(dump.stdout, psql.stdin)
        psql.stdin.write(b"COMMIT;\n")  # only now: a dump that breaks off raises above, and is rolled back


@contextmanager
def _started(
    name: str, command: Sequence[str], settings: Mapping[str, str], *, stdin: int | None = None, stdout: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program; at the end close its pipes, wait for it and see that it did well."""
    with TemporaryFile() as said:
        environment = {**os.environ, **settings}
        process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout, stderr=said)  # noqa: S603 (our own words)
        try:
            yield process
        finally:
            for pipe in (process.stdin, process.stdout):
                _close(pipe)
            status = process.wait()
        said.seek(0)
        _refuse_failure(name, status, said.read().decode(errors="replace"))


def _close(pipe: IO[bytes] | None) -> None:
    if pipe:
        with suppress(BrokenPipeError):  # what was still to be written has no reader
            pipe.close()


def _run_program(command: Sequence[str], settings: Mapping[str, str] | None = None) -> str:
    """Run one of PostgreSQL's programs; return what it writes."""
    environment = {**os.environ, **(settings or {})}
    program = [_find_program(command[0]), *command[1:]]
    done = subprocess.run(program, env=environment, capture_output=True, check=False)  # noqa: S603 (our own words)
    _refuse_failure(command[0], done.returncode, done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace")  # of a damaged dump, anything


def _find_program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise StorageError(
            f"{name} is not installed here, and PostgreSQL is backed up and restored with it; "
            "install PostgreSQL's client programs of the server's version (postgresql-client)."
        )
    return program


def _refuse_failure(name: str, status: int, said: str) -> None:
    """Of several lines the first that names an error tells the cause; details and hints come after it."""
    if status:
        lines = said.strip().splitlines() or ["it gave no reason"]
        cause = next((line for line in lines if "error:" in line.lower() or "FATAL:" in line), lines[-1])
        raise StorageError(f"{name} failed: {cause}")


def _connection_of(store: Store) -> dict[str, str]:
    """Give the programs the store's own server by libpq's environment, in which no process list shows a password.

    What has no variable there, such as `keepalives`, does not decide which server is asked or how it is trusted.
    """
    _, given = store.dialect.create_connect_args(store.url)
    wishes = {**given, **ask_server(store.url)}
    variables = {one.keyword.decode(): one.envvar.decode() for one in pq.Conninfo.get_defaults() if one.envvar}
    return {variable: str(wishes[name]) for name, variable in variables.items() if wishes.get(name)}
