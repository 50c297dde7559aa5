"""When a feed's permanent redirect was adopted."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "feeds", sa.Column("moved_at", Moment, nullable=True, comment="when the last permanent redirect was adopted")
    )


def downgrade() -> None:
    op.drop_column("feeds", "moved_at")
