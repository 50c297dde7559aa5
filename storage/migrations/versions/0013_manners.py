"""What all rounds and processes know of a site: its robots.txt."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BY_DATABASE = "seconds since 1970 by the database's clock"


def upgrade() -> None:
    op.create_table(
        "robots",
        sa.Column("address", sa.Text(), nullable=False, comment="of the robots.txt"),
        sa.Column("until", sa.Double(), nullable=False, comment=f"how long it is believed: {_BY_DATABASE}"),
        sa.Column("text", sa.Text(), comment="null where there is none"),
        sa.Column("failure", sa.Text(), comment="how reading it failed; null where it did not"),
        sa.Column("reason", sa.Text()),
        sa.Column("status", sa.Integer()),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_robots")),
    )
    op.create_index(op.f("ix_robots_until"), "robots", ["until"])


def downgrade() -> None:
    op.drop_table("robots")
