"""How sure the date of an article is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("date_confidence", sa.Float(), comment="how likely the day is right, 0 to 1; null: not kept then")
    op.add_column("articles", column)


def downgrade() -> None:
    op.drop_column("articles", "date_confidence")
