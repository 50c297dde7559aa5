"""Stories that turn out to be one, and one that turns out to be two: what was told of them goes with their reports."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from news.stories import Split, ToldState
from storage.changes import note_changes
from storage.engine import insert_new, upsert
from storage.surges import move_surges
from storage.tables import articles, stories, story_splits, subscriptions, told

_TOLD = TypeAdapter(ToldState)


def follow_merges(connection: sa.Connection, story_id: int) -> int:
    """Return the story that one was merged into in the end, or itself."""
    while into := connection.scalar(sa.select(stories.c.merged_into).where(stories.c.id == story_id)):
        story_id = into
    return story_id


def merge_stories(connection: sa.Connection, story_id: int, into: int, why: str, now: datetime) -> None:
    """Move a story's articles into another, with what was told of it, so that nothing is told twice.

    Subscriptions are locked as `open_digest` locks them: one that is told of the story just now is waited for.
    """
    _lock_subscriptions(connection)
    connection.execute(articles.update().where(articles.c.story_id == story_id).values(story_id=into))
    connection.execute(stories.update().where(stories.c.follows == story_id).values(follows=into))
    merged = stories.update().where(stories.c.id == story_id)
    connection.execute(merged.values(merged_into=into, merged_at=now, merged_why=why, changed_at=now))
    connection.execute(stories.update().where(stories.c.id == into, stories.c.follows == into).values(follows=None))
    _move_told(connection, story_id, into)
    move_surges(connection, story_id, into)


def _move_told(connection: sa.Connection, story_id: int, into: int) -> None:
    """Add what was told of one story to what was told of another, by subscription, under the later digest's number."""
    query = told.select().where(told.c.story_id.in_([story_id, into])).order_by(told.c.digest_number)
    latest: dict[str, dict[int, Any]] = {}
    for row in connection.execute(query):
        latest.setdefault(row.subscription_id, {})[row.story_id] = row
    rows = [_join_told(states, into) for states in latest.values() if story_id in states]
    upsert(connection, told, rows)


def _join_told(states: Mapping[int, Any], into: int) -> dict[str, Any]:
    last = max(states.values(), key=lambda row: int(row.digest_number))
    parts = [_TOLD.validate_python(row.state) for row in states.values()]
    state = replace(
        _TOLD.validate_python(last.state),
        reports=sum(part.reports for part in parts),
        origins=sum(part.origins for part in parts),
        press_systems=tuple(sorted({system for part in parts for system in part.press_systems})),
        entities=tuple(sorted({entity for part in parts for entity in part.entities})),
    )
    return {
        "subscription_id": last.subscription_id,
        "story_id": into,
        "digest_number": last.digest_number,
        "told_at": last.told_at,
        "changes": 0,  # the merger is a change that nobody was told of
        "state": _TOLD.dump_python(state, mode="json"),
    }


def split_story(connection: sa.Connection, split: Split, out_of: int, now: datetime) -> int:
    """Open a story with reports of another, and return its id.

    What was told of the other counts as told of both, so that no report is told twice. The new one has changed since
    then, which brings it back once in its own right: its headline may never have been shown.
    """
    _lock_subscriptions(connection)
    row = {"opened_at": now, "changed_at": now, "changes": 1}
    story_id: int = connection.execute(stories.insert().returning(stories.c.id), row).scalar_one()
    record = {"story_id": story_id, "out_of": out_of, "split_at": now, "why": split.why}
    connection.execute(story_splits.insert(), record)
    taken = articles.update().where(articles.c.id.in_(map(int, split.reports)), articles.c.story_id == out_of)
    connection.execute(taken.values(story_id=story_id, grouped_why=split.why))
    note_changes(connection, [out_of], now)
    _copy_told(connection, out_of, story_id)
    return story_id


def _copy_told(connection: sa.Connection, story_id: int, into: int) -> None:
    """Note the latest of what was told of one story as told of another, before all of the other's changes."""
    query = told.select().where(told.c.story_id == story_id).order_by(told.c.digest_number)
    latest = {row.subscription_id: row for row in connection.execute(query)}
    copied = {"story_id": into, "changes": 0}
    insert_new(connection, told, [{**row._mapping, **copied} for row in latest.values()])  # noqa: SLF001 (its name)


def _lock_subscriptions(connection: sa.Connection) -> None:
    connection.execute(sa.select(subscriptions.c.id).order_by(subscriptions.c.id).with_for_update())
