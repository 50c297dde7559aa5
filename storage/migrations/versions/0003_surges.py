"""Surges of topics, and the stories behind them."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "surges",
        sa.Column("id", Key, sa.Identity(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True, comment="null while it goes on"),
        sa.Column("why", sa.Text(), nullable=False, comment="what was counted when it began, in words"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_surges_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surges")),
    )
    op.create_index(op.f("ix_surges_topic_id_began_at"), "surges", ["topic_id", "began_at"])
    going_on = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_surges_going_on", "surges", ["topic_id"], unique=True, postgresql_where=going_on, sqlite_where=going_on
    )
    op.create_table(
        "surge_stories",
        sa.Column("surge_id", Key, nullable=False),
        sa.Column("story_id", Key, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="the most widely told first"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_surge_stories_story_id")),
        sa.ForeignKeyConstraint(["surge_id"], ["surges.id"], name=op.f("fk_surge_stories_surge_id")),
        sa.PrimaryKeyConstraint("surge_id", "story_id", name=op.f("pk_surge_stories")),
        comment="the stories behind a surge when it began",
    )
    op.create_index(op.f("ix_surge_stories_story_id"), "surge_stories", ["story_id"])


def downgrade() -> None:
    op.drop_table("surge_stories")
    op.drop_table("surges")
