"""The tables. Times are UTC; hashes are hex; JSON is JSONB on PostgreSQL.

Migrations in `storage/migrations` make these; a test compares the two, so a change here needs a migration.
"""

from typing import Any

import sqlalchemy as sa

from news.articles import DateSource, Quality
from news.errors import FetchFailure
from news.sources import Outcome
from storage.checks import fraction, never_negative, one_of
from storage.columns import POSTGRESQL_ONLY, Json, Key, Moment, metadata
from storage.coordination import host_starts, leases, replays, rests, robots, rounds, vigils

# What is taken over from the modules below, to be had here.
__all__ = ("host_starts", "leases", "metadata", "replays", "rests", "robots", "rounds", "vigils")


def _id() -> sa.Column[Any]:
    return sa.Column("id", Key, sa.Identity(), primary_key=True)


def _to(column: str, *, nullable: bool = False, index: bool = False, name: str | None = None) -> sa.Column[Any]:
    """A foreign key named after the table it points to: `articles.id` gives `article_id`."""
    table, key = column.split(".")
    kind = Key if table in _NUMBERED else sa.Text
    singular = table.removesuffix("ies") + "y" if table.endswith("ies") else table.removesuffix("s")
    return sa.Column(name or f"{singular}_{key}", kind, sa.ForeignKey(column), nullable=nullable, index=index)


_NUMBERED = {"articles", "entries", "revisions", "stories", "digests", "deliveries"}

outlets = sa.Table(
    "outlets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("press_system", sa.Text, nullable=False),
    sa.Column("family", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("backoff", sa.Text, nullable=False, server_default="host", comment="what rests after a 429 or 503"),
)

_IS_CLAIMED = sa.text("claimed_until IS NOT NULL")

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _to("outlets.id"),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("declared_url", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False, comment="where it is polled now: an adopted redirect is state"),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("link_selector", sa.Text),
    sa.Column("date_selector", sa.Text),
    sa.Column("is_declared", sa.Boolean, nullable=False, comment="false once it left the declarations"),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("body_hash", sa.Text),
    sa.Column("checked_at", Moment),
    sa.Column("next_check_at", Moment, nullable=False),
    sa.Column("claimed_until", Moment),
    sa.Column("failures", sa.Float, nullable=False, server_default="0", comment="weighted, 0 after a good poll"),
    sa.Column("moved_to", sa.Text),
    sa.Column("moved_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("moved_at", Moment, comment="when the last permanent redirect was adopted"),
    sa.Column("gone_at", Moment),
    sa.Column("wish_seconds", sa.Float, comment="how long its publisher asks to wait between two looks"),
    sa.Index(None, "is_declared", "next_check_at"),
    sa.Index("ix_feeds_claimed", "claimed_until", postgresql_where=_IS_CLAIMED, sqlite_where=_IS_CLAIMED),
)

refreshes = sa.Table(
    "refreshes",
    metadata,
    _id(),
    _to("feeds.id"),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("status", sa.Integer),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("new_entries", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    one_of("outcome", Outcome),
    one_of("failure", FetchFailure),
    never_negative("entries", "new_entries", "size", "seconds"),
    sa.Index(None, "feed_id", "started_at"),
    sa.Index(None, "started_at"),
)

articles = sa.Table(
    "articles",
    metadata,
    _id(),
    sa.Column("url", sa.Text, nullable=False, unique=True, comment="canonical"),
    _to("outlets.id", index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("published_at", Moment, nullable=False),
    sa.Column("published_from", sa.Text, nullable=False),
    sa.Column("is_date_only", sa.Boolean, nullable=False, comment="a day was given, without a time of day"),
    sa.Column("date_confidence", sa.Float, comment="how likely the day is right, 0 to 1; null: not kept then"),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("read_at", Moment, nullable=False),
    sa.Column("quality", sa.Text, nullable=False),
    sa.Column("partial", sa.Boolean, nullable=False),
    sa.Column(
        "is_backlog", sa.Boolean, nullable=False, comment="older than a day when its feed was first polled: not told"
    ),
    sa.Column("image", sa.Text),
    sa.Column("section", sa.Text),
    sa.Column("authors", Json, nullable=False),
    sa.Column("revision_count", sa.Integer, nullable=False, server_default="1"),
    sa.Column("revised_at", Moment),
    sa.Column("removed_at", Moment),
    sa.Column("next_read_at", Moment, comment="when to look for a changed text; null when it is old"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0", comment="vain looks since it was last had"),
    _to("stories.id", nullable=True, index=True),
    sa.Column("origin_id", Key, comment="the article whose text this one copies; itself where it is its own"),
    sa.Column("grouped_why", sa.Text),
    one_of("published_from", DateSource),
    one_of("quality", Quality),
    fraction("date_confidence"),
    never_negative("revision_count"),
    sa.Index(None, "published_at"),
    sa.Index(None, "first_seen_at"),
    sa.Index(None, "next_read_at"),
    # What composing asks of every matched article, without a look at its row: a year of them is looked through.
    sa.Index("ix_articles_story_of", "id", "story_id", "published_at", info=POSTGRESQL_ONLY),
)

article_urls = sa.Table(
    "article_urls",
    metadata,
    sa.Column("url", sa.Text, primary_key=True),
    _to("articles.id", index=True),
)

entries = sa.Table(
    "entries",
    metadata,
    _id(),
    _to("feeds.id"),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("link", sa.Text),
    sa.Column("url", sa.Text, index=True, comment="the link's canonical form"),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column(
        "text", sa.Text, nullable=False, comment="the longer of content and summary; emptied once the page is read"
    ),
    sa.Column("authors", Json, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("published_at", Moment),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("is_first_poll", sa.Boolean, nullable=False, comment="it stood in the feed when that was first polled"),
    sa.Column("state", sa.Text, nullable=False, comment="unread, stored or refused"),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Moment, nullable=False),
    _to("articles.id", nullable=True, index=True),
    sa.UniqueConstraint("feed_id", "key"),
    sa.Index(None, "feed_id", "first_seen_at"),
    sa.CheckConstraint("state in ('unread', 'stored', 'refused')", name="state"),
    never_negative("attempts"),
    sa.Index(None, "state", "next_attempt_at"),
)

sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("article_id", Key, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("entry_id", Key, sa.ForeignKey("entries.id"), primary_key=True, index=True),
    sa.Column("seen_at", Moment, nullable=False),
)

revisions = sa.Table(
    "revisions",
    metadata,
    _id(),
    _to("articles.id"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("text_hash", sa.Text, nullable=False, comment="of the normalised title and text"),
    sa.Column("quality", sa.Text, nullable=False),
    sa.Column("read_at", Moment, nullable=False),
    sa.Column("notes", Json, nullable=False),
    sa.Column("mentions", Json, nullable=False, comment="gazetteer hits: [entity, where, start, end, quote]"),
    sa.UniqueConstraint("article_id", "number"),
    one_of("quality", Quality),
    sa.Index(None, "text_hash"),
    # What retention walks through: the texts that are still there.
    sa.Index(
        "ix_revisions_kept_text", "id", postgresql_where=sa.text("text <> ''"), sqlite_where=sa.text("text <> ''")
    ),
)

pages = sa.Table(
    "pages",
    metadata,
    sa.Column("revision_id", Key, sa.ForeignKey("revisions.id"), primary_key=True),
    sa.Column("fetched_at", Moment, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False, comment="where it was found, after redirects"),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("packing", sa.Text, nullable=False, comment="the Content-Encoding that the body has"),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False, comment="the version that tags new articles"),
)

topic_versions = sa.Table(
    "topic_versions",
    metadata,
    sa.Column("version", sa.Text, primary_key=True, comment="hash of the topic's content"),
    _to("topics.id"),
    sa.Column("declared_at", Moment, nullable=False),
    sa.Column("content", Json, nullable=False),
)

_CURRENT = sa.text("is_current")

matches = sa.Table(
    "matches",
    metadata,
    _id(),
    _to("revisions.id"),
    _to("articles.id", index=True),
    _to("topics.id"),
    sa.Column("topic_version", sa.Text, sa.ForeignKey("topic_versions.version"), nullable=False),
    sa.Column("gazetteer_version", sa.Text, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("evidence", Json, nullable=False),
    sa.Column("is_current", sa.Boolean, nullable=False, comment="false once a later revision or version was matched"),
    sa.Column("is_silent", sa.Boolean, nullable=False, comment="made by a replay or from a backlog: never told"),
    sa.Column("matched_at", Moment, nullable=False),
    sa.UniqueConstraint("revision_id", "topic_version"),
    fraction("score"),
    sa.Index(
        "uq_matches_current", "article_id", "topic_id", unique=True, postgresql_where=_CURRENT, sqlite_where=_CURRENT
    ),
    sa.Index(None, "topic_id", "is_current", "matched_at"),
    sa.Index("ix_matches_to_tell", "topic_id", "is_current", "is_silent", "article_id", "score", info=POSTGRESQL_ONLY),
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("article_id", Key, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("topic_id", sa.Text, sa.ForeignKey("topics.id"), primary_key=True, index=True),
    sa.Column(
        "is_right", sa.Boolean, nullable=False, comment="whether a person says that the article is about the topic"
    ),
    sa.Column("topic_version", sa.Text, comment="that had tagged the article; null where none had"),
    sa.Column("marked_at", Moment, nullable=False),
)

stories = sa.Table(
    "stories",
    metadata,
    _id(),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changes", sa.Integer, nullable=False, server_default="0", comment="how often it has changed"),
    sa.Column("merged_into", Key, sa.ForeignKey("stories.id"), index=True),
    sa.Column("merged_at", Moment),
    sa.Column("merged_why", sa.Text),
    sa.Column("follows", Key, sa.ForeignKey("stories.id"), index=True),
    sa.Index(None, "changed_at"),
    sa.Index("ix_stories_changes_of", "id", "changes", info=POSTGRESQL_ONLY),
)

story_splits = sa.Table(
    "story_splits",
    metadata,
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), primary_key=True),
    sa.Column("out_of", Key, sa.ForeignKey("stories.id"), nullable=False, index=True),
    sa.Column("split_at", Moment, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    comment="stories that were opened with reports of another, which turned out to tell two events",
)

surges = sa.Table(
    "surges",
    metadata,
    _id(),
    _to("topics.id"),
    sa.Column("began_at", Moment, nullable=False),
    sa.Column("ended_at", Moment, comment="null while it goes on"),
    sa.Column("why", sa.Text, nullable=False, comment="what was counted when it began, in words"),
    # One surge of a topic at a time, whoever looks: also what finds the one that goes on.
    sa.Index(
        "uq_surges_going_on",
        "topic_id",
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    ),
    sa.Index(None, "topic_id", "began_at"),
)

surge_stories = sa.Table(
    "surge_stories",
    metadata,
    sa.Column("surge_id", Key, sa.ForeignKey("surges.id"), primary_key=True),
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), primary_key=True, index=True),
    sa.Column("place", sa.Integer, nullable=False, comment="the most widely told first"),
    comment="the stories behind a surge when it began",
)

report_keys = sa.Table(
    "report_keys",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, comment="what a later report of the same event may share"),
    sa.Column("published_at", Moment, primary_key=True),
    sa.Column("article_id", Key, sa.ForeignKey("articles.id"), primary_key=True, index=True),
    sa.Index(None, "published_at"),
    comment="of the days in which a story can still grow; older ones are forgotten",
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("since_at", Moment, nullable=False, comment="nothing published before is told"),
    sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_due_at", Moment, comment="the scheduled moment that was last briefed"),
    sa.Column("is_declared", sa.Boolean, nullable=False),
    sa.Column("stopped_at", Moment, comment="an unsubscription is state and overrides the declaration"),
)

stopped_channels = sa.Table(
    "stopped_channels",
    metadata,
    sa.Column("subscription_id", sa.Text, sa.ForeignKey("subscriptions.id"), primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("stopped_at", Moment, nullable=False),
    comment="what one reader of several has stopped; it overrides the declaration",
)

digests = sa.Table(
    "digests",
    metadata,
    _id(),
    _to("subscriptions.id"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("composed_at", Moment, nullable=False),
    sa.Column("is_alert", sa.Boolean, nullable=False, comment="told at once, not on the schedule"),
    sa.Column("content", sa.Text, nullable=False, comment="the digest as composed, JSON; every channel renders this"),
    sa.UniqueConstraint("subscription_id", "number"),
)

told = sa.Table(
    "told",
    metadata,
    sa.Column("subscription_id", sa.Text, sa.ForeignKey("subscriptions.id"), primary_key=True),
    sa.Column("story_id", Key, sa.ForeignKey("stories.id"), primary_key=True, index=True),
    sa.Column("digest_number", sa.Integer, primary_key=True),
    sa.Column("told_at", Moment, nullable=False),
    sa.Column("changes", sa.Integer, nullable=False, server_default="0", comment="those of the story that were told"),
    sa.Column("state", Json, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _id(),
    _to("digests.id"),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="pending, sent, failed or stopped"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Moment, nullable=False),
    sa.Column("claimed_until", Moment),
    sa.Column("sent_at", Moment),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("digest_id", "channel"),
    sa.CheckConstraint("state in ('pending', 'sent', 'failed', 'stopped')", name="state"),
    never_negative("attempts"),
    sa.Index(None, "state", "next_attempt_at"),
)
