"""How often an article's page was asked for in vain."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "vain looks since it was last had"
    op.add_column("articles", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0", comment=comment))


def downgrade() -> None:
    op.drop_column("articles", "attempts")
