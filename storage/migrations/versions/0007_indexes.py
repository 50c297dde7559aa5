"""Indexes to what every round asks for: the latest entries of a feed, and the keys that are old enough to forget."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_entries_feed_id_first_seen_at"), "entries", ["feed_id", "first_seen_at"])
    op.create_index(op.f("ix_report_keys_published_at"), "report_keys", ["published_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_report_keys_published_at"), "report_keys")
    op.drop_index(op.f("ix_entries_feed_id_first_seen_at"), "entries")
