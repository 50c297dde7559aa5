"""The simple honest rule: one URL, title or text within 48 hours is one story; everything else stands alone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from news.fingerprints import fingerprint
from news.stories import Assignment, GroupedReport, Report

SAME_WITHIN = timedelta(hours=48)


def assign_stories(new: Iterable[Report], known: Sequence[GroupedReport]) -> Iterator[Assignment]:
    """Yield the story of each new report, in order; earlier ones of the batch count as known for the later."""
    seen: dict[str, GroupedReport] = {}
    for grouped in known:
        _remember(seen, grouped)
    for report in new:
        twin, why = _find_twin(seen, report)
        same_text = twin is not None and why == "same text"
        grouped = GroupedReport(
            report,
            story=twin.story if twin else f"new:{report.id}",
            origin=twin.origin if twin and same_text else report.id,
        )
        _remember(seen, grouped)
        yield Assignment(report.id, grouped.story, grouped.origin, why)


def _keys(report: Report) -> Iterator[tuple[str, str]]:
    """What makes two reports one, with the words for it; an empty text equals nothing."""
    if report.url:
        yield report.url, "same page"
    if report.text.strip():
        yield "text:" + fingerprint(report.text), "same text"
    if report.title.strip():
        yield "title:" + fingerprint(report.title), "same title"


def _remember(seen: dict[str, GroupedReport], grouped: GroupedReport) -> None:
    for key, _ in _keys(grouped.report):
        seen[key] = grouped


def _find_twin(seen: dict[str, GroupedReport], report: Report) -> tuple[GroupedReport | None, str]:
    for key, why in _keys(report):
        twin = seen.get(key)
        if twin and abs(twin.report.at - report.at) <= SAME_WITHIN:
            return twin, why
    return None, "alone so far"
