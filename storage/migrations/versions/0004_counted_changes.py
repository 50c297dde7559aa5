"""Changes of a story are counted: which of them were told is no question of clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What changed since it was told last, by the clocks as they stood, has one change more than was told.
_WAITING = sa.text(
    "UPDATE stories SET changes = 1 WHERE EXISTS (SELECT 1 FROM told WHERE told.story_id = stories.id "
    "GROUP BY told.subscription_id HAVING max(told.told_at) < stories.changed_at)"
)


def upgrade() -> None:
    for table, comment in (("stories", "how often it has changed"), ("told", "those of the story that were told")):
        op.add_column(table, sa.Column("changes", sa.Integer(), server_default="0", nullable=False, comment=comment))
    op.execute(_WAITING)


def downgrade() -> None:
    for table in ("told", "stories"):
        op.drop_column(table, "changes")
