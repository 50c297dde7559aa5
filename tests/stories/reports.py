"""Reports of our own writing, small enough to read in a test."""

from datetime import UTC, datetime, timedelta

from news.stories import Report
from news.topics import Mention, Where

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def make_report(
    id_: str,
    title: str,
    *entities: str,
    text: str = "",
    language: str = "en",
    outlet: str = "",
    hours: float = 0,
) -> Report:
    """A report whose title names the given entities, in this order."""
    mentions = tuple(Mention(entity, Where.TITLE, place, place + 1, title[:1]) for place, entity in enumerate(entities))
    return Report(id_, title, text, language, outlet or f"outlet-{id_}", NOON + timedelta(hours=hours), "", mentions)
