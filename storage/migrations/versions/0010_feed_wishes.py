"""How long a feed's publisher asks to wait, which an unchanged answer does not say again; and what is claimed, by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    wish = sa.Column("wish_seconds", sa.Float(), comment="how long its publisher asks to wait between two looks")
    op.add_column("feeds", wish)
    is_claimed = sa.text("claimed_until IS NOT NULL")
    op.create_index(
        "ix_feeds_claimed", "feeds", ["claimed_until"], postgresql_where=is_claimed, sqlite_where=is_claimed
    )


def downgrade() -> None:
    op.drop_index("ix_feeds_claimed", "feeds")
    op.drop_column("feeds", "wish_seconds")
