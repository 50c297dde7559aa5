"""What all rounds and processes know of a site: its robots.txt, what rests, and how many fetches are under way."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json

revision = "0015"
down_revision = "0014"
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
    op.create_table(
        "rests",
        sa.Column("scope", sa.Text(), nullable=False, comment="a host, or the name of a feed or a family"),
        sa.Column("until", sa.Double(), nullable=False, comment=_BY_DATABASE),
        sa.Column("failure", sa.Text(), nullable=False, comment="how the server said so"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_rests")),
        comment="what is left alone after a 429 or 503",
    )
    op.create_index(op.f("ix_rests_until"), "rests", ["until"])
    held = "until when each fetch under way holds its place, by the name of its lease"
    op.add_column("host_starts", sa.Column("under_way", Json, server_default="{}", nullable=False, comment=held))


def downgrade() -> None:
    op.drop_column("host_starts", "under_way")
    op.drop_table("rests")
    op.drop_table("robots")
