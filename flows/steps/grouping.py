"""Assigning stored articles to stories: one writer at a time, found again after a kill."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flows.steps.keeping import holding
from news.errors import NewsError
from news.stories import Assignment, GroupedReport, Report
from storage.engine import Store
from storage.stories import (
    companions,
    count_keys,
    find_marked,
    forget_keys,
    record_assignments,
    renew_lease,
    ungrouped_reports,
)
from stories.candidates import LATEST, Seeker
from stories.grouping import WINDOW, assign_stories
from stories.rarity import Rarity

log = logging.getLogger(__name__)

# A batch of 200 reports is grouped in a few seconds; a killed writer blocks the others for this long at most.
_BATCH = 200
_LEASE_FOR = timedelta(minutes=2)


def group_articles(store: Store, clock: Callable[[], datetime]) -> tuple[int, int]:
    """Group what is not grouped yet; return how many articles were grouped and how many stories opened.

    Another process that groups just now does this work too, so nothing is done then. A bug that one report meets leaves
    that one alone in a story, so that it is told, and is raised once all others are grouped.
    """
    with holding(store, "grouping", clock, lease_for=_LEASE_FOR) as holder:
        return _group_all(store, clock, holder) if holder else (0, 0)


def _group_all(store: Store, clock: Callable[[], datetime], holder: str) -> tuple[int, int]:
    grouped, opened, size = 0, 0, _BATCH
    defect: Exception | None = None
    while reports := ungrouped_reports(store, limit=size):
        try:
            assignments = _assign(store, reports)
        except NewsError:
            raise
        except Exception as error:
            log.exception("Grouping met a defect in article %s or one after it", reports[0].id)
            defect = error
            if size > 1:
                size = 1  # to find out whose it is
                continue
            assignments = [_leave_alone(reports[0])]
        if not renew_lease(store, "grouping", holder, clock(), lease_for=_LEASE_FOR):
            break
        opened += record_assignments(store, assignments, clock())
        grouped += len(reports)
    forget_keys(store, before_at=clock() - 2 * WINDOW)
    if defect:
        raise defect
    return grouped, opened


def _assign(store: Store, reports: Sequence[Report]) -> list[Assignment]:
    known, rarity = _load_neighbours(store, reports)
    return list(assign_stories(reports, known, rarity))


def _leave_alone(report: Report) -> Assignment:
    return Assignment(report.id, f"new:{report.id}", report.id, "alone: grouping it met a defect in Dateline")


def _load_neighbours(store: Store, reports: Sequence[Report]) -> tuple[list[GroupedReport], Rarity]:
    """Return the stories that a batch may join, found by what they share, and how rare that is."""
    since_at = min(report.at for report in reports) - WINDOW
    seekers = [Seeker(report) for report in reports]
    marks = {mark for seeker in seekers for mark in seeker.profile.marks}
    rarity = Rarity(*count_keys(store, marks, since_at=since_at))
    weights = [seeker.weigh(rarity) for seeker in seekers]
    keys = {key for seeker, own in zip(seekers, weights, strict=True) for key in seeker.choose_keys(own)}
    marked = find_marked(store, keys, since_at=since_at, latest=LATEST)
    near = {
        article for seeker, own in zip(seekers, weights, strict=True) for article in seeker.choose_nearest(marked, own)
    }
    return companions(store, near, since_at=since_at), rarity
