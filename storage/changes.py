"""How a story comes before those who were told of it again: its changes are counted."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from storage.tables import stories


def note_changes(connection: sa.Connection, story_ids: Sequence[int], now: datetime) -> None:
    """Note that stories are not as they were: subscriptions that were told of them look at them again.

    Counted, since a time cannot say what was there when a digest was composed: clocks differ and are set back, and a
    change becomes visible only after the time that it bears.
    """
    change = stories.update().where(stories.c.id.in_(story_ids))
    connection.execute(change.values(changed_at=now, changes=stories.c.changes + 1))
