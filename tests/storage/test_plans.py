"""What every round, digest and minute asks is found through indexes, however large the database has grown.

SQLite tells its plan, and PostgreSQL has the same indexes; a table that only grows must not be gone through.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from news.digests import Subscription
from storage.articles import claim_due_rereads, claim_unread_entries, settle_known_entries
from storage.deliveries import claim_deliveries, count_due_deliveries, list_deliveries
from storage.digests import count_alerted, count_volumes, preview_opening
from storage.engine import Store, open_store
from storage.feeds import claim_due_feeds
from storage.health import list_feed_health, list_troubled_deliveries
from storage.metrics import measure_store
from storage.rounds import begin_round, latest_round
from storage.schema import migrate
from storage.setbacks import heed_clock
from storage.stories import (
    companions,
    count_keys,
    find_marked,
    forget_keys,
    ungrouped_reports,
)
from storage.story_files import find_story, list_stories
from storage.topics import count_tagged, list_tagged

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
DAY = timedelta(days=1)
MORNING = Subscription("morning", "Morning", ("taiwan",), ("file",))

GROWING = (
    "entries", "refreshes", "articles", "article_urls", "sightings", "revisions", "matches", "stories", "report_keys",
    "told", "rounds",
)  # fmt: skip
"""Digests and deliveries are left out: there are a few a day."""

ASKED: dict[str, Callable[[Store], object]] = {
    "due feeds": lambda store: claim_due_feeds(store, NOW),
    "known entries": lambda store: settle_known_entries(store, NOW),
    "unread entries": lambda store: claim_unread_entries(store, NOW, limit=9, lease_for=DAY),
    "articles to look at again": lambda store: claim_due_rereads(store, NOW, limit=9, lease_for=DAY),
    "ungrouped reports": lambda store: ungrouped_reports(store, limit=9),
    "neighbours": lambda store: (
        count_keys(store, ["e:a"], since_at=NOW),
        find_marked(store, ["e:a"], since_at=NOW, latest=9),
        companions(store, [1], since_at=NOW),
    ),
    "old keys": lambda store: forget_keys(store, before_at=NOW),
    "health": list_feed_health,
    "a digest's stories": lambda store: preview_opening(store, MORNING, NOW),
    "a digest's volumes": lambda store: count_volumes(store, ["taiwan"], since_at=NOW - DAY),
    "the day's alerts": lambda store: count_alerted(store, "morning", since_at=NOW - DAY),
    "due deliveries": lambda store: (
        count_due_deliveries(store, NOW),
        claim_deliveries(store, NOW, limit=9, lease_for=DAY),
    ),
    "latest deliveries": list_deliveries,
    "troubled deliveries": lambda store: list_troubled_deliveries(store, NOW, since_at=NOW - DAY),
    "a round's beginning": lambda store: (begin_round(store, NOW, interval=DAY), latest_round(store)),
    "a round's tags": lambda store: (list_tagged(store, since_at=NOW - DAY, limit=9), count_tagged(store, NOW - DAY)),
    "the clock": lambda store: heed_clock(store, NOW),
    "measures": lambda store: measure_store(store, NOW),
    "stories": lambda store: (list_stories(store, since_at=NOW - DAY, topic="taiwan"), find_story(store, 1)),
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'dateline.db'}")
    migrate(store)
    yield store
    store.dispose()


@pytest.mark.parametrize("name", ASKED)
def test_no_growing_table_is_gone_through(empty: Store, name: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked.append((statement, parameters))

    def is_found(row: sa.Row[Any], statement: str) -> bool:
        """Whether a step of a plan goes by an index; the latest rows by number are, and what an index covers is quick."""
        return not scan.match(row[3]) or re.search(r"\.id DESC\s+LIMIT", statement) is not None

    sa.event.listen(empty, "before_cursor_execute", note)
    ASKED[name](empty)
    sa.event.remove(empty, "before_cursor_execute", note)
    scan = re.compile(rf"SCAN (?:{'|'.join(GROWING)})(?!\S)(?! USING COVERING INDEX)")
    assert asked
    with empty.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert [row[3] for row in plan if not is_found(row, statement)] == [], statement
