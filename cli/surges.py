"""`dateline surges`: how much is told of each topic, against what is usual for it."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from cli.app import app, out
from cli.archive import open_archive
from cli.streams import write_record

if TYPE_CHECKING:
    from news.stories import SurgeWatch
    from storage.surges import SurgeLine
    from stories.surges import Look

_SIGNS = {
    "surging": "[bold red]surging[/]",
    "quiet": "quiet",
    "learning": "[dim]learning[/]",
    "blind": "[yellow]blind[/]",
}


@app.command()
def surges(
    *,
    days: Annotated[int, typer.Option(min=1, help="Surges of the last so many days.")] = 14,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line for each topic.")] = False,
) -> None:
    """Show where each topic stands against its own usual volume, and the surges there were with their stories."""
    from flows.steps.surging import look_at_topics
    from flows.wiring import read_declarations, utc_now
    from storage.surges import list_surges

    with open_archive() as (settings, store):
        now, zone = utc_now(), ZoneInfo(settings.zone)
        topics = {
            topic.id: topic.title
            for topic in read_declarations(settings, keeps_last_good=False).declarations.topics.values()
        }
        looks = list(look_at_topics(store, zone, now, tuple(topics)))
        past = list_surges(store, since_at=now - timedelta(days=days))
    if as_json:
        for watch, look in looks:
            mine = [_write(surge) for surge in past if surge.topic == watch.topic]
            write_record({"topic": watch.topic, **asdict(look), "surges": mine})
        return
    if not looks:
        out.print("Nothing was counted yet: topics are counted from the first round on.")
        return
    out.print(_tabulate(looks, topics))
    for surge in past:
        _show(surge, topics.get(surge.topic, surge.topic), zone)


def _write(surge: "SurgeLine") -> dict[str, object]:
    ended_at = surge.ended_at.isoformat() if surge.ended_at else None
    return {**asdict(surge), "began_at": surge.began_at.isoformat(), "ended_at": ended_at}


def _tabulate(looks: "list[tuple[SurgeWatch, Look]]", topics: dict[str, str]) -> Table:
    table = Table("topic", "state", "why", box=None)
    for watch, look in looks:
        table.add_row(escape(topics[watch.topic]), _SIGNS[look.state], escape(look.why))
    return table


def _show(surge: "SurgeLine", title: str, zone: ZoneInfo) -> None:
    ended = f"until {surge.ended_at.astimezone(zone):%m-%d %H:%M}" if surge.ended_at else "and goes on"
    out.print(f"\n{surge.began_at.astimezone(zone):%Y-%m-%d %H:%M} {title} {ended}: {surge.why}", markup=False)
    for story, headline in surge.stories.items():
        out.print(f"  story {story}  {headline}", style="dim", markup=False, no_wrap=True, overflow="ellipsis")
