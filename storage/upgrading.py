"""Bringing a database to this checkout's version: backed up first, migrated step by step, checked after.

Each step is a transaction of its own: after one that fails, the next upgrade goes on where it stood.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from news.errors import StorageError
from storage.backup import backup_store, is_missing
from storage.engine import Store, name_place, reading
from storage.schema import find_version, migrate, newest_version, versions
from storage.tables import metadata


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done: the versions before and after, and the backup if one was made."""

    before: str
    after: str | None
    backup: Path | None


def upgrade_store(store: Store, now: datetime, *, backups: Path | None) -> Upgrade:
    """Migrate a database to the newest version, after a backup into the folder `backups`; None is no backup.

    One that is at the newest version already is only checked. A new one is made by what first needs it, never here: where
    there is none yet, the settings may name another place than the one that is meant.

    Raises:
        StorageError: when there is no database, it cannot be reached or backed up, is newer than this checkout, or is not
            whole afterwards. Nothing has been changed unless the text says so.
    """
    before, wanted = None if is_missing(store) else find_version(store), newest_version()
    if before is None:
        raise StorageError(
            f"There is no database to upgrade at {name_place(store)}. If Dateline has run before, give this command its "
            "settings: DATELINE_ENV_FILE and DATELINE_HOME, as the systemd units name them (docs/running.md); a new one "
            "is made by `./dateline run` or `./dateline serve`."
        )
    backup = None
    if before != wanted:
        _refuse_newer(before)
        backup = backup_store(store, backups, now) if backups else None
        migrate(store)
    check_tables(store)
    return Upgrade(before, wanted, backup)


def _refuse_newer(version: str) -> None:
    if version not in versions():
        raise StorageError(
            f"The database is at version {version}, which a newer Dateline made; nothing was changed. Update this checkout."
        )


def check_tables(store: Store) -> None:
    """See that every table and column is there.

    Raises:
        StorageError: naming the first that is not.
    """
    with reading(store) as connection:
        inspector = sa.inspect(connection)
        for table in metadata.sorted_tables:
            present = (
                {c["name"] for c in inspector.get_columns(table.name)} if inspector.has_table(table.name) else set()
            )
            missing = [column.name for column in table.columns if column.name not in present]
            if missing:
                raise StorageError(f"The database's table {table.name} lacks {', '.join(missing)}; restore a backup.")
