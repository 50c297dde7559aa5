"""What is new about a story that was told before, and what the ledger must remember to say so next time."""

from datetime import datetime

from digests.wording import join_words
from news.sources import PressSystem
from news.stories import Story, StoryReport, ToldState
from news.topics import Hit, Where


def what_changed(story: Story) -> tuple[str, ...]:
    """Say what is new since the story was told, each in a few words; empty where nothing is worth a line.

    A new press system, a new actor in a headline, a correction, a removal, a surge or a split brings a story back. A further
    report from a press system that carries it already does not. A removal is said of an untold story too: who withdrew
    a report is news to this reader.
    """
    told = story.told
    if told is None:
        return tuple(_say_removals(story.reports, None))
    changes = _say_systems(story, told) + _say_actors(story, told) + _say_corrections(story.reports, told)
    changes += _say_removals(story.reports, told.told_at)
    if story.split_at and story.split_at > told.told_at:
        changes.append("told before as part of another story")
    if story.surge and story.surge != told.surge:
        changes.append(f"coverage surges ({story.surge})")
    return tuple(changes)


def remember(story: Story, number: int, now: datetime) -> ToldState:
    """Give the state of a story as digest `number` leaves it."""
    return ToldState(
        digest_number=number,
        told_at=now,
        reports=len(story.reports),
        origins=len({report.origin for report in story.reports}),
        press_systems=tuple(sorted({report.outlet.press_system.value for report in story.reports})),
        entities=tuple(sorted({hit.entity for report in story.reports for hit in _hits(report)})),
        surge=story.surge,
    )


def _hits(report: StoryReport) -> list[Hit]:
    return [hit for match in report.matches for hit in match.evidence.hits]


def _say_systems(story: Story, told: ToldState) -> list[str]:
    systems = {report.outlet.press_system for report in story.reports}
    new = [system.label for system in PressSystem if system in systems and system.value not in told.press_systems]
    return [f"now also reported by {join_words(new)}"] if new else []


def _say_actors(story: Story, told: ToldState) -> list[str]:
    in_titles = [hit for report in story.reports for hit in _hits(report) if hit.where is Where.TITLE]
    new = dict.fromkeys(hit.label for hit in in_titles if hit.entity not in told.entities)
    return [f"new in the headlines: {join_words(list(new)[:3])}"] if new else []


def _say_corrections(reports: tuple[StoryReport, ...], told: ToldState) -> list[str]:
    revised = [report for report in reports if report.revised_at and report.revised_at > told.told_at]
    return [f"text changed by {_join_outlets(revised)}"] if revised else []


def _say_removals(reports: tuple[StoryReport, ...], told_at: datetime | None) -> list[str]:
    removed = [report for report in reports if report.removed_at and (told_at is None or report.removed_at > told_at)]
    return [f"withdrawn by {_join_outlets(removed)}"] if removed else []


def _join_outlets(reports: list[StoryReport]) -> str:
    return join_words(dict.fromkeys(report.outlet.name for report in reports))
