from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from news.errors import StorageError
from storage.engine import Store, open_store, reading, writing
from storage.schema import alembic_config, ensure_schema, find_version, migrate, newest_version
from storage.tables import metadata
from storage.upgrading import upgrade_store
from storage.views import TAGGED_ITEMS


def test_the_migrations_make_the_tables_that_are_declared(store: Store) -> None:
    with writing(store) as connection:
        command.check(alembic_config(connection))


def test_the_migrations_go_down_and_up_again(store: Store) -> None:
    migrate(store, "base")
    with reading(store) as connection:
        left = set(sa.inspect(connection).get_table_names())
    assert left == {"alembic_version"}
    migrate(store)
    with reading(store) as connection:
        assert set(metadata.tables) <= set(sa.inspect(connection).get_table_names())


def test_the_view_is_the_declared_one(store: Store) -> None:
    with reading(store) as connection:
        rows = connection.execute(sa.text("SELECT * FROM tagged_items"))
        declared = connection.execute(sa.text(TAGGED_ITEMS))
        assert list(rows.keys()) == list(declared.keys())


def test_a_new_database_gets_its_tables_and_a_current_one_is_left_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    ensure_schema(store)
    ensure_schema(store)
    assert find_version(store) == newest_version()


def test_an_upgrade_makes_no_database_of_its_own(store: Store, now: datetime) -> None:
    migrate(store, "base")
    try:
        with pytest.raises(StorageError, match="There is no database to upgrade at"):
            upgrade_store(store, now, backups=None)
        assert find_version(store) is None
    finally:
        migrate(store)


def test_a_newer_database_is_refused_with_the_remedy(store: Store) -> None:
    with writing(store) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="newer Dateline; update this checkout"):
        ensure_schema(store)
    with writing(store) as connection:  # the database is shared by the tests of this run
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :ours"), {"ours": newest_version()})


@pytest.mark.parametrize("url", ["mongodb://x/y", "nonsense", "postgresql+nodriver://x/y"])
def test_an_unknown_address_is_explained(url: str) -> None:
    with pytest.raises(StorageError, match="DATELINE_DATABASE_URL"):
        open_store(url)


def test_an_unreachable_server_is_one_sentence_without_the_password() -> None:
    store = open_store("postgresql://ada:s3cret@127.0.0.1:1/news")
    with pytest.raises(StorageError, match="check that the server runs") as failure, reading(store):
        pass
    assert "s3cret" not in str(failure.value)


def test_an_unwritable_folder_is_one_sentence(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'missing' / 'dateline.db'}")
    with pytest.raises(StorageError, match="folder exists and is writable"), writing(store):
        pass
