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
    from storage.story_files import StoryLine

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
    """Show all that a story carries: who tells it, in what words, since when, and why each report stands in it.

    Where two sides tell one meeting, it says what each names and what it leaves out.
    """
    from cli.story_file import show_story
    from flows.steps.story_views import view_story
    from flows.wiring import read_declarations

    with open_archive() as (settings, store):
        declared = read_declarations(settings, keeps_last_good=True).declarations
        view = view_story(store, story, declared.entities)
    if view is None:
        fail(f"there is no story {story}; `./dateline stories list` shows those there are")
    if as_json:
        _print_json(asdict(view))
        return
    topics = {topic.id: topic.title for topic in declared.topics.values()}
    entities = {entity.id: entity.label for entity in declared.entities.values()}
    show_story(view, topics, entities, ZoneInfo(settings.zone), out)


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
