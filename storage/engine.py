"""One engine for SQLite and PostgreSQL: opening it, transactions, and errors in words."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from news.errors import StorageError
from news.urls import hide_passwords

Store = sa.Engine
"""What the other rooms pass around; only this room looks inside."""

# SQLite waits this long for another writer: longer than our longest transaction (a batch of 200 articles, under 1 s).
_BUSY_MS = 30_000

_STATEMENTS = 32
"""Prepared statements that a connection to SQLite keeps; of those with places for hundreds of rows, Python's 128 take 3 MB."""

# Where SQLAlchemy sees a password end: at the first @.
_BEHIND_PASSWORD = re.compile(r"://[^:/]*:[^@]*@(.*)", re.DOTALL)


def open_store(url: str) -> Store:
    """Open the database at a SQLAlchemy URL (`sqlite:///FILE` or `postgresql://...`) without touching it yet.

    Raises:
        StorageError: when the URL is of no known form or driver, when its password seems to end too soon, or when it has
            an option that no server knows.
    """
    _refuse_split_password(url)
    try:
        parsed = make_url(url)
        engine = sa.create_engine(_with_driver(parsed), **_pool_options(parsed))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError):  # the last for a port that is no number
        raise StorageError(
            "DATELINE_DATABASE_URL is not a database address Dateline knows; "
            "write sqlite:///path/to/file.db or postgresql://user@host/name"
        ) from None  # what it quotes may be a piece of the password
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    elif engine.dialect.name == "postgresql":
        _refuse_unknown_options(engine)
    return engine


def _refuse_split_password(url: str) -> None:
    """What stands behind an @ in a password would be the host, and be quoted where that is not found."""
    if (found := _BEHIND_PASSWORD.search(url)) and "@" in found[1]:
        raise StorageError(
            "DATELINE_DATABASE_URL has another @ behind the password's; write @ as %40 in a password and in what follows it"
        )


def _refuse_unknown_options(engine: sa.Engine) -> None:
    """A misspelt option fails only when it is used, and may hold a password under a name that nothing hides."""
    driver: Any = engine.dialect.dbapi  # psycopg, which SQLite need not load
    known = {option.keyword.decode() for option in driver.pq.Conninfo.get_defaults()}
    if unknown := sorted(set(engine.url.query) - known):
        near = get_close_matches(unknown[0], known, n=1)
        hint = f"; near it is {near[0]}" if near else ""
        raise StorageError(f"DATELINE_DATABASE_URL has an option that PostgreSQL does not know: {unknown[0]}{hint}")


def _with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


def _pool_options(url: URL) -> dict[str, Any]:
    """Check a pooled server connection before use: servers restart.

    Of SQLite's, the one used last is used next: each holds pages and statements, which the others then need not gather.
    """
    if url.get_backend_name() == "sqlite":
        return {"poolclass": QueuePool, "pool_use_lifo": True, "connect_args": {"cached_statements": _STATEMENTS}}
    return {"pool_pre_ping": True, "connect_args": ask_server(url)}


def ask_server(url: URL) -> dict[str, Any]:
    """How a PostgreSQL server is asked, whatever its URL says: a silent host is given up after 5 s.

    What the URL itself says in `options`, such as a `search_path`, comes before ours.
    """
    options = " ".join((*url.normalized_query.get("options", ()), "-c timezone=UTC"))
    return {"connect_timeout": 5, "options": options}


def _prepare_sqlite(engine: sa.Engine) -> None:
    """WAL lets readers go on beside one writer; writers take their lock at BEGIN, so none fails half-way."""

    def connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}").close()

    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


@contextmanager
def writing(store: Store) -> Iterator[sa.Connection]:
    """One writing transaction: committed at the end, rolled back on any error."""
    with _speaking_plainly(store), store.begin() as connection:
        yield connection


@contextmanager
def reading(store: Store) -> Iterator[sa.Connection]:
    """One reading transaction, which never waits for a writer."""
    with _speaking_plainly(store), store.connect().execution_options(writes=False) as connection:
        yield connection


@contextmanager
def _speaking_plainly(store: Store) -> Iterator[None]:
    """Turn failures to reach or use the database into one sentence; our own mistakes (integrity, SQL) stay bugs."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        if isinstance(error, sa.exc.OperationalError) or _find_remedy(error):
            raise StorageError(describe_failure(store, error)) from error
        raise


def _find_remedy(error: DBAPIError) -> str:
    """Say what to do about what no other sentence covers; nothing is said of our own mistakes."""
    if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_CORRUPT_VTAB":
        return "its search index is damaged; stop everything and run `./dateline reindex`"
    if type(error) is sa.exc.DatabaseError and isinstance(error.orig, sqlite3.DatabaseError):
        return (
            "it is damaged, or another program's; stop everything and put a backup in its place: `./dateline restore`"
        )
    if str(error.orig).startswith(("no such table", "no such column")):  # SQLite's words; it has no code for this
        return (
            "it lacks what this Dateline needs; run `make upgrade`, or put a backup in its place: `./dateline restore`"
        )
    match getattr(error.orig, "sqlstate", None):
        case "42501":  # since PostgreSQL 15 only its owner may create tables in a database's schema public
            return "its user may not do this; make that user the owner of the database"
        case "25006":
            return "this server only reads; name the one that it follows in DATELINE_DATABASE_URL"
        case _:
            return ""


def describe_failure(store: Store, error: DBAPIError) -> str:
    """Say which database fails and what to do."""
    place = name_place(store)
    cause = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    usual = {
        "sqlite": "check that its folder exists and is writable and that the disk has room",
        "postgresql": "check that the server runs and that DATELINE_DATABASE_URL names it rightly",
    }
    remedy = _find_remedy(error) or usual[store.dialect.name]
    return f"The database {place} cannot be used: {cause}; {remedy}."


def name_place(store: Store) -> str:
    """The database's address as it may be shown: without passwords."""
    return hide_passwords(store.url.render_as_string(hide_password=True))


def insert_new(
    connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]], *returning: sa.Column[Any]
) -> Sequence[sa.Row[Any]]:
    """Insert rows whose unique keys are not there yet; return the given columns of those that were new."""
    if not rows:
        return ()
    statement = _insert(connection, table).on_conflict_do_nothing()
    return connection.execute(statement.returning(*(returning or table.primary_key.columns)), rows).all()


def upsert(
    connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]], keep: Sequence[str] = ()
) -> None:
    """Insert rows, or update those whose primary key is there already, except for the columns in `keep`."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    statement = _insert(connection, table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys and name not in keep}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Both engines know ON CONFLICT, each by its own dialect's construct."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
