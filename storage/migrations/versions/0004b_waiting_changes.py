"""What waits to be told counts as changed; by itself, since it looks through all stories."""

import sqlalchemy as sa
from alembic import op

revision = "0004b"
down_revision = "0004"
branch_labels = None
depends_on = None

# What changed since it was told last, by the clocks as they stood, has one change more than was told. What has been counted
# already stays as it is.
_WAITING = sa.text(
    "UPDATE stories SET changes = 1 WHERE changes = 0 AND EXISTS (SELECT 1 FROM told WHERE told.story_id = stories.id "
    "GROUP BY told.subscription_id HAVING max(told.told_at) < stories.changed_at)"
)


def upgrade() -> None:
    op.execute(_WAITING)


def downgrade() -> None:
    """Leave the counts: the column goes with the step before."""
