"""Assigning stored articles to stories: one writer at a time, found again after a kill."""

from datetime import datetime, timedelta

from storage.engine import Store
from storage.stories import give_back_lease, grouped_reports, record_assignments, take_lease, ungrouped_reports
from stories.grouping import JOINS_WITHIN, assign_stories

# A batch of 200 reports is grouped in well under a second; a killed writer blocks the others for this long at most.
_BATCH = 200
_LEASE_FOR = timedelta(minutes=2)


def group_articles(store: Store, now: datetime) -> tuple[int, int]:
    """Group what is not grouped yet; return how many articles were grouped and how many stories opened.

    Another process that groups just now does this work too, so nothing is done then.
    """
    holder = take_lease(store, "grouping", now, lease_for=_LEASE_FOR)
    if holder is None:
        return 0, 0
    grouped = opened = 0
    try:
        while reports := ungrouped_reports(store, limit=_BATCH):
            known = grouped_reports(store, since_at=reports[0].at - JOINS_WITHIN)
            opened += record_assignments(store, list(assign_stories(reports, known)), now)
            grouped += len(reports)
    finally:
        give_back_lease(store, "grouping", holder)
    return grouped, opened
