"""A database that cannot be used is told of in one sentence, with what to do."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from news.errors import StorageError
from storage.engine import open_store, writing
from storage.schema import ensure_schema


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "dateline.db"
    path.write_text("This is a letter, and no database. " * 100)
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StorageError, match=r"file is not a database; it is damaged.*dateline restore"):
        ensure_schema(store)
    store.dispose()


def test_a_user_without_rights_is_told_how_to_get_them(postgres_url: str) -> None:
    store = open_store(postgres_url)
    statement = "SET LOCAL ROLE pg_monitor; CREATE TABLE public.mine (id int)"  # a role of every server's
    with (
        pytest.raises(StorageError, match="permission denied for schema public; its user"),
        writing(store) as connection,
    ):
        connection.execute(sa.text(statement))
    store.dispose()


def test_our_own_mistakes_stay_bugs(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'dateline.db'}")
    ensure_schema(store)
    with pytest.raises(sa.exc.IntegrityError), writing(store) as connection:
        connection.execute(sa.text("INSERT INTO topics (id) VALUES (NULL)"))
    store.dispose()
