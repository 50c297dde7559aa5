"""The view that is for everybody else, and stays as it is: one row for each article and topic it is about."""

import sqlalchemy as sa

from storage.columns import Json, Key, Moment

TAGGED_ITEMS = """
SELECT a.published_at, o.name AS outlet, a.language, a.title, a.url, m.topic_id AS topic, m.score, m.evidence,
       a.story_id AS story, a.id AS article_id, o.press_system, a.first_seen_at
FROM articles a
JOIN outlets o ON o.id = a.outlet_id
JOIN matches m ON m.article_id = a.id AND m.is_current
"""
"""What the view selects: the latest revision of each article counts."""

tagged_items = sa.table(
    "tagged_items",
    sa.column("published_at", Moment),
    *(sa.column(name, sa.Text) for name in ("outlet", "language", "title", "url", "topic", "press_system")),
    sa.column("score", sa.Float),
    sa.column("evidence", Json),
    sa.column("story", Key),
    sa.column("article_id", Key),
    sa.column("first_seen_at", Moment),
)
