"""The labelled articles, and how predictions on them are scored: F1 by topic and language with bootstrap intervals."""

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matching.fitting import Row, fit_weights
from matching.matcher import Matcher
from matching.weighing import Weights, contribute, score

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
TOPICS = ("sino-korean-summitry", "taiwan", "japan-relations")
LANGUAGES = ("en", "zh", "ko", "ja")
FOLDS = 10
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled article; `labels` holds 2, 1 or 0 by topic, and `event` is "-" where it reports none."""

    id: str
    language: str
    title: str
    text: str
    labels: dict[str, int]
    event: str


def read_gold() -> list[Labelled]:
    """Read the labelled articles; empty where the data is absent."""
    rows = _read_lines(DATA / "matching" / "gold.jsonl")
    return [Labelled(r["id"], r["lang"], r["title"], r["text"], r["labels"], r["event"]) for r in rows]


def read_background() -> list[tuple[str, str, str]]:
    """Read ordinary news as title, text and language; empty where the data is absent."""
    return [(r["title"], r["text"], r["lang"]) for r in _read_lines(DATA / "matching" / "background.jsonl.gz")]


def _read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]


def make_rows(matcher: Matcher, gold: Iterable[Labelled], topics: Sequence[str] = TOPICS) -> list[Row]:
    """Observe every labelled article; labels of 1 count neither way and are left out."""
    rows = []
    for one in gold:
        observed = matcher.observe(matcher.read(one.title, one.text, one.language))
        seen = {found.compiled.topic.id: found.observation for found in observed}
        rows += [
            Row(one.id, topic, one.language, one.labels[topic] == 2, seen.get(topic), one.event)
            for topic in topics
            if one.labels[topic] != 1
        ]
    return rows


def predict(rows: Iterable[Row], weights: Weights) -> list[bool]:
    """Say which rows a table of weights matches."""
    return [row.observation is not None and score(contribute(row.observation.features, weights)) >= 0.5 for row in rows]


def cross_validate(rows: Sequence[Row], seed: int = 0) -> list[bool]:
    """Predict each fold with weights fitted to the others; reports of one event stay in one fold."""
    draw = random.Random(seed)  # noqa: S311 - folds, not secrets
    folds = defaultdict[str, int](lambda: draw.randrange(FOLDS))
    fold_of = [folds[row.article if row.event == "-" else row.event] for row in rows]
    predicted = [False] * len(rows)
    for fold in range(FOLDS):
        weights = fit_weights([row for row, other in zip(rows, fold_of, strict=True) if other != fold])
        held = [at for at, other in enumerate(fold_of) if other == fold]
        for at, hit in zip(held, predict([rows[at] for at in held], weights), strict=True):
            predicted[at] = hit
    return predicted


def leave_topics_out(rows: Sequence[Row]) -> list[bool]:
    """Predict each topic with weights fitted to the other topics alone."""
    predicted = [False] * len(rows)
    for topic in TOPICS:
        weights = fit_weights([row for row in rows if row.topic != topic])
        held = [at for at, row in enumerate(rows) if row.topic == topic]
        for at, hit in zip(held, predict([rows[at] for at in held], weights), strict=True):
            predicted[at] = hit
    return predicted


@dataclass(frozen=True, slots=True)
class Scores:
    """F1 over all topics (macro), by topic, and by language pooled over topics; `interval` is 95 % of the macro F1."""

    macro: float
    interval: tuple[float, float]
    by_topic: dict[str, float]
    by_language: dict[str, float]


def score_rows(rows: Sequence[Row], predicted: Sequence[bool]) -> Scores:
    """Score predictions as `score.py topics` does, with an interval from resampled articles."""
    kinds = [_kind(row, hit) for row, hit in zip(rows, predicted, strict=True)]
    by_article = defaultdict[str, list[tuple[str, str]]](list)
    for row, kind in zip(rows, kinds, strict=True):
        by_article[row.article].append((row.topic, kind))
    return Scores(
        _macro((row.topic, kind) for row, kind in zip(rows, kinds, strict=True)),
        _resample(list(by_article.values())),
        {t: _f1(Counter(k for r, k in zip(rows, kinds, strict=True) if r.topic == t)) for t in TOPICS},
        {n: _f1(Counter(k for r, k in zip(rows, kinds, strict=True) if r.language == n)) for n in LANGUAGES},
    )


def _kind(row: Row, hit: bool) -> str:
    return ("tp" if hit else "fn") if row.is_about else ("fp" if hit else "tn")


def _f1(counts: Counter[str]) -> float:
    hits = counts["tp"]
    return 2 * hits / (2 * hits + counts["fp"] + counts["fn"]) if hits else 0.0


def _macro(kinds: Iterable[tuple[str, str]]) -> float:
    counts = defaultdict[str, Counter[str]](Counter)
    for topic, kind in kinds:
        counts[topic][kind] += 1
    return sum(_f1(counts[topic]) for topic in TOPICS) / len(TOPICS)


def _resample(articles: Sequence[Sequence[tuple[str, str]]]) -> tuple[float, float]:
    draw = random.Random(0)  # noqa: S311 - resampling, not secrets
    values = sorted(
        _macro(kind for article in draw.choices(articles, k=len(articles)) for kind in article)
        for _ in range(RESAMPLES)
    )
    return values[RESAMPLES // 40], values[-RESAMPLES // 40]


def recall_events(rows: Sequence[Row], predicted: Sequence[bool]) -> tuple[int, int]:
    """Return how many events that belong to a topic have a report tagged with it, and how many there are."""
    told = defaultdict[tuple[str, str], bool](bool)
    for row, hit in zip(rows, predicted, strict=True):
        if row.is_about and row.event != "-":
            told[row.topic, row.event] |= hit
    return sum(told.values()), len(told)


def predict_by(rows: Sequence[Row], gold: Iterable[Labelled], says: Callable[[Labelled, str], bool]) -> list[bool]:
    """Predict with anything that reads an article and the name of a topic."""
    articles = {one.id: one for one in gold}
    return [says(articles[row.article], row.topic) for row in rows]
