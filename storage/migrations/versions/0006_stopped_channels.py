"""A channel of a subscription can be stopped, and so can a delivery that waits."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stopped_channels",
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("stopped_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_stopped_channels_subscription_id")
        ),
        sa.PrimaryKeyConstraint("subscription_id", "channel", name=op.f("pk_stopped_channels")),
        comment="what one reader of several has stopped; it overrides the declaration",
    )
    _allow("pending, sent or failed", "pending, sent, failed or stopped", "'pending', 'sent', 'failed', 'stopped'")


def downgrade() -> None:
    op.execute("UPDATE deliveries SET state = 'failed', reason = 'stopped' WHERE state = 'stopped'")
    _allow("pending, sent, failed or stopped", "pending, sent or failed", "'pending', 'sent', 'failed'")
    op.drop_table("stopped_channels")


def _allow(before: str, comment: str, states: str) -> None:
    """Change which states a delivery may have."""
    with op.batch_alter_table("deliveries") as batch:
        batch.drop_constraint(op.f("ck_deliveries_state"), type_="check")
        batch.create_check_constraint(op.f("ck_deliveries_state"), f"state in ({states})")
        batch.alter_column(
            "state", existing_type=sa.Text(), existing_nullable=False, existing_comment=before, comment=comment
        )
