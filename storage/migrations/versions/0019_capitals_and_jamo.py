"""The index learns capitals that lengthen in lower case (Ⅱ) and single jamo (ㄱ씨), which were not words before."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

from storage.search import index_articles

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

_CHANGED = "[ĲĿǄǅǇǈǊǋǱǲⅡ-ⅣⅥ-ⅨⅪⅫ\u1100-\u11ff\u3131-\u318e\u3200-\u320d\u3260-\u326d\uffa1-\uffdc]"
_BATCH = 500


def upgrade() -> None:
    """SQLite forgets a text only by the words that it was indexed with, so there all begin anew; readers go on meanwhile."""
    if op.get_bind().dialect.name == "postgresql":
        for texts in _read_texts("(r.title ~ :changed OR r.text ~ :changed)", {"changed": _CHANGED}):
            index_articles(op.get_bind(), texts)
        return
    op.execute("INSERT INTO article_words (article_words) VALUES ('delete-all')")
    for texts in _read_texts("true", {}):
        index_articles(op.get_bind(), texts)


def _read_texts(condition: str, values: dict[str, str]) -> Iterator[Sequence[tuple[int, str, str]]]:
    query = sa.text(
        "SELECT a.id, r.title, r.text FROM articles a JOIN revisions r ON r.article_id = a.id AND r.number = a.revision_count "  # noqa: S608 (our own words)
        f"WHERE a.id > :last AND {condition} ORDER BY a.id LIMIT :batch"
    )
    last = 0
    while texts := [tuple(row) for row in op.get_bind().execute(query, {"last": last, "batch": _BATCH, **values})]:
        yield texts
        last = texts[-1][0]


def downgrade() -> None:
    """What is indexed stays."""
