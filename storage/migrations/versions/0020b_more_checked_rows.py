"""Rows from before that hold what they may not are brought to what they may, as in 0016b: to what claims least."""

from alembic import op

revision = "0020b"
down_revision = "0020"
branch_labels = None
depends_on = None

_QUALITIES = "'feed', 'quick', 'careful'"
_DATE_SOURCES = "'feed', 'json-ld', 'meta', 'url', 'page', 'first-seen'"


def upgrade() -> None:
    """All of a row at once: a half-mended one would be refused."""
    op.execute(
        f"UPDATE articles SET quality = CASE WHEN quality IN ({_QUALITIES}) THEN quality ELSE 'feed' END, "  # noqa: S608 (our own words)
        f"published_from = CASE WHEN published_from IN ({_DATE_SOURCES}) THEN published_from ELSE 'first-seen' END, "
        "date_confidence = CASE WHEN date_confidence BETWEEN 0 AND 1 THEN date_confidence END, "
        "revision_count = CASE WHEN revision_count >= 0 THEN revision_count "
        "ELSE (SELECT count(*) FROM revisions WHERE revisions.article_id = articles.id) END "
        f"WHERE quality NOT IN ({_QUALITIES}) OR published_from NOT IN ({_DATE_SOURCES}) "
        "OR date_confidence NOT BETWEEN 0 AND 1 OR revision_count < 0"
    )
    op.execute(f"UPDATE revisions SET quality = 'feed' WHERE quality NOT IN ({_QUALITIES})")  # noqa: S608 (our own words)
    for table in ("entries", "deliveries"):
        op.execute(f"UPDATE {table} SET attempts = 0 WHERE attempts < 0")  # noqa: S608 (our own words)


def downgrade() -> None:
    """What was mended stays."""
