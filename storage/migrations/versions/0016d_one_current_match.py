"""An article has at most one current match with a topic."""

import sqlalchemy as sa
from alembic import op

revision = "0016d"
down_revision = "0016c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of several the latest stays current, as where they are made; the others are kept as earlier ones."""
    op.execute(
        "UPDATE matches SET is_current = false WHERE is_current AND EXISTS (SELECT 1 FROM matches later WHERE later.is_current "
        "AND later.article_id = matches.article_id AND later.topic_id = matches.topic_id AND later.id > matches.id)"
    )
    current = sa.text("is_current")
    op.create_index(
        "uq_matches_current",
        "matches",
        ["article_id", "topic_id"],
        unique=True,
        postgresql_where=current,
        sqlite_where=current,
    )


def downgrade() -> None:
    op.drop_index("uq_matches_current", "matches")
