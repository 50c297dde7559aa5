"""Alembic's entry: runs migrations on the connection that `storage.schema` hands over, or on `-x url=...`."""

from collections.abc import Callable
from typing import Any, Literal

from alembic import context
from sqlalchemy import Column, Connection
from sqlalchemy.sql.schema import SchemaItem

from storage.columns import Json, Key, Moment
from storage.engine import open_store
from storage.tables import metadata


def run() -> None:
    """Run in one transaction; SQLite alters tables by copying them (batch mode)."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        url = context.get_x_argument(as_dictionary=True).get("url", "sqlite://")
        with open_store(url).connect() as own:
            _migrate(own)
            own.commit()
    else:
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=_name_our_types,
        compare_type=_is_other_type,
        include_name=_is_ours,
        include_object=_is_for(connection.dialect.name),
    )
    with context.begin_transaction():
        context.run_migrations()


def _name_our_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our column types into new migrations by their names."""
    if kind == "type":
        for name, ours in (("Moment()", Moment), ("Json", Json), ("Key", Key)):
            if item is ours or (isinstance(ours, type) and isinstance(item, ours)):
                return name
    return False


def _is_other_type(_context: object, _inspected: object, declared: Column[Any], *_types: object) -> bool | None:
    """Leave our own types out of the comparison on SQLite, which keeps them under other names; None means compare."""
    return False if isinstance(declared.type, Moment) else None


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the search index: written by hand for each engine, and on SQLite with tables of its own behind it."""
    return kind != "table" or not (name or "").startswith("article_words")


def _is_for(engine: str) -> Callable[..., bool]:
    """Leave out of the comparison what is declared for another engine alone."""

    def is_wanted(item: SchemaItem, *_: object) -> bool:
        return bool(item.info.get("engine", engine) == engine)

    return is_wanted


run()
