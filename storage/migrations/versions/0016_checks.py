"""What polls and matches may hold, for new rows. PostgreSQL need not look at the old ones for that; SQLite has its turn later."""

from alembic import op

revision = "0016"
down_revision = "0015"
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
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, checks in _CHECKS.items():
        for name, rule in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule, postgresql_not_valid=True)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, checks in _CHECKS.items():
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
