"""The tables by which processes keep out of each other's way, note how far they are, and notice that nothing happens."""

import sqlalchemy as sa

from storage.columns import Json, Key, Moment, metadata

vigils = sa.Table(
    "vigils",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True, comment="what is looked after, such as rounds"),
    sa.Column("awake_since", Moment, nullable=False, comment="since when it was looked at without a gap"),
    sa.Column("checked_at", Moment, nullable=False),
    sa.Column("warned_at", Moment, comment="null while all is well"),
)

rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("id", Key, sa.Identity(), primary_key=True),
    sa.Column("started_at", Moment, nullable=False, index=True),
    sa.Column("ended_at", Moment),
    sa.Column("figures", Json, nullable=False),
    sa.Column(
        "complaint", sa.Text, nullable=False, server_default="", comment="why it was no success; empty: it was one"
    ),
    sa.Column("declared", sa.Text, comment="hash of the declarations that it took"),
    sa.Column("place", sa.Text, comment="machine and home in which it ran"),
)

replays = sa.Table(
    "replays",
    metadata,
    sa.Column("topic_id", sa.Text, sa.ForeignKey("topics.id"), primary_key=True),
    sa.Column("topic_version", sa.Text, sa.ForeignKey("topic_versions.version"), nullable=False),
    sa.Column("gazetteer_version", sa.Text, nullable=False),
    sa.Column("last_article_id", Key, nullable=False, comment="articles up to this one are tagged anew"),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment, comment="null while it is under way, or after a kill"),
    comment="the latest replay of each topic",
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until_at", Moment, nullable=False),
)

host_starts = sa.Table(
    "host_starts",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column(
        "next_start",
        sa.Double,
        nullable=False,
        comment="when the next fetch may start: seconds since 1970 by the database's clock",
    ),
    sa.Column(
        "under_way",
        Json,
        nullable=False,
        server_default="{}",
        comment="until when each fetch under way holds its place, by the name of its lease",
    ),
)

rests = sa.Table(
    "rests",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True, comment="a host, or the name of a feed or a family"),
    sa.Column("until", sa.Double, nullable=False, comment="seconds since 1970 by the database's clock"),
    sa.Column("failure", sa.Text, nullable=False, comment="how the server said so"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Index(None, "until"),
    comment="what is left alone after a 429 or 503",
)

robots = sa.Table(
    "robots",
    metadata,
    sa.Column("address", sa.Text, primary_key=True, comment="of the robots.txt"),
    sa.Column(
        "until",
        sa.Double,
        nullable=False,
        comment="how long it is believed: seconds since 1970 by the database's clock",
    ),
    sa.Column("text", sa.Text, comment="null where there is none"),
    sa.Column("failure", sa.Text, comment="how reading it failed; null where it did not"),
    sa.Column("reason", sa.Text),
    sa.Column("status", sa.Integer),
    sa.Index(None, "until"),
)
