"""What articles, revisions, entries and deliveries may hold, for all rows: PostgreSQL looks through them, SQLite copies them."""

from alembic import op

revision = "0020c"
down_revision = "0020b"
branch_labels = None
depends_on = None

_QUALITIES = "'feed', 'quick', 'careful'"
_DATE_SOURCES = "'feed', 'json-ld', 'meta', 'url', 'page', 'first-seen'"
_CHECKS = {
    "articles": {
        "published_from": f"published_from IN ({_DATE_SOURCES})",
        "quality": f"quality IN ({_QUALITIES})",
        "date_confidence": "date_confidence BETWEEN 0 AND 1",
        "never_negative": "revision_count >= 0",
    },
    "revisions": {"quality": f"quality IN ({_QUALITIES})"},
    "entries": {"never_negative": "attempts >= 0"},
    "deliveries": {"never_negative": "attempts >= 0"},
}


def upgrade() -> None:
    for table, checks in _CHECKS.items():
        if op.get_bind().dialect.name == "postgresql":
            for name in checks:
                op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
        else:
            _make_anew(table, f"{_read_definition(table).removesuffix(')')}{_write_checks(table)})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        return
    for table in _CHECKS:
        _make_anew(table, _read_definition(table).replace(_write_checks(table), ""))


def _write_checks(table: str) -> str:
    return "".join(f", CONSTRAINT ck_{table}_{name} CHECK ({rule})" for name, rule in _CHECKS[table].items())


def _read_definition(table: str) -> str:
    query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
    return str(op.get_bind().exec_driver_sql(query, (table,)).scalar_one()).rstrip()


def _make_anew(table: str, definition: str) -> None:
    """Make a table of SQLite's once more with another definition, and fill it again.

    Alembic's own way is to rename a copy. Here other tables point to it: their keys are looked at when the step ends, and what is
    missing meanwhile counts as there again only where it is put back under the table's own name.
    """
    run = op.get_bind().exec_driver_sql
    indexes = run(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
    ).scalars()
    statements = (
        "PRAGMA defer_foreign_keys = ON",
        f"CREATE TABLE kept AS SELECT * FROM {table}",  # noqa: S608 (our own words)
        f"DROP TABLE {table}",
        definition,
        f"INSERT INTO {table} SELECT * FROM kept",  # noqa: S608
        "DROP TABLE kept",
    )
    for statement in (*statements, *indexes.all()):
        run(statement)
