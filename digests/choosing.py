"""Which stories a digest tells, under which topic, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp2, log2

from digests.changes import what_changed
from news.digests import Subscription
from news.stories import Story, StoryReport

CARRIED_FOR = timedelta(days=3)
"""A story that did not fit waits for a calmer day; after three it is no news any more and is let go, counted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story worth telling: only the reports this subscription wants, its best topic first in `topics`."""

    story: Story
    topics: tuple[str, ...]
    score: float
    changes: tuple[str, ...]

    @property
    def reports(self) -> tuple[StoryReport, ...]:
        """The wanted reports, earliest first."""
        return self.story.reports

    @property
    def origins(self) -> int:
        """How many independent texts report it."""
        return len({report.origin for report in self.reports})

    @property
    def press_systems(self) -> int:
        """How many press systems report it."""
        return len({report.outlet.press_system for report in self.reports})


def choose_candidates(subscription: Subscription, stories: Sequence[Story], now: datetime) -> list[Candidate]:
    """Return the stories that were never told, or have changed since, best first."""
    found = [candidate for story in stories if (candidate := _consider(subscription, story))]
    return sorted(found, key=lambda candidate: (-rank(candidate, now), candidate.story.id))


def choose_urgent(subscription: Subscription, stories: Sequence[Story], now: datetime) -> list[Candidate]:
    """Return the candidates that a subscription wants to hear at once, best first."""
    return [
        candidate
        for candidate in choose_candidates(subscription, stories, now)
        if candidate.score >= subscription.alert_score
        or candidate.origins >= subscription.alert_origins
        or (subscription.alert_on_surge and candidate.story.surge)
    ]


def rank(candidate: Candidate, now: datetime) -> float:
    """Rank a candidate: higher is told earlier.

    The score leads. Independent origins count by doubling, so that eight add 0.3 and twenty wire copies of one text
    nothing; each further press system adds 0.05, since a story told on both sides of a strait is worth more than one
    told often on one; novelty adds 0.2, halved with every day since the last report. Chosen by judgement.
    """
    age = max(now - max(report.first_seen_at for report in candidate.reports), timedelta())
    novelty = 0.2 * exp2(-age / timedelta(days=1))
    origins = 0.1 * min(log2(candidate.origins), 3)
    return candidate.score + origins + 0.05 * min(candidate.press_systems - 1, 4) + novelty


def is_stale(story: Story, now: datetime) -> bool:
    """Whether a story has waited so long for a place that it is let go."""
    return max(report.first_seen_at for report in story.reports) < now - CARRIED_FOR


def appeared_at(report: StoryReport) -> datetime:
    """Say by when a report was out. Of one with a day alone that is when we saw it, on its day: it was not midnight's."""
    if not report.is_date_only:
        return report.published_at
    return max(report.published_at, min(report.first_seen_at, report.published_at + timedelta(days=1)))


def _consider(subscription: Subscription, story: Story) -> Candidate | None:
    wanted = tuple(report for report in story.reports if is_wanted(subscription, report))
    scores = best_scores(subscription, wanted)
    if not scores:
        return None
    story = replace(story, reports=tuple(sorted(wanted, key=lambda report: (appeared_at(report), report.article_id))))
    changes = what_changed(story)
    if story.told and not changes:
        return None
    # The declared order of topics decides between equal scores: the reader put first what matters most.
    topics = sorted(scores, key=lambda topic: (-scores[topic], subscription.topics.index(topic)))
    return Candidate(story, tuple(topics), scores[topics[0]], changes)


def is_wanted(subscription: Subscription, report: StoryReport) -> bool:
    """Whether a report comes from where the subscription wants to hear."""
    outlet, system = report.outlet.id, report.outlet.press_system.value
    if outlet in subscription.without_outlets or system in subscription.without_press_systems:
        return False
    declared_in = subscription.outlets or subscription.press_systems
    return not declared_in or outlet in subscription.outlets or system in subscription.press_systems


def best_scores(subscription: Subscription, reports: Sequence[StoryReport]) -> dict[str, float]:
    """Return the best score by topic, for topics of the subscription that reach their minimum."""
    best: dict[str, float] = {}
    for match in (match for report in reports for match in report.matches):
        minimum = subscription.minimum_scores.get(match.topic, subscription.minimum_score)
        if match.topic in subscription.topics and match.score >= minimum:
            best[match.topic] = max(best.get(match.topic, 0.0), match.score)
    return best
