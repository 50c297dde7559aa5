"""Backups: a copy of the whole database taken while it is used, checked before it counts, and put back.

SQLite is copied by its own online backup, which is one consistent state however much is written meanwhile. PostgreSQL is
dumped by its own programs (`storage.dumps`), one consistent snapshot too.
"""

import os
import shutil
import sqlite3
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from news.errors import StorageError
from storage.dumps import refuse_foreign, replay_dump, verify_dump, write_dump
from storage.engine import Store, name_place, open_store, reading
from storage.schema import find_version
from storage.sums import check_sum, sum_path, write_sum


def backup_store(store: Store, folder: Path, now: datetime) -> Path:
    """Write a verified backup into a folder, while the database is in use; return its file.

    The name holds time and version: `dateline-20260105T070000Z-0001.db`, or `.dump` from PostgreSQL. The file appears
    under it only once it is complete and checked, with its sum beside it.

    Raises:
        StorageError: when the database is missing, empty or cannot be read, the folder not written, or the copy is damaged.
    """
    if is_missing(store):
        raise StorageError(f"There is no database {store.url.database}; see DATELINE_HOME and DATELINE_DATABASE_URL.")
    version = find_version(store)
    if version is None:
        raise StorageError("There is nothing to back up: the database has no tables yet.")
    suffix = "db" if store.dialect.name == "sqlite" else "dump"
    target = folder / f"dateline-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{version}.{suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_backup(store, target)
    except OSError as error:
        raise StorageError(f"The backup {target} cannot be written: {error.strerror or error}.") from error
    return target


def list_backups(folder: Path) -> dict[Path, datetime]:
    """Return the backups in a folder with the times in their names, oldest first; other files are left out."""
    found = {}
    for path in folder.glob("dateline-*Z-*"):
        if path.suffix in {".db", ".dump"}:
            with suppress(ValueError):
                found[path] = datetime.strptime(path.name.split("-")[1], "%Y%m%dT%H%M%S%z")
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def remove_old_backups(folder: Path, keep: int) -> list[Path]:
    """Remove all backups in a folder but the newest `keep`, with their sums, by the time in their names; return those removed.

    Raises:
        StorageError: when one cannot be removed.
    """
    found = list(list_backups(folder))
    old = found[: max(0, len(found) - keep)]
    for path in old:
        try:
            sum_path(path).unlink(missing_ok=True)
            path.unlink()
        except OSError as error:
            raise StorageError(f"The old backup {path} cannot be removed: {error.strerror or error}.") from error
    return old


def _write_backup(store: Store, target: Path) -> None:
    partial = target.with_suffix(".partial")
    copy = _copy_sqlite if store.dialect.name == "sqlite" else write_dump
    try:
        partial.touch(mode=0o600)  # it holds everything that the database holds
        copy(store, partial)
        verify_backup(partial)
        write_sum(target, partial)
        partial.replace(target)
    except BaseException:
        sum_path(target).unlink(missing_ok=True)
        raise
    finally:
        partial.unlink(missing_ok=True)


def _copy_sqlite(store: Store, target: Path) -> None:
    with reading(store) as connection:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)  # noqa: S101 (tells mypy what the dialect says)
        copy = sqlite3.connect(target)
        try:
            source.backup(copy)  # in one step: with a write-ahead log, writers go on meanwhile
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, that needs no others beside it
        except sqlite3.Error as error:
            raise StorageError(f"The backup {target} cannot be written: {error}.") from error
        finally:
            copy.close()


def verify_backup(path: Path) -> str:
    """Check that a backup is whole, and as it was written where its sum is beside it; return the version of its schema.

    Raises:
        StorageError: when it is missing, damaged or no backup of Dateline's.
    """
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise StorageError(f"The backup {path} cannot be read: {error.strerror}.") from error
    check_sum(path)
    if head.startswith(b"SQLite format 3"):
        return _verify_sqlite(path)
    if head.startswith(b"PGDMP"):
        return verify_dump(path)
    raise StorageError(f"{path} is no backup of Dateline's.")


def _verify_sqlite(path: Path) -> str:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok" or connection.execute("PRAGMA foreign_key_check").fetchone():
            raise StorageError(f"The backup {path} is damaged: {found}; use an older one.")
        [version] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except (sqlite3.Error, TypeError) as error:
        raise StorageError(f"The backup {path} is damaged or no backup of Dateline's: {error}.") from error
    finally:
        connection.close()
    refuse_foreign(path, {name for (name,) in tables})
    return str(version)


def restore_store(url: str, backup: Path, *, overwrite: bool = False) -> str:
    """Put a backup in the place of the database at a URL; return the version of its schema.

    The database may be of any version, also one that this checkout does not know: nothing of it is left. On SQLite the
    old file stays until the new one stands complete beside it; on PostgreSQL the restore is one transaction.

    Raises:
        StorageError: when the backup is damaged or of the other engine, when somebody uses the database, or when it
            holds something and `overwrite` is not given.
    """
    version = verify_backup(backup)
    store = open_store(url)
    try:
        _refuse_other_engine(store, backup)
        if not overwrite and not _is_empty(store):
            raise StorageError(
                f"The database {name_place(store)} is not empty; nothing was changed. To replace it, add --yes."
            )
        refuse_used(store)
        if store.dialect.name == "sqlite":
            _replace_sqlite(store.url, backup)
        else:
            replay_dump(store, backup)
    finally:
        store.dispose()
    return version


def _refuse_other_engine(store: Store, backup: Path) -> None:
    with backup.open("rb") as file:
        is_dump = file.read(5) == b"PGDMP"
    if is_dump != (store.dialect.name == "postgresql"):
        kinds = ("PostgreSQL", "SQLite") if is_dump else ("SQLite", "PostgreSQL")
        raise StorageError(
            f"{backup} is a backup of {kinds[0]}, DATELINE_DATABASE_URL names a database of {kinds[1]}; "
            f"name one of {kinds[0]}."
        )


def is_missing(store: Store) -> bool:
    """To connect to a file of SQLite's that is not there makes it."""
    return store.dialect.name == "sqlite" and not Path(store.url.database or "").exists()


def _is_empty(store: Store) -> bool:
    if is_missing(store):
        return True
    try:
        with reading(store) as connection:
            return not sa.inspect(connection).get_table_names()
    except StorageError as error:
        if isinstance(error.__cause__, sa.exc.OperationalError):
            raise
        return False  # a damaged file is what a backup is for; it still is not ours to throw away unasked


def refuse_used(store: Store) -> None:
    """A process that goes on with the old database would lose what it writes, and on PostgreSQL hold up the restore.

    Raises:
        StorageError: when there is one.
    """
    store.dispose()
    is_used = _is_file_used(store.url) if store.dialect.name == "sqlite" else _is_server_used(store)
    store.dispose()
    if is_used:
        raise StorageError(
            f"The database {name_place(store)} is in use; stop `./dateline serve` and all workers first."
        )


def _is_file_used(url: URL) -> bool:
    """With a write-ahead log, every connection holds a shared lock for as long as it is open."""
    if not Path(url.database or "").exists():
        return False
    connection = sqlite3.connect(url.database or "", timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:
        return False  # damaged: nobody can use it
    finally:
        connection.close()
    return False


def _is_server_used(store: Store) -> bool:
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with reading(store) as connection:
        return bool(connection.scalar(sa.text(f"{others} AND backend_type = 'client backend'")))


def _replace_sqlite(url: URL, backup: Path) -> None:
    """The write-ahead log belongs to the old file: it goes first, so that it is never played into the new one.

    A link stays one, and the new file is the old one's owner's: who restores may be another than who runs Dateline.
    """
    target = Path(url.database or "").resolve()
    fresh = target.with_name(f"{target.name}.restoring")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch(mode=0o600)
        shutil.copyfile(backup, fresh)
        _take_after(fresh, target)
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        fresh.replace(target)
    except OSError as error:
        raise StorageError(f"The database {target} cannot be replaced: {error.strerror or error}.") from error
    finally:
        fresh.unlink(missing_ok=True)


def _take_after(fresh: Path, old: Path) -> None:
    """Give a file the owner and mode of the one that it replaces; where there was none, root's is the folder's owner's."""
    if old.exists():
        like = old.stat()
        fresh.chmod(stat.S_IMODE(like.st_mode))
    elif os.geteuid() == 0:
        like = old.parent.stat()
    else:
        return
    mine = fresh.stat()
    if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):
        os.chown(fresh, like.st_uid, like.st_gid)
