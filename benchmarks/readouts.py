"""Read-outs compared on the labelled reports: what each side's press names of one meeting or visit, and leaves out.

Run: python -m benchmarks.readouts [--event 2025-12-30-lee-china-visit-announced]. Without an event: every labelled event
of the subject that two sides tell, in how many reports, and how many names differ. No figure is wanted of this: whether a
name is rightly said to be left out is for a reader to judge, who finds each sentence here.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from benchmarks.stories import DATA, make_report, read_rows
from flows.steps.story_views import compare_sides
from matching.matcher import Matcher
from news.stories import Report
from news.topics import Entity
from seeds.declarations import SHIPPED, load_declarations
from stories.readouts import tells_meeting

_KOREAN = re.compile("[가-힣]")
_TAIWAN = ("中央社", "自由", "聯合", "twnews")


def find_side(row: Mapping[str, str]) -> str | None:
    """Say for which side's press a labelled report speaks; None where its outlet does not tell."""
    if _KOREAN.search(row["outlet"]) or row["outlet"] in {"KBS", "MBC", "YTN", "MBN", "SBS", "JTBC"}:
        return "South Korea"  # its agency writes in four languages
    if row["outlet"].startswith(_TAIWAN) or not row["outlet"]:
        return None
    return {"zh": "China", "ja": "Japan"}.get(row["lang"])


def find_sides(rows: Sequence[dict[str, str]], reports: Mapping[str, Report]) -> dict[str, list[Report]]:
    """Return the reports with a text by side, where two sides tell a meeting or visit."""
    sides = defaultdict[str, list[Report]](list)
    for row in rows:
        if row["text"] and (side := find_side(row)):
            sides[side].append(reports[row["id"]])
    told = {side: of for side, of in sides.items() if any(map(tells_meeting, of))}
    return told if len(told) > 1 else {}


def tabulate(event: str, sides: Mapping[str, Sequence[Report]], entities: Mapping[str, Entity]) -> Table:
    """Lay out what each side names, with its sentence."""
    table = Table("", *(f"{side} ({len(of)})" for side, of in sides.items()), title=event, show_lines=True)
    for one in compare_sides(sides, entities):
        told = (one.tellings[side].sentence if side in one.tellings else "-" for side in sides)
        table.add_row(entities[one.entity].label, *told)
    return table


def main() -> None:
    """Print one event's comparison, or all events in a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--event", help="a key of the labelled reports")
    wanted = parser.parse_args().event
    declared = load_declarations(SHIPPED, None)
    matcher = Matcher(declared.entities, declared.phrases, [])
    console = Console()
    rows = [row for row in read_rows(DATA / "stories" / "gold.jsonl") if row["event"] != "-" and row["subject"]]
    events = defaultdict[str, list[dict[str, str]]](list)
    for row in rows:
        events[row["event"]].append(row)
    at = datetime(2026, 1, 1, tzinfo=UTC)  # when does not matter here
    reports = {row["id"]: make_report(row, matcher, at) for row in rows}
    for event, of in events.items():
        sides = find_sides(of, reports)
        if event == wanted:
            console.print(tabulate(event, sides, declared.entities))
        elif sides and not wanted:
            compared = compare_sides(sides, declared.entities)
            differ = sum(bool(one.left_out_by(sides)) for one in compared)
            told = ", ".join(f"{side} {len(reports_)}" for side, reports_ in sides.items())
            console.print(f"{event}: {told}; {differ} of {len(compared)} names are left out by a side")


if __name__ == "__main__":
    main()
