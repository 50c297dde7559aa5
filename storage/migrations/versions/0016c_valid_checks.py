"""What polls and matches may hold, for all rows: PostgreSQL looks through them while they are used, SQLite copies them."""

import sqlalchemy as sa
from alembic import op

revision = "0016c"
down_revision = "0016b"
branch_labels = None
depends_on = None

_FAILURES = (
    "'dns', 'connect', 'tls', 'timeout', 'too-large', 'bad-response', 'redirects', 'refused-address', 'robots', 'status', "
    "'gone', 'rate-limited', 'blocked', 'not-a-feed', 'paced', 'no-network', 'defect'"
)
_CHECKS = {
    "refreshes": {
        "outcome": "outcome IN ('updated', 'unchanged', 'not-modified', 'failed')",
        "failure": f"failure IN ({_FAILURES})",
        "never_negative": "entries >= 0 AND new_entries >= 0 AND size >= 0 AND seconds >= 0",
    },
    "matches": {"score": "score BETWEEN 0 AND 1"},
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, checks in _CHECKS.items():
            for name in checks:
                op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
        return
    view = _drop_view()
    for table, checks in _CHECKS.items():
        with op.batch_alter_table(table) as batch:
            for name, rule in checks.items():
                batch.create_check_constraint(op.f(f"ck_{table}_{name}"), rule)
    op.execute(view)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        return
    view = _drop_view()
    for table, checks in _CHECKS.items():
        with op.batch_alter_table(table) as batch:
            for name in checks:
                batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    op.execute(view)


def _drop_view() -> sa.TextClause:
    """SQLite copies no table that a view reads; return the statement that makes the view again."""
    statement = op.get_bind().scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'tagged_items'"))
    op.execute("DROP VIEW tagged_items")
    return sa.text(statement)
