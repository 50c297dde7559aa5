"""The mark of texts too long for PostgreSQL to keep all places of their words (see `storage.tsearch`)."""

import sqlalchemy as sa
from alembic import op

from storage.tsearch import CUT

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As `to_tsvector` tells them, by what is left of their places.
_MARK = f"""
    UPDATE article_words SET words = words || CAST($${CUT}$$ AS tsvector)
    WHERE EXISTS (SELECT FROM unnest(words) WHERE cardinality(positions) >= 255 OR 16383 = ANY(positions))
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text(_MARK))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text(f"UPDATE article_words SET words = ts_delete(words, '#cut') WHERE words @@ CAST($${CUT}$$ AS tsquery)"))
