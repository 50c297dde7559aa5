"""The schema's version: making a new database, and telling an older or newer one from ours."""

from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from news.errors import StorageError
from storage.engine import Store, reading, writing

_MIGRATIONS = Path(__file__).parent / "migrations"

# Readers queue behind a change that waits for its lock, so it waits for less than they should. 200 tries outlast every
# transaction of ours, the dump of a large database apart.
_LOCK_MS = 300
_TRIES = 200

# What PostgreSQL calls the right to migrate: any number that nothing else here uses.
_LOCK = 7_331_001


class _LockError(Exception):
    """A step could not have its lock in time."""


def ensure_schema(store: Store) -> None:
    """Make the tables of a new database; refuse one that another version of Dateline made.

    Raises:
        StorageError: when the database is out of reach, older (run `make upgrade`) or newer than this checkout.
    """
    found, wanted = find_version(store), newest_version()
    if found is None:
        migrate(store)
    elif found != wanted:
        remedy = (
            "run `make upgrade`" if found in versions() else "it was made by a newer Dateline; update this checkout"
        )
        raise StorageError(f"The database is at version {found}, this Dateline needs {wanted}: {remedy}.")


def find_version(store: Store) -> str | None:
    """Return the database's migration, None for a new one."""
    with reading(store) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_version() -> str | None:
    """Return the newest migration of this checkout."""
    return _scripts().get_current_head()


def versions() -> list[str]:
    """Return every version that a database can have, oldest first."""
    return [script.revision for script in reversed(list(_scripts().walk_revisions()))]


def migrate(store: Store, target: str = "head") -> None:
    """Bring the database to a version (`head`, `base` or a revision), up or down, while it is read.

    A new one is made in one transaction. From there on each step is a transaction of its own, so that no lock is held
    longer than its own change takes; one that cannot have its lock at once makes way for readers and tries again.

    Raises:
        StorageError: when a step could not get its lock; what was reached before it stands.
    """
    order = [None, *versions()]
    wanted = {"head": order[-1], "base": None}.get(target, target)
    while True:
        for _ in range(_TRIES):
            with suppress(_LockError), writing(store) as connection:
                if not _step(connection, order, wanted):
                    return
                break
        else:
            raise StorageError(
                "The database could not be migrated: a long reader holds a table (a backup or an export?). "
                "Nothing was lost; try again when it has ended."
            )


def _step(connection: sa.Connection, order: list[str | None], wanted: str | None) -> bool:
    """Go one version further; return whether there was one to go. Two processes that begin at once take turns."""
    _take_turns(connection)
    here = MigrationContext.configure(connection).get_current_revision()
    if here == wanted:
        return False
    place, goal = order.index(here), order.index(wanted)
    config = alembic_config(connection)
    try:
        if goal < place:
            command.downgrade(config, order[place - 1] or "base")
        else:
            command.upgrade(config, str(wanted if here is None else order[place + 1]))
    except sa.exc.OperationalError as error:
        if "lock timeout" in str(error.orig):
            raise _LockError from error
        raise
    return True


def _take_turns(connection: sa.Connection) -> None:
    """SQLite has one writer anyhow, and its readers go on. A lock that PostgreSQL waits for holds up readers behind it."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LOCK_MS}ms'"))


def alembic_config(connection: sa.Connection | None = None) -> Config:
    """Return Alembic's configuration for our migrations, to run on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))  # a ConfigParser reads it
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())
