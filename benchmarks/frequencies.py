"""Counts how often ordinary news bears each mark, for `stories/frequencies.tsv`, from the articles beside the project.

Run: python -m benchmarks.frequencies [--write] after a change of the gazetteer or of `stories/concepts.tsv`. Without
--write it says what would change. The marks of a report are those that grouping compares: see `stories/profiles.py`.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from benchmarks.stories import DATA, Rows, make_report, read_rows
from matching.matcher import Matcher
from seeds.declarations import SHIPPED, load_declarations
from stories.concepts import LANGUAGES
from stories.profiles import WORD, describe
from stories.rarity import SHIPPED as FREQUENCIES
from stories.rarity import UNSEEN

_COMMON_WORD = 0.01
"""The share of one language's titles from which a word is listed: rarer ones are many, and say nearly as much."""
_HEAD = """\
# How many of ten thousand ordinary reports bear a mark in title or lead (words: in the title): mark, {languages}.
# Counted over {reports} reports of general news by `python -m benchmarks.frequencies --write`; what is not listed is rarer.
"""


def count_marks(rows: Rows, matcher: Matcher) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Return for each language how many reports bear a mark, and how many reports there are."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    counts = {language: Counter[str]() for language in LANGUAGES}
    reports = Counter[str]()
    for row in rows:
        profile = describe(make_report(row, matcher, at))
        counts[profile.language].update(profile.marks)
        reports[profile.language] += 1
    return counts, reports


def write_frequencies(counts: dict[str, Counter[str]], reports: Counter[str]) -> Iterator[str]:
    """Yield the lines of the table: marks that are more than one in two thousand in some language."""
    yield _HEAD.format(languages=", ".join(LANGUAGES), reports=reports.total())
    for mark in sorted(set().union(*counts.values())):
        shares = [counts[language][mark] / max(1, reports[language]) for language in LANGUAGES]
        if max(shares) > (_COMMON_WORD if mark[0] == WORD else UNSEEN):
            yield "\t".join([mark, *(str(round(share * 10_000)) for share in shares)]) + "\n"


def _say_changes(old: Iterable[str], new: Iterable[str]) -> str:
    before, after = (dict(line.split("\t", 1) for line in lines if "\t" in line) for lines in (old, new))
    changed = sum(after.get(mark) != shares for mark, shares in before.items() if mark in after)
    return f"{len(after.keys() - before.keys())} new marks, {len(before.keys() - after.keys())} gone, {changed} changed"


def main() -> None:
    """Count, and write or say what would change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write stories/frequencies.tsv")
    is_writing = parser.parse_args().write
    declared = load_declarations(SHIPPED, None)
    rows = read_rows(DATA / "matching" / "background.jsonl.gz")
    if not rows:
        print("The ordinary news is not beside this project.")
        return
    lines = list(write_frequencies(*count_marks(rows, Matcher(declared.entities, declared.phrases, []))))
    print(_say_changes(FREQUENCIES.read_text(encoding="utf-8").splitlines(), "".join(lines).splitlines()))
    if is_writing:
        FREQUENCIES.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
