"""Topic matching: quality on the labelled articles, generalisation, rate on ordinary news, speed.

python -m benchmarks.matching             print the tables
python -m benchmarks.matching --fit       fit matching/weights.toml to the labelled articles first
python -m benchmarks.matching --count     count matching/word_counts.tsv from ordinary news first
python -m benchmarks.matching --predict F write predictions, one JSON line an article, for an outside scorer
python -m benchmarks.matching --sample N  print N tags of ordinary articles to read and judge, and nothing else
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import labelled, matching_speed
from benchmarks.keywords import says_any, says_bounded, says_groups
from benchmarks.labelled import LANGUAGES, TOPICS, Labelled
from matching import weighing
from matching.finding import tell_language
from matching.fitting import Row, fit_weights, write_weights
from matching.matcher import Matcher
from matching.suggest import suggest_topic
from matching.words import count_words
from news.normal import fold_text
from news.topics import Entity, Phrase, Topic
from seeds.entities import read_entities, read_phrases
from seeds.topics import read_topics

ROOT = Path(__file__).parent.parent
CONSOLE = Console(width=None if sys.stdout.isatty() else 160)


def main() -> int:
    """Print every table; where the data is absent, say so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--predict", type=Path)
    parser.add_argument("--sample", type=int)
    options = parser.parse_args()
    gold, background = labelled.read_gold(), labelled.read_background()
    if not gold or not background:
        CONSOLE.print(f"The labelled articles are not at {labelled.DATA}; nothing to measure.")
        return 0
    if options.count:
        _write_word_counts(background)
    entities, phrases, topics = load_seeds()
    matcher = Matcher(entities, phrases, topics.values())
    if options.sample:
        _tell_sample(matcher, background, options.sample)
        return 0
    rows = labelled.make_rows(matcher, gold)
    if options.fit:
        matcher = Matcher(entities, phrases, topics.values(), _write_fitted(rows))
    if options.predict:
        _write_predictions(matcher, gold, options.predict)
    CONSOLE.print(_tell_quality(matcher, gold, rows, entities, phrases))
    CONSOLE.print(_tell_rates(matcher, background))
    CONSOLE.print(_tell_speed(matcher, entities, background))
    return 0


def load_seeds() -> tuple[dict[str, Entity], dict[str, Phrase], dict[str, Topic]]:
    """Read the shipped gazetteer and topics."""
    seeds = ROOT / "seeds"
    entities, phrases = read_entities(seeds / "entities"), read_phrases(seeds / "phrases")
    return entities, phrases, read_topics(seeds / "topics", entities=entities, phrases=phrases)


def _write_word_counts(background: Sequence[tuple[str, str, str]]) -> None:
    articles = ((f"{title} {text}", language) for title, text, language in background)
    counted = count_words((fold_text(whole).text, tell_language(whole, language)) for whole, language in articles)
    (ROOT / "matching" / "word_counts.tsv").write_text(counted, encoding="utf-8")


def _write_fitted(rows: Sequence[Row]) -> weighing.Weights:
    weights = fit_weights(rows)
    note = f"Log-odds, fitted by `python -m benchmarks.matching --fit` to {len(rows)} labels of {len(TOPICS)} topics."
    (ROOT / "matching" / "weights.toml").write_text(write_weights(weights, note), encoding="utf-8")
    return weights


def _write_predictions(matcher: Matcher, gold: Sequence[Labelled], path: Path) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for one in gold:
            found = matcher.match_text(one.title, one.text, one.language)
            matches = [{"topic": match.topic, "score": match.score} for match in found]
            lines.write(json.dumps({"id": one.id, "matches": matches}) + "\n")


def _tell_quality(
    matcher: Matcher,
    gold: Sequence[Labelled],
    rows: Sequence[Row],
    entities: dict[str, Entity],
    phrases: dict[str, Phrase],
) -> Table:
    table = Table(title=f"F1 on {len(gold)} labelled articles, {sum(row.is_about for row in rows)} positives")
    for heading in ("", "macro", "95 %", *TOPICS, *LANGUAGES, "events"):
        table.add_column(heading, justify="left" if not heading else "right")

    def tell(name: str, predicted: Sequence[bool]) -> None:
        scores = labelled.score_rows(rows, predicted)
        told, events = labelled.recall_events(rows, predicted)
        interval = f"{scores.interval[0]:.3f} - {scores.interval[1]:.3f}"
        values = [*(scores.by_topic[t] for t in TOPICS), *(scores.by_language[n] for n in LANGUAGES)]
        table.add_row(name, f"{scores.macro:.3f}", interval, *(f"{v:.3f}" for v in values), f"{told}/{events}")

    baselines: dict[str, Callable[[str, str, str], bool]] = {
        "any keyword": says_any,
        "keyword groups": says_groups,
        "groups, word boundaries": says_bounded,
    }
    for name, says in baselines.items():
        tell(name, labelled.predict_by(rows, gold, lambda one, topic, says=says: says(topic, one.title, one.text)))  # type: ignore[misc] # mypy cannot infer a default
    tell("as shipped (fitted here)", labelled.predict(rows, matcher.weights))
    tell("cross-validated", labelled.cross_validate(rows))
    tell("one topic left out", labelled.leave_topics_out(rows))
    tell("suggested from an article", _predict_suggested(rows, gold, entities, phrases))
    return table


def _predict_suggested(
    rows: Sequence[Row], gold: Sequence[Labelled], entities: dict[str, Entity], phrases: dict[str, Phrase]
) -> list[bool]:
    """Predict with topics drafted from one article each, unedited."""
    plain = Matcher(entities, phrases, [])
    drafted = []
    for topic in TOPICS:
        title, text = (ROOT / "benchmarks" / "articles" / f"{topic}.txt").read_text(encoding="utf-8").split("\n", 1)
        drafted.append(suggest_topic(plain, topic, title, text).topic)
    matcher = Matcher(entities, phrases, drafted)
    found = {one.id: {m.topic for m in matcher.match_text(one.title, one.text, one.language)} for one in gold}
    return [row.topic in found[row.article] for row in rows]


def _tell_rates(matcher: Matcher, background: Sequence[tuple[str, str, str]]) -> Table:
    counts, totals = Counter[tuple[str, str]](), Counter[str]()
    for title, text, language in background:
        totals[language] += 1
        counts.update((match.topic, language) for match in matcher.match_text(title, text, language))
    table = Table(title=f"Share tagged of {len(background)} ordinary articles")
    table.add_column("")
    for language in LANGUAGES:
        table.add_column(f"{language} ({totals[language]})", justify="right")
    for topic in matcher.topics:
        table.add_row(topic.id, *(f"{counts[topic.id, n] / totals[n]:.1%}" for n in LANGUAGES))
    return table


def _tell_sample(matcher: Matcher, background: Sequence[tuple[str, str, str]], size: int) -> None:
    """Print tags drawn with a fixed seed, each with the article's title and the best sentence."""
    tags = sorted(
        (number, match.topic, match.score, title, match.evidence.sentence)
        for number, (title, text, language) in enumerate(background)
        for match in matcher.match_text(title, text, language)
    )
    drawn = random.Random(0).sample(tags, min(size, len(tags)))  # noqa: S311 - a sample, not secrets
    CONSOLE.print(f"{len(drawn)} of {len(tags)} tags")
    for at, (_, topic, value, title, sentence) in enumerate(drawn, start=1):
        CONSOLE.print(f"{at:3} {topic} {value:.2f}  {title}\n      {sentence}", markup=False, highlight=False)


def _tell_speed(matcher: Matcher, entities: dict[str, Entity], background: Sequence[tuple[str, str, str]]) -> Table:
    table = Table(title=f"Speed on articles of {matching_speed.ARTICLE_BYTES} bytes, processor time of one core")
    for heading in ("topics", "entities", "articles/s", "start-up, s"):
        table.add_column(heading, justify="right")
    articles = matching_speed.make_articles(background, 1000)
    matchers = [matcher, *(matching_speed.invent_matcher(entities, topics) for topics in (100, 300, 1000, 3000))]
    for one in matchers:
        speed = matching_speed.measure(one, articles)
        row = (speed.topics, speed.entities, f"{speed.articles_per_second:,.0f}", f"{speed.startup_seconds:.2f}")
        table.add_row(*map(str, row))
    return table


if __name__ == "__main__":
    sys.exit(main())
