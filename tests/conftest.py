"""Fixtures for everybody: a database of each kind, empty and migrated."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
import sqlalchemy as sa

from storage.engine import Store, open_store, writing
from storage.schema import migrate
from storage.tables import metadata

POSTGRES = "DATELINE_TEST_POSTGRES_URL"

# The settings of whoever runs the suite are not the suite's; the processes that it starts inherit this.
os.environ["DATELINE_ENV_FILE"] = os.devnull
os.environ.pop("COLUMNS", None)  # as wide as a pipe is: what is printed is compared

# Nothing is timed, for a machine may be busy: an example that takes 0.3 s once is no fault.
hypothesis.settings.register_profile("dateline", deadline=None)
hypothesis.settings.load_profile("dateline")
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real pages, feeds and labelled articles; tests that need it are skipped where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED / "data"


@pytest.fixture(scope="session")
def shared_tools(shared_data: Path) -> Path:
    return shared_data.parent / "tools"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, copied for each test: migrating takes ten times longer than copying."""
    path = tmp_path_factory.mktemp("template") / "dateline.db"
    store = open_store(f"sqlite:///{path}")
    migrate(store)
    with store.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    store.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of our own on the server that the environment names, dropped at the end."""
    url = os.environ.get(POSTGRES)
    if not url:
        if os.environ.get("CI"):
            pytest.fail(f"CI runs the suite on PostgreSQL too: set {POSTGRES}")
        pytest.skip(f"{POSTGRES} is not set")
    name = f"dateline_test_{uuid4().hex[:12]}"
    server = open_store(url).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(url).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def _postgres_migrated(postgres_url: str) -> str:
    """A migrated database that need not survive a crash, and whose rows keep their order while others are removed."""
    store = open_store(postgres_url)
    migrate(store)
    with writing(store) as connection:
        connection.execute(sa.text(f"ALTER DATABASE {sa.make_url(postgres_url).database} SET synchronous_commit = off"))
        for table in metadata.sorted_tables:
            connection.execute(sa.text(f"ALTER TABLE {table.name} SET (autovacuum_enabled = false)"))
    store.dispose()
    return postgres_url


_REWIND = "SELECT setval(quote_ident(sequencename), 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"


def _empty(store: Store) -> None:
    """Leave nothing in any table: TRUNCATE would take ten times as long, since it makes new files."""
    deletions = (str(table.delete()) for table in reversed(metadata.sorted_tables))
    with writing(store) as connection:
        connection.exec_driver_sql("; ".join([*deletions, _REWIND]))


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database, once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "dateline.db"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("_postgres_migrated")
    store = open_store(url)
    _empty(store)
    store.dispose()
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.dispose()
