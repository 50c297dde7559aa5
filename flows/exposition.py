"""What the database says about the watch, as Prometheus reads it.

Everything is a gauge that is asked of the store at the scrape, so any process may answer, restarts lose nothing, and
several machines with one database need one answer. What is counted covers the last 24 hours.
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from news.errors import FetchFailure
from news.sources import Outcome
from storage.metrics import Measures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_DELIVERY_STATES = ("pending", "sent", "failed")


def expose(measures: Measures) -> bytes:
    """Write measures in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Measured(measures))
    return generate_latest(registry)


class _Measured(Collector):
    """Hands measures that were taken to the library that writes them."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every metric; what can be named beforehand is there at 0 too, so that a rule on it has no gaps."""
        m = self._measures
        yield _gauge("feeds", "Declared feeds", m.feeds)
        yield _gauge("feeds_due", "Feeds whose poll is due", m.feeds_due)
        yield _gauge("feeds_failing", "Feeds whose latest polls failed", m.feeds_failing)
        outcomes = {outcome.value: 0 for outcome in Outcome} | dict(m.refreshes)
        yield _by("refreshes_last_day", "Polls by outcome", "outcome", outcomes)
        failures = {failure.value: 0 for failure in FetchFailure} | dict(m.failures)
        yield _by("refresh_failures_last_day", "Failed polls by reason", "failure", failures)
        articles = {"unknown": 0} | {language or "unknown": count for language, count in m.articles.items()}
        yield _by("articles_last_day", "New articles by language", "language", articles)
        yield _by("matches_last_day", "New articles tagged, by topic", "topic", m.matches)
        total = sum(m.articles.values())
        ratios = {topic: count / total for topic, count in m.matches.items() if total}
        yield _by("match_ratio_last_day", "Share of new articles tagged, by topic", "topic", ratios)
        yield _gauge("entries_waiting", "Entries whose page is still to be read", m.entries_waiting)
        yield _gauge("entries_oldest_seconds", "Age of the oldest entry that waits; 0: none does", m.entries_age)
        yield _gauge("articles_ungrouped", "Tagged articles that belong to no story yet", m.ungrouped)
        states = dict.fromkeys(_DELIVERY_STATES, 0) | dict(m.deliveries)
        yield _by("deliveries", "Deliveries by state: all that wait, and of the last day's digests", "state", states)
        yield _gauge("deliveries_oldest_seconds", "Age of the oldest digest that waits; 0: none does", m.deliveries_age)
        yield _gauge("delivery_lag_seconds", "Longest time from composition to acceptance", m.delivery_lag)
        if m.round_age is not None:
            yield _gauge("round_age_seconds", "Time since the latest finished round began", m.round_age)
        if m.good_round_age is not None:
            yield _gauge("good_round_age_seconds", "Time since the latest good round began", m.good_round_age)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dateline_{name}", f"{text}.", value=value)


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"dateline_{name}", f"{text}.", labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
