"""Noting surges: which topics stand well above their own baseline, and which stories are behind that."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from news.stories import SurgeWatch
from storage.engine import Store
from storage.surges import (
    begin_surge,
    count_topic_stories,
    end_surge,
    list_surge_watches,
    list_topic_sources,
    list_topic_stories,
)
from stories.surges import LEAST_STORIES, LOOKS_BACK, WIDTH, Look, look_for_surge


def note_surges(store: Store, zone: ZoneInfo, now: datetime) -> dict[str, str]:
    """Note surges that begin or end; return those that begin, in words, by topic.

    A quiet topic costs one count: its history is read only where something may have changed.
    """
    recent = count_topic_stories(store, since_at=now - WIDTH, until_at=now)
    begun: dict[str, str] = {}
    for watch in list_surge_watches(store):
        if not watch.is_surging and recent.get(watch.topic, 0) < LEAST_STORIES:
            continue
        look = _look(store, watch, zone, now)
        if look.begins and begin_surge(store, watch.topic, look.why, look.stories, now):
            begun[watch.topic] = look.why
        elif look.ends:
            end_surge(store, watch.topic, now)
    return begun


def look_at_topics(
    store: Store, zone: ZoneInfo, now: datetime, topics: Sequence[str]
) -> Iterator[tuple[SurgeWatch, Look]]:
    """Look at each of the topics thoroughly, and note nothing."""
    for watch in list_surge_watches(store):
        if watch.topic in topics:
            yield watch, _look(store, watch, zone, now, asks_sources=True)


def _look(store: Store, watch: SurgeWatch, zone: ZoneInfo, now: datetime, *, asks_sources: bool = False) -> Look:
    """Look at one topic. How its sources answered is read only where it may change what happens, unless asked for."""
    since_at = max(watch.since_at, now - LOOKS_BACK - WIDTH)
    told = list_topic_stories(store, watch.topic, since_at=since_at)
    look = look_for_surge(watch, told, now, zone)
    if asks_sources or look.begins or look.ends:
        sources = list_topic_sources(store, watch.topic, since_at=since_at)
        look = look_for_surge(watch, told, now, zone, sources)
    return look
