"""What articles, revisions, entries and deliveries may hold, for new rows. SQLite has its turn later, as with 0016."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_QUALITIES = "'feed', 'quick', 'careful'"
_DATE_SOURCES = "'feed', 'json-ld', 'meta', 'url', 'page', 'first-seen'"
_CHECKS = {
    "articles": {
        "published_from": f"published_from IN ({_DATE_SOURCES})",
        "quality": f"quality IN ({_QUALITIES})",
        "date_confidence": "date_confidence BETWEEN 0 AND 1",
        "never_negative": "revision_count >= 0",
    },
    "revisions": {"quality": f"quality IN ({_QUALITIES})"},
    "entries": {"never_negative": "attempts >= 0"},
    "deliveries": {"never_negative": "attempts >= 0"},
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, checks in _CHECKS.items():
        for name, rule in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule, postgresql_not_valid=True)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, checks in _CHECKS.items():
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
