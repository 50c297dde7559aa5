"""The schema's version: making a new database, and telling an older or newer one from ours."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from news.errors import StorageError
from storage.engine import Store, reading, writing

_MIGRATIONS = Path(__file__).parent / "migrations"


def ensure_schema(store: Store) -> None:
    """Make the tables of a new database; refuse one that another version of Dateline made.

    Raises:
        StorageError: when the database is out of reach, older (run `make upgrade`) or newer than this checkout.
    """
    found, wanted = find_version(store), newest_version()
    if found is None:
        migrate(store)
    elif found != wanted:
        known = {script.revision for script in _scripts().walk_revisions()}
        remedy = "run `make upgrade`" if found in known else "it was made by a newer Dateline; update this checkout"
        raise StorageError(f"The database is at version {found}, this Dateline needs {wanted}: {remedy}.")


def find_version(store: Store) -> str | None:
    """Return the database's migration, None for a new one."""
    with reading(store) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_version() -> str | None:
    """Return the newest migration of this checkout."""
    return _scripts().get_current_head()


def migrate(store: Store, target: str = "head") -> None:
    """Bring the database to a version, in one transaction."""
    with writing(store) as connection:
        _move(connection, target)


def _move(connection: sa.Connection, target: str) -> None:
    config = alembic_config(connection)
    if target == "base" or target.startswith("-"):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


def alembic_config(connection: sa.Connection | None = None) -> Config:
    """Return Alembic's configuration for our migrations, to run on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))  # a ConfigParser reads it
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())
