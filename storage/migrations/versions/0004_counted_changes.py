"""Changes of a story are counted: which of them were told is no question of clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, comment in (("stories", "how often it has changed"), ("told", "those of the story that were told")):
        op.add_column(table, sa.Column("changes", sa.Integer(), server_default="0", nullable=False, comment=comment))


def downgrade() -> None:
    for table in ("told", "stories"):
        op.drop_column(table, "changes")
