"""A database that cannot be used is told of in one sentence, with what to do."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from cli.settings_listing import say_value
from news.errors import StorageError
from storage.engine import name_place, open_store, reading, writing
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


def test_a_table_that_is_missing_is_no_matter_of_the_disk(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'dateline.db'}")
    with (
        pytest.raises(StorageError, match=r"no such table: topics; it lacks.*make upgrade") as met,
        reading(store) as held,
    ):
        held.execute(sa.text("SELECT * FROM topics"))
    assert "disk" not in str(met.value)
    store.dispose()


def test_options_of_the_address_hold_beside_ours(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).update_query_dict({"options": "-csearch_path=press -c timezone=Asia/Seoul"})
    store = open_store(url.render_as_string(hide_password=False))
    with reading(store) as connection:
        shown = connection.execute(sa.text("SELECT current_setting('search_path'), current_setting('timezone')")).one()
    assert tuple(shown) == ("press", "UTC")
    store.dispose()


def test_our_own_mistakes_stay_bugs(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'dateline.db'}")
    ensure_schema(store)
    with pytest.raises(sa.exc.IntegrityError), writing(store) as connection:
        connection.execute(sa.text("INSERT INTO topics (id) VALUES (NULL)"))
    store.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:hush@127.0.0.1:1/news",
        "postgresql://ada@127.0.0.1:1/news?password=hush",
        "postgresql://ada@127.0.0.1:1/news?sslmode=disable&sslpassword=hush&application_name=x",
    ],
)
def test_no_message_about_a_database_shows_its_password(url: str) -> None:
    store = open_store(url)
    with (
        pytest.raises(StorageError, match=r"ada.*127\.0\.0\.1:1/news.*check that the server runs") as failure,
        reading(store),
    ):
        pass
    assert "hush" not in str(failure.value) + name_place(store) + say_value(url)
    assert "(hidden)" in name_place(store)
    assert say_value(url).startswith("postgresql://ada")


def test_an_address_that_cannot_be_read_is_not_quoted() -> None:
    """What stands where a port belongs may be the end of a password with an @ in it."""
    with pytest.raises(StorageError, match="not a database address") as failure:
        open_store("postgresql://ada:a@b:hush/news")
    assert "hush" not in f"{failure.value} {failure.value.__cause__}"


@pytest.mark.parametrize(
    "rest", ["a@hush@127.0.0.1/news", "a@hu/sh@127.0.0.1/news", "a@hush?x=@127.0.0.1/news", "a@hush@/x"]
)
def test_a_password_with_an_at_sign_is_told_how_to_write_it(rest: str) -> None:
    """What follows the sign would be taken for the host, and quoted as one that is not found."""
    with pytest.raises(StorageError, match="write @ as %40") as failure:
        open_store(f"postgresql://ada:{rest}")
    assert "hu" not in f"{failure.value} {failure.value.__cause__} {say_value(f'postgresql://ada:{rest}')}"


@pytest.mark.parametrize(
    "url", ["postgresql://a@x:p%40w@h/d", "postgresql://a@h/d?application_name=a@b", "sqlite:////tmp/a@b/c.db"]
)
def test_other_at_signs_stand_as_they_are(url: str) -> None:
    open_store(url).dispose()


@pytest.mark.parametrize(("option", "near"), [("passwrd", "; near it is password"), ("x", "")])
def test_an_option_that_no_server_knows_is_named_without_its_value(option: str, near: str) -> None:
    url = f"postgresql://ada@127.0.0.1:1/news?sslmode=disable&{option}=hush"
    with pytest.raises(StorageError, match=rf"does not know: {option}{near}") as failure:
        open_store(url)
    assert "hush" not in str(failure.value) + say_value(url)
    assert say_value(url) == f"postgresql://ada@127.0.0.1:1/news?sslmode=disable&{option}=(hidden)"
