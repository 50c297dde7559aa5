"""Backups on both engines: taken while the database is used, checked, and put back."""

import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from news.errors import StorageError
from storage.backup import backup_store, remove_old_backups, restore_store, verify_backup
from storage.dumps import write_dump
from storage.engine import Store, open_store, reading, writing
from storage.rounds import begin_round
from storage.schema import find_version, migrate, newest_version, versions
from storage.sums import sum_path
from storage.tables import rounds
from storage.upgrading import check_tables


def count_rounds(store: Store) -> int:
    with reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(rounds)) or 0


def test_what_was_backed_up_comes_back(store: Store, store_url: str, tmp_path: Path, now: datetime) -> None:
    begin_round(store, now)
    kept = backup_store(store, tmp_path / "backups", now)
    assert kept.name.startswith(f"dateline-20260105T070000Z-{newest_version()}.")
    assert kept.stat().st_mode & 0o077 == 0
    assert verify_backup(kept) == newest_version()
    begin_round(store, now + timedelta(hours=2))
    store.dispose()
    assert restore_store(store_url, kept, overwrite=True) == newest_version()
    assert count_rounds(store) == 1
    assert {path.name for path in (tmp_path / "backups").iterdir()} == {kept.name, f"{kept.name}.sha256"}


def test_a_database_that_holds_something_is_not_replaced_unasked(
    store: Store, store_url: str, tmp_path: Path, now: datetime
) -> None:
    kept = backup_store(store, tmp_path, now)
    begin_round(store, now)
    store.dispose()
    with pytest.raises(StorageError, match=r"is not empty; nothing was changed\. To replace it, add --yes"):
        restore_store(store_url, kept)
    assert count_rounds(store) == 1


def test_a_database_in_use_is_not_replaced(store: Store, store_url: str, tmp_path: Path, now: datetime) -> None:
    kept = backup_store(store, tmp_path / "backups", now)
    with reading(store) as connection:
        connection.execute(sa.select(rounds.c.id)).all()
        with pytest.raises(StorageError, match=r"is in use; stop `\./dateline serve`"):
            restore_store(store_url, kept, overwrite=True)


def test_a_damaged_database_is_replaced(kept: Path, tmp_path: Path) -> None:
    target = tmp_path / "dateline.db"
    target.write_bytes(b"\xff" * 20_000)
    with pytest.raises(StorageError, match="is not empty"):
        restore_store(f"sqlite:///{target}", kept)
    restore_store(f"sqlite:///{target}", kept, overwrite=True)
    assert find_version(open_store(f"sqlite:///{target}")) == newest_version()


def test_a_backup_under_writing_is_one_state(store: Store, store_url: str, tmp_path: Path, now: datetime) -> None:
    """Two rows are always written together: whatever moment the backup shows, it holds both or neither."""
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        own = open_store(store_url)
        while not stop.is_set():
            with writing(own) as connection:
                connection.execute(rounds.insert(), [{"started_at": now, "figures": {}}] * 2)
            begun.set()
        own.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        kept = backup_store(store, tmp_path / "backups", now)
    finally:
        stop.set()
        writer.join()
    store.dispose()
    restore_store(store_url, kept, overwrite=True)
    assert count_rounds(store) % 2 == 0
    assert count_rounds(store) > 0


def test_a_database_without_tables_is_not_backed_up(tmp_path: Path, now: datetime) -> None:
    empty = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    (tmp_path / "new.db").touch()
    with pytest.raises(StorageError, match="nothing to back up"):
        backup_store(empty, tmp_path, now)


@pytest.fixture
def kept(tmp_path: Path, now: datetime) -> Path:
    """A backup of a SQLite database."""
    store = open_store(f"sqlite:///{tmp_path / 'dateline.db'}")
    migrate(store)
    path = backup_store(store, tmp_path / "backups", now)
    store.dispose()
    return path


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _scribble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:20000] = b"\xff" * (20000 - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_cut, _scribble, lambda path: path.write_bytes(b"hello"), Path.unlink])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    kept: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Also one that stands without its sum, as those of earlier versions do."""
    sum_path(kept).unlink()
    damage(kept)
    before = (tmp_path / "dateline.db").read_bytes()
    with pytest.raises(StorageError, match=r"damaged|no backup|cannot be read"):
        restore_store(f"sqlite:///{tmp_path / 'dateline.db'}", kept, overwrite=True)
    assert (tmp_path / "dateline.db").read_bytes() == before


def test_a_changed_byte_is_noticed_wherever_it_is(store: Store, store_url: str, tmp_path: Path, now: datetime) -> None:
    kept = backup_store(store, tmp_path / "backups", now)
    store.dispose()
    line = sum_path(kept).read_text()
    assert line == f"{hashlib.sha256(kept.read_bytes()).hexdigest()}  {kept.name}\n"
    content = kept.read_bytes()
    for place in range(len(content) // 20, len(content), len(content) // 10):
        kept.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        with pytest.raises(StorageError, match=r"is damaged: it is not as it was written, by .*\.sha256"):
            restore_store(store_url, kept, overwrite=True)
    kept.write_bytes(content)
    assert restore_store(store_url, kept, overwrite=True) == newest_version()


def test_a_backup_that_fails_leaves_no_sum(
    store: Store, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "replace", _fail)
    with pytest.raises(StorageError, match="cannot be written"):
        backup_store(store, tmp_path / "backups", now)
    assert list((tmp_path / "backups").iterdir()) == []


def test_another_programs_database_is_no_backup_whatever_its_version(
    store: Store, store_url: str, tmp_path: Path, now: datetime
) -> None:
    """Alembic's table is in many; ours are in none but ours."""
    kept = backup_store(store, tmp_path / "backups", now)
    with writing(store) as connection:
        connection.execute(sa.text("ALTER TABLE revisions RENAME TO customers"))
    with pytest.raises(StorageError, match=r"is no backup of Dateline's: it has no table revisions"):
        backup_store(store, tmp_path / "backups", now)
    with writing(store) as connection:
        connection.execute(sa.text("ALTER TABLE customers RENAME TO revisions"))
    store.dispose()
    assert restore_store(store_url, kept, overwrite=True) == newest_version()


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_damaged_dump_whose_bytes_are_no_text_is_one_sentence(
    store: Store, store_url: str, tmp_path: Path, now: datetime
) -> None:
    """The programs print what they read; here that fails in psql, which takes all back."""
    kept = backup_store(store, tmp_path / "backups", now)
    begin_round(store, now)
    store.dispose()
    sum_path(kept).unlink()
    kept.write_bytes(kept.read_bytes().replace(b"(version_num)", b"(version_n\xffm)"))
    with pytest.raises(StorageError, match=r"(psql|pg_restore) failed: "):
        restore_store(store_url, kept, overwrite=True)
    assert count_rounds(store) == 1


def test_a_stale_log_is_never_played_into_the_restored_file(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "dateline.db-wal").write_bytes(b"stale")
    restore_store(f"sqlite:///{tmp_path / 'dateline.db'}", kept, overwrite=True)
    assert not (tmp_path / "dateline.db-wal").exists()


def test_a_restored_file_has_the_place_mode_and_owner_of_the_old_one(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under sudo too; of a link, what it points to is replaced, and whose log is there goes."""
    (tmp_path / "disk").mkdir()
    target, link = tmp_path / "disk" / "news.db", tmp_path / "link.db"
    (tmp_path / "dateline.db").rename(target)
    target.chmod(0o640)
    target.with_name("news.db-wal").write_bytes(b"stale")
    link.symlink_to(target)
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda path, uid, gid: given.append((uid, gid)) if path != target else None)
    own = Path.stat

    def stat(path: Path, **words: bool) -> os.stat_result:
        """As if the service's user owned it."""
        found = own(path, **words)
        return os.stat_result((*found[:4], 4321, 1234, *found[6:])) if path == target else found

    monkeypatch.setattr(Path, "stat", stat)
    restore_store(f"sqlite:///{link}", kept, overwrite=True)
    monkeypatch.undo()
    assert link.is_symlink()
    assert target.read_bytes() == kept.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o640
    assert given == [(4321, 1234)]
    assert not target.with_name("news.db-wal").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_root_restores_is_the_services(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 4321, 1234)
    for _ in range(2):  # into nothing, and in the place of what that made
        restore_store(f"sqlite:///{home / 'dateline.db'}", kept, overwrite=True)
        made = (home / "dateline.db").stat()
        assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (4321, 1234, 0o600)
        os.chown(home, 0, 0)


def test_a_backup_goes_back_to_its_own_engine(kept: Path) -> None:
    with pytest.raises(
        StorageError, match="is a backup of SQLite, DATELINE_DATABASE_URL names a database of PostgreSQL"
    ):
        restore_store("postgresql://ada@127.0.0.1:1/news", kept)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("postgresql://ada:hush@db.example:6543/news", ("db.example", "6543", "ada", "news", None)),
        ("postgresql:///news?host=db.example&port=6543&user=ada", ("db.example", "6543", "ada", "news", None)),
        (
            "postgresql://ada@/news?host=a.example:1&host=b.example:2",
            ("a.example,b.example", "1,2", "ada", "news", None),
        ),
        ("postgresql://ada@db.example/news?sslmode=verify-full", ("db.example", None, "ada", "news", "verify-full")),
        ("postgresql://ada@/news?options=-csearch_path%3Dpress", (None, None, "ada", "news", None)),
    ],
)
def test_the_programs_ask_the_server_that_the_address_names(
    url: str, server: tuple[str | None, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the address says it; and by the environment, since other users see the arguments."""
    seen: list[dict[str, str]] = []

    def run(command: list[str], *, env: dict[str, str], **_words: object) -> subprocess.CompletedProcess[bytes]:
        assert "hush" not in str(command)
        seen.append(env)
        return subprocess.CompletedProcess(command, 0, b"", b"")

    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(subprocess, "run", run)
    write_dump(open_store(url), tmp_path / "x.dump")
    assert tuple(map(seen[0].get, ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE"))) == server
    assert seen[0]["PGOPTIONS"].endswith("-c timezone=UTC")
    assert ("search_path" in url) == seen[0]["PGOPTIONS"].startswith("-csearch_path=press ")
    assert ("hush" in url) == (seen[0].get("PGPASSWORD") == "hush")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, now: datetime) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'dateline.db'}")
    migrate(store)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        backup_store(store, tmp_path / "file", now)


def test_missing_programs_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dump = tmp_path / "x.dump"
    dump.write_bytes(b"PGDMP...")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(StorageError, match=r"pg_restore is not installed here.*postgresql-client"):
        verify_backup(dump)


def test_only_the_newest_backups_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    names = [f"dateline-2026010{day}T070000Z-0001.db" for day in range(1, 6)]
    for name in (*names, "notes.db", "dateline-mine.db", f"{names[0]}.sha256", f"{names[4]}.sha256"):
        (tmp_path / name).touch()
    assert [path.name for path in remove_old_backups(tmp_path, 2)] == names[:3]
    assert {path.name for path in tmp_path.iterdir()} == {
        *names[3:],
        f"{names[4]}.sha256",
        "notes.db",
        "dateline-mine.db",
    }
    assert remove_old_backups(tmp_path, 2) == []


@pytest.mark.parametrize("version", sorted({*versions()[:-1:4], versions()[-2]}))
def test_a_backup_of_an_earlier_version_undoes_an_upgrade(
    store: Store, store_url: str, tmp_path: Path, now: datetime, version: str
) -> None:
    """Nothing of the later version is left, so that the next upgrade goes through."""
    begin_round(store, now)
    migrate(store, version)
    kept = backup_store(store, tmp_path / "backups", now)
    migrate(store)
    with writing(store) as connection:  # as a Dateline that this one does not know yet might have made it
        connection.execute(sa.text("CREATE TABLE later (id TEXT REFERENCES topics (id))"))
    store.dispose()
    assert restore_store(store_url, kept, overwrite=True) == version
    assert find_version(store) == version
    migrate(store)
    check_tables(store)
    assert count_rounds(store) == 1
    with reading(store) as connection:
        assert not sa.inspect(connection).has_table("later")


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_dump_is_restored_where_a_role_that_it_grants_something_is_unknown(
    store: Store, store_url: str, tmp_path: Path, now: datetime
) -> None:
    begin_round(store, now)
    reader = f"reader_{uuid4().hex[:12]}"
    _command(store, f"CREATE ROLE {reader}", f"GRANT SELECT ON tagged_items TO {reader}")
    try:
        kept = backup_store(store, tmp_path, now)
    finally:
        _command(store, f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")
    store.dispose()
    restore_store(store_url, kept, overwrite=True)
    assert count_rounds(store) == 1


@pytest.fixture
def lodger_url(postgres_url: str) -> Iterator[str]:
    """The address of a database whose owner may do little else on the server."""
    name = f"lodger_{uuid4().hex[:12]}"
    server = open_store(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    _command(server, f"CREATE ROLE {name}", f"CREATE DATABASE {name} OWNER {name}")
    url = sa.make_url(postgres_url).set(database=name).update_query_dict({"options": f"-c role={name}"})
    yield url.render_as_string(hide_password=False)
    _command(server, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")
    server.dispose()


def test_an_extension_of_the_server_administrators_stays_as_it_is(
    lodger_url: str, tmp_path: Path, now: datetime
) -> None:
    store = open_store(lodger_url)
    with reading(store) as connection:
        if not connection.scalar(sa.text("SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'")):
            pytest.skip("the server has no amcheck, which comes with PostgreSQL's contrib")
    _command(store, "SET LOCAL ROLE NONE", "CREATE EXTENSION amcheck")
    migrate(store)
    begin_round(store, now)
    kept = backup_store(store, tmp_path, now)
    store.dispose()
    restore_store(lodger_url, kept, overwrite=True)
    assert count_rounds(store) == 1
    store.dispose()


def _command(store: Store, *statements: str) -> None:
    with store.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_a_restore_that_fails_half_way_changes_nothing(
    store: Store, store_url: str, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL all is one transaction, also when the program that reads the dump dies; on SQLite the file stays."""
    kept = backup_store(store, tmp_path / "backups", now)
    begin_round(store, now)
    store.dispose()
    cut = tmp_path / "cut"
    cut.write_bytes(kept.read_bytes()[: kept.stat().st_size * 9 // 10])
    monkeypatch.setattr("storage.backup.verify_backup", lambda _path: newest_version())
    monkeypatch.setattr(shutil, "copyfile", _fail)
    with pytest.raises(StorageError, match=r"pg_restore failed: pg_restore: error|cannot be replaced"):
        restore_store(store_url, cut, overwrite=True)
    assert count_rounds(store) == 1


def _fail(*_arguments: object) -> None:
    raise OSError("no room")
