"""Splits of stories, and why stories were merged."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stories", sa.Column("merged_why", sa.Text(), nullable=True))
    op.create_table(
        "story_splits",
        sa.Column("story_id", Key, nullable=False),
        sa.Column("out_of", Key, nullable=False),
        sa.Column("split_at", Moment(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["out_of"], ["stories.id"], name=op.f("fk_story_splits_out_of")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_splits_story_id")),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_splits")),
        comment="stories that were opened with reports of another, which turned out to tell two events",
    )
    op.create_index(op.f("ix_story_splits_out_of"), "story_splits", ["out_of"])


def downgrade() -> None:
    op.drop_table("story_splits")
    op.drop_column("stories", "merged_why")
