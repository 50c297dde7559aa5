"""What rests when a server asks an outlet's feeds to wait."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    backoff = sa.Column(
        "backoff", sa.Text(), server_default="host", nullable=False, comment="what rests after a 429 or 503"
    )
    op.add_column("outlets", backoff)


def downgrade() -> None:
    op.drop_column("outlets", "backoff")
