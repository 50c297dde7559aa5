"""Pages of matched articles as they were fetched."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pages",
        sa.Column("revision_id", Key, nullable=False),
        sa.Column("fetched_at", Moment, nullable=False),
        sa.Column("url", sa.Text(), nullable=False, comment="where it was found, after redirects"),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("packing", sa.Text(), nullable=False, comment="the Content-Encoding that the body has"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_pages_revision_id")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_pages")),
    )
    op.create_index(op.f("ix_pages_fetched_at"), "pages", ["fetched_at"])


def downgrade() -> None:
    op.drop_table("pages")
