"""What a round had declared, and where it ran: machines whose declarations differ undo each other's."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rounds", sa.Column("declared", sa.Text(), comment="hash of the declarations that it took"))
    op.add_column("rounds", sa.Column("place", sa.Text(), comment="machine and home in which it ran"))


def downgrade() -> None:
    op.drop_column("rounds", "place")
    op.drop_column("rounds", "declared")
