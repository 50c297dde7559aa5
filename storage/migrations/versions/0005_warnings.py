"""Why a round was no success, and what the check of rounds remembers between its looks."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0005"
down_revision = "0004b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    complaint = sa.Column(
        "complaint", sa.Text(), server_default="", nullable=False, comment="why it was no success; empty: it was one"
    )
    op.add_column("rounds", complaint)
    op.create_table(
        "vigils",
        sa.Column("subject", sa.Text(), nullable=False, comment="what is looked after, such as rounds"),
        sa.Column("awake_since", Moment(), nullable=False, comment="since when it was looked at without a gap"),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.Column("warned_at", Moment(), nullable=True, comment="null while all is well"),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_vigils")),
    )


def downgrade() -> None:
    op.drop_table("vigils")
    op.drop_column("rounds", "complaint")
