"""`./dateline stories`: the events that the archive holds, and who told them."""

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from cli.app import app, fail, out
from cli.archive import open_archive

if TYPE_CHECKING:
    from storage.story_files import StoryFile, StoryLine

stories = typer.Typer(no_args_is_help=True, help="Show the stories of the archive.")
app.add_typer(stories, name="stories")


@stories.command("list")
def list_(
    *,
    days: Annotated[int, typer.Option(min=1, help="Stories reported in the last so many days.")] = 7,
    topic: Annotated[str | None, typer.Option(help="Only stories about this topic (its id).")] = None,
    reports: Annotated[int, typer.Option(min=1, help="Only stories of at least so many reports.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Show at most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """List stories, the latest first."""
    from flows.wiring import utc_now
    from storage.story_files import list_stories

    with open_archive() as (settings, store):
        since_at = utc_now() - timedelta(days=days)
        found = list_stories(store, since_at=since_at, topic=topic, reports=reports, limit=limit)
    if as_json:
        _print_json([asdict(line) for line in found])
    elif found:
        out.print(_tabulate(found, ZoneInfo(settings.zone)))
    else:
        out.print(f"No story was reported in the last {days} days.")


@stories.command()
def show(
    story: Annotated[int, typer.Argument(help="The story's number, as `stories list` prints it.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Show a story: its reports in order of time, which of them are copies, and why each stands here."""
    from storage.story_files import find_story

    with open_archive() as (settings, store):
        found = find_story(store, story)
    if found is None:
        fail(f"there is no story {story}; `./dateline stories list` shows those there are")
    if as_json:
        _print_json(asdict(found))
    else:
        _show(found, ZoneInfo(settings.zone))


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def _tabulate(lines: "list[StoryLine]", zone: ZoneInfo) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("story", "last report", "reports", "origins", "outlets"):
        table.add_column(name, no_wrap=True)
    table.add_column("languages")
    table.add_column("title", overflow="fold")
    for line in lines:
        last_at = f"{line.last_at.astimezone(zone):%m-%d %H:%M}"
        counts = (str(line.reports), str(line.origins), str(line.outlets))
        table.add_row(str(line.id), last_at, *counts, " ".join(line.languages), line.title)
    return table


def _show(found: "StoryFile", zone: ZoneInfo) -> None:
    from digests.wording import count

    line = found.line
    out.print(line.title, style="bold", markup=False)
    out.print(
        f"story {line.id}: {count(line.reports, 'report')} of {count(line.origins, 'independent origin')}, "
        f"{count(line.outlets, 'outlet')}; first {found.reports[0].outlet}, {line.first_at.astimezone(zone):%Y-%m-%d %H:%M}",
        markup=False,
    )
    for said, numbers in (
        ("follows story", [line.follows] if line.follows else []),
        ("followed by", found.followed_by),
        ("found to be the same as", found.merged),
    ):
        if numbers:
            out.print(f"{said} {', '.join(map(str, numbers))}", style="dim")
    for report in found.reports:
        copied = "" if report.origin == report.article else f", prints article {report.origin}"
        at = report.published_at.astimezone(zone)
        out.print(f"\n{at:%m-%d %H:%M}  {report.outlet}  {report.title}", markup=False)
        out.print(f"  article {report.article}{copied}: {report.why}", style="dim", markup=False)
        for said, when in (("changed", report.revised_at), ("removed", report.removed_at)):
            if when:
                out.print(f"  {said} {when.astimezone(zone):%m-%d %H:%M}", style="yellow", markup=False)
        out.print(f"  {report.url}", style="dim", markup=False)
