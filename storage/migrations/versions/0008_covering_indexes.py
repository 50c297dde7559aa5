"""What composing a digest looks through, from the indexes alone: PostgreSQL fetches every row it looks at otherwise."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_index("ix_articles_story_of", "articles", ["id", "story_id", "published_at"])
    op.create_index("ix_stories_changes_of", "stories", ["id", "changes"])
    to_tell = ["topic_id", "is_current", "is_silent", "article_id", "score"]
    op.create_index("ix_matches_to_tell", "matches", to_tell)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index("ix_matches_to_tell", "matches")
    op.drop_index("ix_stories_changes_of", "stories")
    op.drop_index("ix_articles_story_of", "articles")
