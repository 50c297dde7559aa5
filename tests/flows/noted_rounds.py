"""Rounds that tests note at moments of their choice, and a bureau where it is such a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flows.settings import Settings
from flows.steps.guarding import guard_rounds
from flows.wiring import Bureau
from storage.engine import Store
from storage.rounds import begin_round, end_round

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVERY = 5 * MINUTE


def at(bureau: Bureau, moment: datetime, **settings: object) -> Bureau:
    return replace(bureau, now=lambda: moment, settings=Settings.model_validate(dict(bureau.settings) | settings))


def note_round(store: Store, began_at: datetime, complaint: str = "") -> None:
    begun = begin_round(store, began_at)
    assert begun
    end_round(store, begun, began_at + MINUTE, {}, complaint)


def look_on(store: Store, begin: datetime, end: datetime, complaint: str | None) -> list[datetime]:
    """Look after every round that ends so (None: there is none); return when there was a message."""
    told = []
    moment = begin
    while moment < end:
        if complaint is not None:
            note_round(store, moment, complaint)
        moment += EVERY
        if guard_rounds(store, lambda: ["file", "slack"], moment, zone="UTC", interval=EVERY):
            told.append(moment)
    return told
