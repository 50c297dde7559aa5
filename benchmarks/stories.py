"""Grouping measured: quality beside four baselines, copies, the order of arrival, and speed in a full window.

Run: python -m benchmarks.stories [--window 100000]. Reads the labelled reports beside the project; needs `score.py`
beside them for its measures.
"""

import argparse
import contextlib
import gzip
import importlib.util
import io
import json
import math
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from matching.matcher import Matcher
from news.fingerprints import normalise_text
from news.stories import Report
from seeds.declarations import SHIPPED, load_declarations
from stories.candidates import Seeker
from stories.copies import COPIED, cut_shingles, find_copy_keys, measure_containment
from stories.grouping import Grouper, assign_stories

SHARED = Path(__file__).parent.parent.parent / "shared"
DATA = SHARED / "data"
Groups = dict[str, str]
Rows = list[dict[str, Any]]

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_MEASURED = 1000
"""Reports timed once the window is full."""


def read_rows(path: Path) -> Rows:
    """Read JSON lines, gzipped or not; empty where the data is absent."""
    if not path.exists():
        return []
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]


def make_report(row: dict[str, Any], matcher: Matcher, at: datetime) -> Report:
    """A labelled row as grouping sees it."""
    mentions = matcher.find_mentions(row["title"], row["text"], row["lang"])
    return Report(row["id"], row["title"], row["text"], row["lang"], row.get("outlet", ""), at, mentions=mentions)


def group(reports: Iterable[Report]) -> Groups:
    """Group as `dateline group` does, in one pass; stories that were merged later bear one name."""
    found, into = Groups(), dict[str, str]()
    for assignment in assign_stories(reports):
        found[assignment.report] = assignment.story
        into |= dict.fromkeys(assignment.merged, assignment.story)
        if assignment.split:
            found |= dict.fromkeys(assignment.split.reports, assignment.split.story)
    for report, story in found.items():
        while story in into:
            story = into[story]  # noqa: PLW2901 (followed to its end)
        found[report] = story
    return found


def group_by_title(rows: Rows) -> Groups:
    """Baseline: one title is one story."""
    return {row["id"]: normalise_text(row["title"]) for row in rows}


def group_by_likeness(rows: Rows, likeness: Callable[[int, int], float], least: float) -> Groups:
    """Baseline: single link in one pass, within two days."""
    found: list[str] = []
    for number, row in enumerate(rows):
        day = datetime.fromisoformat(row["date"])
        near = [n for n in range(number) if (day - datetime.fromisoformat(rows[n]["date"])).days <= 2]
        best = max(near, key=lambda n, number=number: likeness(n, number), default=None)  # type: ignore[misc]
        found.append(found[best] if best is not None and likeness(best, number) >= least else row["id"])
    return {row["id"]: story for row, story in zip(rows, found, strict=True)}


def compare_titles(rows: Rows) -> Callable[[int, int], float]:
    """Jaccard of the titles' words; a character of Han, Kana or Hangul is a word."""
    words = [set(_TOKEN.findall(row["title"].lower())) for row in rows]
    return lambda a, b: len(words[a] & words[b]) / max(1, len(words[a] | words[b]))


def compare_copies(rows: Rows) -> Callable[[int, int], float]:
    """1 where reports of one language share a band of MinHash and half of the shorter text."""
    shingles = [cut_shingles(f"{row['title']}\n{row['text']}") for row in rows]
    keys = [set(find_copy_keys("", one)) for one in shingles]

    def compare(a: int, b: int) -> float:
        if rows[a]["lang"] != rows[b]["lang"] or not keys[a] & keys[b]:
            return 0.0
        return float(measure_containment(shingles[a], shingles[b]) >= COPIED)

    return compare


def compare_tf_idf(rows: Rows) -> Callable[[int, int], float]:
    """Cosine of TF-IDF over words and pairs of characters of title and text."""
    counts = []
    for row in rows:
        tokens = _TOKEN.findall(f"{row['title']} {row['text']}".lower())
        counts.append(Counter([*tokens, *map("".join, pairwise(tokens))]))
    df = Counter(term for one in counts for term in one)
    vectors = [{term: n * math.log(len(rows) / df[term]) for term, n in one.items()} for one in counts]
    lengths = [math.sqrt(sum(weight * weight for weight in one.values())) or 1.0 for one in vectors]

    def compare(a: int, b: int) -> float:
        one, other = sorted((vectors[a], vectors[b]), key=len)
        return sum(weight * other.get(term, 0.0) for term, weight in one.items()) / (lengths[a] * lengths[b])

    return compare


def load_score() -> ModuleType:
    """Load the measures that stand beside the data."""
    spec = importlib.util.spec_from_file_location("score", SHARED / "tools" / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(score: ModuleType, rows: Rows, found: Groups) -> list[str]:
    """Return the figures of one way of grouping, as the table shows them."""
    events = [row for row in rows if row["event"] != "-"]
    figures: list[str] = []
    for subject in (True, False):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            score.grouping("", [row for row in events if bool(row["subject"]) is subject], found)
        pairs, across, bcubed, by_event = (re.findall(r"\d\.\d+", line) for line in said.getvalue().splitlines()[1:])
        chosen = [pairs[2], by_event[2], across[0], across[1]] if subject else [pairs[0], bcubed[2]]
        figures += chosen
    used = {found[row["id"]] for row in events}
    loose = [row for row in rows if row["event"] == "-"]
    return [*figures, f"{sum(found[row['id']] in used for row in loose) / len(loose):.3f}"]


MEASURES = (
    "subject: pairwise F1",
    "subject: by event F1",
    "subject: languages P",
    "subject: languages R",
    "others: pairwise P",
    "others: B-cubed F1",
    "loose rows joined",
)
WANTED = ("0.75", "0.85", "0.90", "0.60", "0.85", "0.75", "<=0.05")


def tabulate_quality(rows: Rows, reports: Sequence[Report]) -> Table:
    """Compare grouping with the baselines, and say what is wanted."""
    score = load_score()
    ways = {
        "exact title": group_by_title(rows),
        "title words": group_by_likeness(rows, compare_titles(rows), 0.4),
        "MinHash": group_by_likeness(rows, compare_copies(rows), 1.0),
        "TF-IDF": group_by_likeness(rows, compare_tf_idf(rows), 0.2),
        "stories": group(reports),
    }
    figures = [measure(score, rows, found) for found in ways.values()]
    table = Table(title=f"Stories of {len(rows)} reports, one pass in order of time", box=None, padding=(0, 1, 0, 0))
    for heading in ("", *ways, "wanted"):
        table.add_column(heading, no_wrap=not heading)
    for name, *values in zip(MEASURES, *figures, WANTED, strict=True):
        table.add_row(name, *values)
    shuffled = [measure(score, rows, group(shuffle(reports, seed)))[0] for seed in range(10)]
    table.caption = f"{MEASURES[0]} with arrivals of one hour shuffled ten times: {min(shuffled)} to {max(shuffled)}"
    return table


def shuffle(reports: Sequence[Report], seed: int) -> list[Report]:
    """Shuffle reports that came at one time."""
    draw = random.Random(seed)  # noqa: S311 (an order, not a secret)
    return sorted(reports, key=lambda report: (report.at, draw.random()))


def say_copies() -> str:
    """Measure copies on the groups of one title."""
    folder = DATA / "clustering"
    shingles = {row["id"]: cut_shingles(row["text"]) for row in read_rows(folder / "ko_same_title_texts.jsonl.gz")}
    groups = read_rows(folder / "ko_same_title_groups.jsonl")
    counts = defaultdict[str, list[bool]](list)
    for one in groups:
        kind = "true" if one["containment_min"] >= 0.5 else "generic" if one["containment_max"] < 0.1 else ""
        for a, b in combinations([id_ for id_ in one["ids"] if id_ in shingles], 2):
            counts[kind].append(measure_containment(shingles[a], shingles[b]) >= COPIED)
    true, generic = counts["true"], counts["generic"]
    return (
        f"Copies: recall {sum(true) / len(true):.3f} of {len(true)} pairs (wanted 0.97); "
        f"generic titles joined {sum(generic) / len(generic):.3f} of {len(generic)} (at most 0.02)"
    )


def say_speed(rows: Rows, matcher: Matcher, window: int) -> str:
    """Fill the window with ordinary news, then time some more reports; seconds of this process alone."""
    start, step = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=13) / (window + _MEASURED)
    known = [make_report(row, matcher, start) for row in rows]
    grouper, began = Grouper(), 0.0
    for number in range(window + _MEASURED):
        if number == window:
            began = time.process_time()
        one = known[number % len(known)]
        at = start + number * step
        again = Report(str(number), one.title, one.text, one.language, one.outlet, at, mentions=one.mentions)
        grouper.assign(Seeker(again))
    return f"Speed: {_MEASURED / (time.process_time() - began):.0f} reports/s with {window} in the window (wanted 500)"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--window", type=int, default=100_000, help="reports in the window when speed is measured; 0: not"
    )
    window = parser.parse_args().window
    declared = load_declarations(SHIPPED, None)
    matcher = Matcher(declared.entities, declared.phrases, [])
    console = Console()
    rows = read_rows(DATA / "stories" / "gold.jsonl")
    if not rows:
        console.print("The labelled reports are not beside this project.")
        return
    reports = [make_report(row, matcher, datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)) for row in rows]
    console.print(tabulate_quality(rows, reports))
    console.print(say_copies())
    background = read_rows(DATA / "matching" / "background.jsonl.gz")
    if window and background:
        console.print(say_speed(background, matcher, window))


if __name__ == "__main__":
    main()
