"""`dateline group`: reports to the events they tell, in whatever languages."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.app import app
from cli.progress import counting
from cli.streams import Record, StreamError, read_records, text_of, write_record

if TYPE_CHECKING:
    from news.stories import Assignment, Report, Split
    from news.topics import Mention

FindMentions = Callable[[str, str, str | None], "tuple[Mention, ...]"]


@app.command()
def group(
    file: Annotated[
        str,
        typer.Argument(
            help="JSON lines with id, title, text, published_at (or date) and what else is known, in order of time; "
            "- is standard input."
        ),
    ] = "-",
) -> None:
    """Group reports of one event into stories, across languages: JSON lines in, the same lines with `story` out.

    `story` is the id of the report that opened it, `origin` that of the report whose text is printed, `why` the reason in
    words; `merged` names stories that turned out to be this one, `follows` the story that a new one is a follow-up of, `split`
    earlier reports that turn out to tell another event than the rest of their story, which open one of their own.
    """
    from cli.topic_matching import open_matcher
    from flows.settings import read_settings

    matcher = open_matcher(read_settings())
    for record in counting(group_records(read_records(file), matcher.find_mentions), "reports"):
        write_record(record)


def group_records(records: Iterable[Record], find_mentions: FindMentions) -> Iterator[Record]:
    """Yield records with where they belong, in their order. Only those of one hour are held back at a time."""
    from stories.grouping import assign_stories

    waiting: dict[str, Record] = {}
    assigned: dict[str, Record] = {}

    def read() -> "Iterator[Report]":
        for number, record in enumerate(records, start=1):
            report = _to_report(record, number, find_mentions)
            waiting[report.id] = record
            yield report

    for assignment in assign_stories(read()):
        assigned[assignment.report] = _add_place(waiting[assignment.report], assignment)
        while waiting and (first := next(iter(waiting))) in assigned:
            del waiting[first]
            yield assigned.pop(first)


def _add_place(record: Record, assignment: "Assignment") -> Record:
    placed = {
        "story": _name(assignment.story),
        "origin": _name(assignment.origin),
        "why": assignment.why,
        "merged": [_name(story) for story in assignment.merged],
        "merged_why": assignment.merged_why,
        "split": assignment.split and _write_split(assignment.split),
        "follows": assignment.follows and _name(assignment.follows),
    }
    return {**record, **{name: value for name, value in placed.items() if value}}


def _write_split(split: "Split") -> dict[str, object]:
    names = {"story": _name(split.story), "out_of": _name(split.out_of)}
    return {**names, "reports": [name.partition(":")[2] for name in split.reports], "why": split.why}


def _name(id_: str) -> str:
    """The id that a line bore, without the number that keeps lines of one id apart."""
    return id_.removeprefix("new:").partition(":")[2]


def _to_report(record: Record, number: int, find_mentions: FindMentions) -> "Report":
    from news.stories import Report

    title, text = text_of(record, "title"), text_of(record, "text")
    language = text_of(record, "language", "lang") or None
    return Report(
        id=f"{number}:{record.get('id', number)}",
        title=title,
        text=text,
        language=language,
        outlet=text_of(record, "outlet", "source"),
        at=_read_time(record, number),
        url=text_of(record, "url"),
        mentions=find_mentions(title, text, language),
    )


def _read_time(record: Record, number: int) -> datetime:
    """Return when a report was published; a day without a time counts as its beginning, in UTC."""
    written = text_of(record, "published_at", "date")
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise StreamError(
            f'record {number}: published_at or date must be a time such as 2026-01-05T07:00Z, not "{written}"'
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
