"""First schema."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, Key, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_starts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column(
            "next_start",
            sa.Double(),
            nullable=False,
            comment="when the next fetch may start: seconds since 1970 by the database's clock",
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_starts")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "outlets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("press_system", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlets")),
    )
    op.create_table(
        "rounds",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("figures", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rounds_started_at"), ["started_at"], unique=False)

    op.create_table(
        "stories",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("merged_into", Key, nullable=True),
        sa.Column("merged_at", Moment(), nullable=True),
        sa.Column("follows", Key, nullable=True),
        sa.ForeignKeyConstraint(["follows"], ["stories.id"], name=op.f("fk_stories_follows")),
        sa.ForeignKeyConstraint(["merged_into"], ["stories.id"], name=op.f("fk_stories_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stories_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_stories_follows"), ["follows"], unique=False)
        batch_op.create_index(batch_op.f("ix_stories_merged_into"), ["merged_into"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("since_at", Moment(), nullable=False, comment="nothing published before is told"),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_due_at", Moment(), nullable=True, comment="the scheduled moment that was last briefed"),
        sa.Column("is_declared", sa.Boolean(), nullable=False),
        sa.Column(
            "stopped_at", Moment(), nullable=True, comment="an unsubscription is state and overrides the declaration"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "topics",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, comment="the version that tags new articles"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
    )
    op.create_table(
        "articles",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False, comment="canonical"),
        sa.Column("outlet_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("published_from", sa.Text(), nullable=False),
        sa.Column("is_date_only", sa.Boolean(), nullable=False, comment="a day was given, without a time of day"),
        sa.Column("first_seen_at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column(
            "is_backlog",
            sa.Boolean(),
            nullable=False,
            comment="older than a day when its feed was first polled: not told",
        ),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("authors", Json, nullable=False),
        sa.Column("revision_count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("revised_at", Moment(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column(
            "next_read_at", Moment(), nullable=True, comment="when to look for a changed text; null when it is old"
        ),
        sa.Column("story_id", Key, nullable=True),
        sa.Column(
            "origin_id",
            Key,
            nullable=True,
            comment="the article whose text this one copies; itself where it is its own",
        ),
        sa.Column("grouped_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_articles_outlet_id")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_articles_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("url", name=op.f("uq_articles_url")),
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_articles_first_seen_at"), ["first_seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_next_read_at"), ["next_read_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_outlet_id"), ["outlet_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_published_at"), ["published_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_story_id"), ["story_id"], unique=False)

    op.create_table(
        "digests",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("composed_at", Moment(), nullable=False),
        sa.Column("is_alert", sa.Boolean(), nullable=False, comment="told at once, not on the schedule"),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="the digest as composed, JSON; every channel renders this"
        ),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_digests_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("subscription_id", "number", name=op.f("uq_digests_subscription_id_number")),
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("outlet_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("declared_url", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False, comment="where it is polled now: an adopted redirect is state"),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("link_selector", sa.Text(), nullable=True),
        sa.Column("date_selector", sa.Text(), nullable=True),
        sa.Column("is_declared", sa.Boolean(), nullable=False, comment="false once it left the declarations"),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("next_check_at", Moment(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("failures", sa.Float(), server_default="0", nullable=False, comment="weighted, 0 after a good poll"),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gone_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_feeds_outlet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
    )
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feeds_is_declared_next_check_at"), ["is_declared", "next_check_at"], unique=False
        )

    op.create_table(
        "told",
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("story_id", Key, nullable=False),
        sa.Column("digest_number", sa.Integer(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_told_story_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_told_subscription_id")),
        sa.PrimaryKeyConstraint("subscription_id", "story_id", "digest_number", name=op.f("pk_told")),
    )
    with op.batch_alter_table("told", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_told_story_id"), ["story_id"], unique=False)

    op.create_table(
        "topic_versions",
        sa.Column("version", sa.Text(), nullable=False, comment="hash of the topic's content"),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("declared_at", Moment(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_topic_versions_topic_id")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_topic_versions")),
    )
    op.create_table(
        "article_urls",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("article_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_article_urls_article_id")),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_article_urls")),
    )
    with op.batch_alter_table("article_urls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_urls_article_id"), ["article_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("digest_id", Key, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="pending, sent or failed"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state in ('pending', 'sent', 'failed')", name=op.f("ck_deliveries_state")),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name=op.f("fk_deliveries_digest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("digest_id", "channel", name=op.f("uq_deliveries_digest_id_channel")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deliveries_state_next_attempt_at"), ["state", "next_attempt_at"], unique=False
        )

    op.create_table(
        "entries",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True, comment="the link's canonical form"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "text",
            sa.Text(),
            nullable=False,
            comment="the longer of content and summary; emptied once the page is read",
        ),
        sa.Column("authors", Json, nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("first_seen_at", Moment(), nullable=False),
        sa.Column(
            "is_first_poll", sa.Boolean(), nullable=False, comment="it stood in the feed when that was first polled"
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="unread, stored or refused"),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=False),
        sa.Column("article_id", Key, nullable=True),
        sa.CheckConstraint("state in ('unread', 'stored', 'refused')", name=op.f("ck_entries_state")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_entries_article_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_entries_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("feed_id", "key", name=op.f("uq_entries_feed_id_key")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_article_id"), ["article_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_entries_state_next_attempt_at"), ["state", "next_attempt_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_entries_url"), ["url"], unique=False)

    op.create_table(
        "marks",
        sa.Column("article_id", Key, nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column(
            "is_right",
            sa.Boolean(),
            nullable=False,
            comment="whether a person says that the article is about the topic",
        ),
        sa.Column(
            "topic_version", sa.Text(), nullable=True, comment="that had tagged the article; null where none had"
        ),
        sa.Column("marked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_marks_article_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_marks_topic_id")),
        sa.PrimaryKeyConstraint("article_id", "topic_id", name=op.f("pk_marks")),
    )
    with op.batch_alter_table("marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marks_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "refreshes",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("new_entries", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_refreshes_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refreshes")),
    )
    with op.batch_alter_table("refreshes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refreshes_feed_id_started_at"), ["feed_id", "started_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_refreshes_started_at"), ["started_at"], unique=False)

    op.create_table(
        "replays",
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("topic_version", sa.Text(), nullable=False),
        sa.Column("gazetteer_version", sa.Text(), nullable=False),
        sa.Column("last_article_id", Key, nullable=False, comment="articles up to this one are tagged anew"),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True, comment="null while it is under way, or after a kill"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_replays_topic_id")),
        sa.ForeignKeyConstraint(["topic_version"], ["topic_versions.version"], name=op.f("fk_replays_topic_version")),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_replays")),
        comment="the latest replay of each topic",
    )
    op.create_table(
        "report_keys",
        sa.Column("key", sa.Text(), nullable=False, comment="what a later report of the same event may share"),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("article_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_report_keys_article_id")),
        sa.PrimaryKeyConstraint("key", "published_at", "article_id", name=op.f("pk_report_keys")),
        comment="of the days in which a story can still grow; older ones are forgotten",
    )
    with op.batch_alter_table("report_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_keys_article_id"), ["article_id"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("article_id", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False, comment="of the normalised title and text"),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("notes", Json, nullable=False),
        sa.Column("mentions", Json, nullable=False, comment="gazetteer hits: [entity, where, start, end, quote]"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_revisions_article_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("article_id", "number", name=op.f("uq_revisions_article_id_number")),
    )
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_revisions_kept_text",
            ["id"],
            unique=False,
            postgresql_where=sa.text("text <> ''"),
            sqlite_where=sa.text("text <> ''"),
        )
        batch_op.create_index(batch_op.f("ix_revisions_text_hash"), ["text_hash"], unique=False)

    op.create_table(
        "matches",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("revision_id", Key, nullable=False),
        sa.Column("article_id", Key, nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("topic_version", sa.Text(), nullable=False),
        sa.Column("gazetteer_version", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column(
            "is_current", sa.Boolean(), nullable=False, comment="false once a later revision or version was matched"
        ),
        sa.Column("is_silent", sa.Boolean(), nullable=False, comment="made by a replay or from a backlog: never told"),
        sa.Column("matched_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_matches_article_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_matches_revision_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_matches_topic_id")),
        sa.ForeignKeyConstraint(["topic_version"], ["topic_versions.version"], name=op.f("fk_matches_topic_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
        sa.UniqueConstraint("revision_id", "topic_version", name=op.f("uq_matches_revision_id_topic_version")),
    )
    with op.batch_alter_table("matches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matches_article_id"), ["article_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_matches_topic_id_is_current_matched_at"),
            ["topic_id", "is_current", "matched_at"],
            unique=False,
        )

    op.create_table(
        "sightings",
        sa.Column("article_id", Key, nullable=False),
        sa.Column("entry_id", Key, nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_sightings_article_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_sightings_entry_id")),
        sa.PrimaryKeyConstraint("article_id", "entry_id", name=op.f("pk_sightings")),
    )
    with op.batch_alter_table("sightings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sightings_entry_id"), ["entry_id"], unique=False)
    op.execute(
        """CREATE VIEW tagged_items AS
SELECT a.published_at, o.name AS outlet, a.language, a.title, a.url, m.topic_id AS topic, m.score, m.evidence,
       a.story_id AS story, a.id AS article_id, o.press_system, a.first_seen_at
FROM articles a
JOIN outlets o ON o.id = a.outlet_id
JOIN matches m ON m.article_id = a.id AND m.is_current"""
    )
    # The search index: each engine's own kind of table, so autogenerate cannot know it (see storage/search.py).
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """CREATE TABLE article_words (
                article_id BIGINT CONSTRAINT pk_article_words PRIMARY KEY,
                words TSVECTOR NOT NULL,
                CONSTRAINT fk_article_words_article_id FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE
            )"""
        )
        op.execute("CREATE INDEX ix_article_words_words ON article_words USING gin (words)")
    else:
        # The tokens come folded and separated by spaces, so the plainest tokenizer serves.
        op.execute("CREATE VIRTUAL TABLE article_words USING fts5 (words, content='', tokenize='ascii')")


def downgrade() -> None:
    op.execute("DROP TABLE article_words")
    op.execute("DROP VIEW tagged_items")
    with op.batch_alter_table("sightings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sightings_entry_id"))

    op.drop_table("sightings")
    with op.batch_alter_table("matches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matches_topic_id_is_current_matched_at"))
        batch_op.drop_index(batch_op.f("ix_matches_article_id"))

    op.drop_table("matches")
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revisions_text_hash"))
        batch_op.drop_index(
            "ix_revisions_kept_text", postgresql_where=sa.text("text <> ''"), sqlite_where=sa.text("text <> ''")
        )

    op.drop_table("revisions")
    with op.batch_alter_table("report_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_keys_article_id"))

    op.drop_table("report_keys")
    op.drop_table("replays")
    with op.batch_alter_table("refreshes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refreshes_started_at"))
        batch_op.drop_index(batch_op.f("ix_refreshes_feed_id_started_at"))

    op.drop_table("refreshes")
    with op.batch_alter_table("marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marks_topic_id"))

    op.drop_table("marks")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entries_url"))
        batch_op.drop_index(batch_op.f("ix_entries_state_next_attempt_at"))
        batch_op.drop_index(batch_op.f("ix_entries_article_id"))

    op.drop_table("entries")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_state_next_attempt_at"))

    op.drop_table("deliveries")
    with op.batch_alter_table("article_urls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_urls_article_id"))

    op.drop_table("article_urls")
    op.drop_table("topic_versions")
    with op.batch_alter_table("told", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_told_story_id"))

    op.drop_table("told")
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feeds_is_declared_next_check_at"))

    op.drop_table("feeds")
    op.drop_table("digests")
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_articles_story_id"))
        batch_op.drop_index(batch_op.f("ix_articles_published_at"))
        batch_op.drop_index(batch_op.f("ix_articles_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_articles_next_read_at"))
        batch_op.drop_index(batch_op.f("ix_articles_first_seen_at"))

    op.drop_table("articles")
    op.drop_table("topics")
    op.drop_table("subscriptions")
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stories_merged_into"))
        batch_op.drop_index(batch_op.f("ix_stories_follows"))
        batch_op.drop_index(batch_op.f("ix_stories_changed_at"))

    op.drop_table("stories")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rounds_started_at"))

    op.drop_table("rounds")
    op.drop_table("outlets")
    op.drop_table("leases")
    op.drop_table("host_starts")
