"""A story on the terminal: what it carries, and why each report stands in it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from digests.wording import count

if TYPE_CHECKING:
    from flows.steps.story_views import StoryView
    from storage.story_files import ReportLine
    from stories.readouts import Compared

Names = Mapping[str, str]


def show_story(view: "StoryView", topics: Names, entities: Names, zone: ZoneInfo, out: Console) -> None:
    """Print all that a story carries; `topics` and `entities` are names by id."""
    line = view.file.line
    out.print(Text(_choose_title(view), "bold"))
    out.print(
        f"story {line.id}: {count(line.reports, 'report')} of {count(line.origins, 'independent origin')} "
        f"in {count(line.outlets, 'outlet')} and {count(len(line.languages), 'language')} ({', '.join(line.languages)})"
    )
    out.print(_tabulate_facts(view, topics, zone))
    _head("Headlines", out)
    out.print(_tabulate((each.language or "?", each.title, each.outlet) for each in view.headlines))
    if view.sentences:
        _head("Key sentences", out)
        for sentence in view.sentences:
            out.print(Padding(Text.assemble(f"“{sentence.text}” ", (sentence.outlet, "dim")), (0, 0, 0, 2)))
    if view.compared:
        _head(f"As {' and '.join(view.sides)} tell it", out)
        out.print(_tabulate_sides(view, entities))
    _head("Timeline", out)
    for day, reports in groupby(
        view.file.reports, key=lambda report: f"{report.published_at.astimezone(zone):%Y-%m-%d}"
    ):
        out.print(f"  {day}", style="bold")
        for report in reports:
            _show_report(report, zone, out)


def _choose_title(view: "StoryView") -> str:
    english = [each for each in view.headlines if each.language == "en"]
    return (english or list(view.headlines))[0].title


def _head(title: str, out: Console) -> None:
    out.print(Text(f"\n{title}", "bold"))


def _tabulate_facts(view: "StoryView", topics: Names, zone: ZoneInfo) -> Padding:
    facts = {
        "first told": f"{view.press[0].first_outlet}, {_say(view.press[0].first_at, zone)}",
        "press": _say_press(view, zone),
        "topics": ", ".join(f"{topics.get(topic, topic)} {score:.2f}" for topic, score in view.topics.items()),
        "who and what": ", ".join(view.entities),
        **_say_relations(view),
    }
    return _tabulate((name, said) for name, said in facts.items() if said)


def _say_press(view: "StoryView", zone: ZoneInfo) -> str:
    """Say in one line who reports a story, in which order they came to it, and who was first of each."""
    begun = view.press[0].first_at.astimezone(zone).date()
    said = []
    for each in view.press:
        at = each.first_at.astimezone(zone)
        when = f"{at:%H:%M}" if at.date() == begun else f"{at:%m-%d %H:%M}"
        more = f" and {each.outlets - 1} more" if each.outlets > 1 else ""
        said.append(f"{each.name} {when} ({each.first_outlet}{more})")
    return ", ".join(said)


def _say_relations(view: "StoryView") -> dict[str, str]:
    file = view.file
    merged = "; ".join(f"story {number}" + (f" ({why})" if why else "") for number, why in file.merged.items())
    return {
        "follows": f"story {file.line.follows}" if file.line.follows else "",
        "followed by": ", ".join(f"story {number}" for number in file.followed_by),
        "the same as": merged,
        "taken out of": f"story {file.split_from}: it {file.split_why}" if file.split_from else "",
        "taken out": ", ".join(f"story {number}" for number in file.split_off),
    }


def _tabulate(rows: Iterable[tuple[str, ...]]) -> Padding:
    """Lay out rows whose first cell names them and whose last one, of three, is beside the point."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, *cells in rows:
        if not table.columns:
            table.add_column(style="dim", no_wrap=True)
            for number in range(len(cells)):
                table.add_column(overflow="fold", style="dim" if number else "")
        table.add_row(name, *map(Text, cells))
    return Padding(table, (0, 0, 0, 2))


def _tabulate_sides(view: "StoryView", entities: Names) -> Padding:
    return _tabulate(
        (entities.get(one.entity, one.entity) if side == view.sides[0] else "", side, _quote(one, side))
        for one in view.compared
        for side in view.sides
    )


def _quote(one: "Compared", side: str) -> str:
    return f"“{one.tellings[side].sentence}”" if side in one.tellings else "does not name it"


def _show_report(report: "ReportLine", zone: ZoneInfo, out: Console) -> None:
    at = f"{report.published_at.astimezone(zone):%H:%M}"
    out.print(Padding(Text.assemble((at, "dim"), f"  {report.outlet}  ", (report.title, "bold")), (0, 0, 0, 2)))
    for said, when in (("changed", report.revised_at), ("removed", report.removed_at)):
        if when:
            out.print(Padding(Text(f"{said} {_say(when, zone)}", "yellow"), (0, 0, 0, 9)))
    copied = "" if report.origin == report.article else f", of one origin with article {report.origin}"
    for said in (f"article {report.article}{copied}: {report.why}", report.url):
        out.print(Padding(Text(said, "dim"), (0, 0, 0, 9)))


def _say(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
