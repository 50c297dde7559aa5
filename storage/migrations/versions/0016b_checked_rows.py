"""Rows from before that hold what they may not are brought to what they may: nothing is lost, and nothing stops the next step."""

from alembic import op

revision = "0016b"
down_revision = "0016"
branch_labels = None
depends_on = None

_OUTCOMES = "'updated', 'unchanged', 'not-modified', 'failed'"
_FAILURES = (
    "'dns', 'connect', 'tls', 'timeout', 'too-large', 'bad-response', 'redirects', 'refused-address', 'robots', 'status', "
    "'gone', 'rate-limited', 'blocked', 'not-a-feed', 'paced', 'no-network', 'defect'"
)
_COUNTS = ("entries", "new_entries", "size", "seconds")


def upgrade() -> None:
    """All of a row at once: a half-mended one would be refused. A failure of no known kind keeps its reason, in words."""
    counts = ", ".join(f"{name} = CASE WHEN {name} < 0 THEN 0 ELSE {name} END" for name in _COUNTS)
    is_wrong = " OR ".join(f"{name} < 0" for name in _COUNTS)
    op.execute(
        f"UPDATE refreshes SET {counts}, "  # noqa: S608 (our own words)
        f"outcome = CASE WHEN outcome IN ({_OUTCOMES}) THEN outcome ELSE 'failed' END, "
        f"failure = CASE WHEN failure IN ({_FAILURES}) THEN failure END "
        f"WHERE outcome NOT IN ({_OUTCOMES}) OR failure NOT IN ({_FAILURES}) OR {is_wrong}"
    )
    op.execute("UPDATE matches SET score = CASE WHEN score < 0 THEN 0 ELSE 1 END WHERE score NOT BETWEEN 0 AND 1")


def downgrade() -> None:
    """What was mended stays."""
