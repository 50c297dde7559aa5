"""`./dateline topics list`, `check`, `replay`, `mark` and `marks`: what is watched for, and whether it catches that."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.app import app, fail, out
from cli.archive import open_archive
from cli.progress import counting, following
from cli.streams import write_record

if TYPE_CHECKING:
    from matching.checks import ArchiveReport, FailedExample, Spelling
    from matching.matcher import Matcher
    from news.topics import Topic
    from storage.engine import Store
    from storage.marks import MarkCount

topics = typer.Typer(no_args_is_help=True, help="List, check, suggest, preview, replay and mark topics.")
app.add_typer(topics, name="topics")
marks = typer.Typer(no_args_is_help=True, help="What was marked.")
topics.add_typer(marks, name="marks")

_NAMED = 12
"""Names listed; the rest is counted, and --json lists them all."""
_SPELLED = 8
"""Spellings of one name listed; a phrase of all topics has hundreds."""


@topics.command("list")
def list_() -> None:
    """List the topics, with how much each declares."""
    matcher = open_declared()
    versions = matcher.topic_versions
    table = Table("topic", "title", "keys", "angles", "examples", "version", box=None, pad_edge=False)
    for topic in matcher.topics:
        counts = (str(len(part)) for part in (topic.keys, topic.angles, topic.examples))
        table.add_row(topic.id, topic.title, *counts, versions[topic.id][:8])
    out.print(table)
    out.print(f"{len(matcher.topics)} topics.")


def open_declared() -> "Matcher":
    """The matcher of all that is declared now."""
    from cli.topic_matching import open_matcher
    from flows.settings import read_settings

    return open_matcher(read_settings())


@topics.command()
def check(
    named: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC]...", help="Tell of these topics alone.", show_default=False)
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Validate topics and gazetteer, run every example, and report what the archive and marks say of each topic."""
    from flows.settings import read_settings
    from flows.wiring import read_declarations
    from matching.checks import run_examples, survey
    from matching.matcher import Matcher
    from storage.marks import count_marks

    declared = read_declarations(read_settings(), keeps_last_good=False).declarations
    chosen = named or []
    for topic in chosen:
        if topic not in declared.topics:
            fail(f"there is no topic {topic}; `./dateline topics list` names them", status=2)
    matcher = Matcher(declared.entities, declared.phrases, declared.topics.values())
    failed = run_examples(matcher, chosen)
    with open_archive() as (_, store):
        report = survey(
            matcher, _read_archive(store), chain(declared.entities.values(), declared.phrases.values()), chosen
        )
        counted = [one for one in count_marks(store) if not chosen or one.topic in chosen]
    checked = [topic for topic in matcher.topics if not chosen or topic.id in chosen]
    if as_json:
        _write_check(checked, failed, report, counted)
    else:
        _show_examples(checked, failed)
        _show_report(report)
        _show_marks(counted)
    if failed:
        raise typer.Exit(1)


def _read_archive(store: "Store") -> Iterator[tuple[str, str, str | None]]:
    from flows.steps.replaying import iterate_archive

    texts = (text for batch in iterate_archive(store) for text in batch)
    for text in counting(texts, "articles"):
        yield text.title, text.text, text.language


def _write_check(
    checked: "Sequence[Topic]",
    failed: "Iterable[FailedExample]",
    report: "ArchiveReport",
    counted: "Iterable[MarkCount]",
) -> None:
    from dataclasses import asdict

    write_record(
        {
            "topics": [topic.id for topic in checked],
            "examples": sum(len(topic.examples) for topic in checked),
            "failed": [asdict(one) for one in failed],
            "articles": report.articles,
            "matches": [{"topic": t, "language": n, "articles": c} for (t, n), c in sorted(report.matches.items())],
            "frequent": [asdict(one) for one in report.frequent],
            "silent": list(report.silent) if report.articles else [],
            "idle": [asdict(one) for one in report.idle],
            "overlaps": [asdict(one) for one in report.overlaps],
            "marks": [asdict(one) | {"precision": one.precision} for one in counted],
        }
    )


def _show_examples(checked: "Sequence[Topic]", failed: "tuple[FailedExample, ...]") -> None:
    total = sum(len(topic.examples) for topic in checked)
    out.print(f"{total - len(failed)} of {total} examples of {len(checked)} topics do as they say.")
    for one in failed:
        wanted = "should match" if one.example.matches else "should not match"
        out.print(f"  {one.topic}: {wanted}, scores {one.score:.2f}: {one.example.title}", style="red", markup=False)


def _show_report(report: "ArchiveReport") -> None:
    if not report.articles:
        out.print("The archive is empty, so it says nothing of names and overlaps.")
        return
    table = Table("topic", "language", "articles", "share", box=None, pad_edge=False)
    for (topic, language), count in sorted(report.matches.items()):
        table.add_row(topic, language, f"{count:,}", f"{count / report.articles:.1%}")
    out.print(f"\n{report.articles:,} articles of the archive{':' if report.matches else ', none of them tagged.'}")
    if report.matches:
        out.print(table)
    for one in report.overlaps:
        out.print(f"{one.first} and {one.second} share {one.share:.0%} of their articles ({one.both})")
    _show_names("In more than a tenth of their language's articles", report.frequent)
    _show_names("Spellings never read, of names that were", report.idle)
    if report.silent:
        listed = f"{', '.join(report.silent[:_NAMED])}{_say_rest(len(report.silent), _NAMED)}"
        out.print(f"\nNever read in any spelling: {listed}", markup=False, soft_wrap=True)


def _show_names(heading: str, spellings: "Sequence[Spelling]") -> None:
    """List spellings under the names that they belong to, with their share of articles where they have one."""
    by_name: dict[tuple[str, str], list[str]] = {}
    for one in spellings:
        share = f" ({one.language} {one.share:.0%})" if one.share else ""
        by_name.setdefault((one.label, one.id), []).append(f"{one.word}{share}")
    if not by_name:
        return
    out.print(f"\n{heading}:")
    for (label, id_), words in list(by_name.items())[:_NAMED]:
        listed = f"{', '.join(words[:_SPELLED])}{_say_rest(len(words), _SPELLED)}"
        out.print(f"  {label} ({id_}): {listed}", markup=False, soft_wrap=True)
    if rest := _say_rest(len(by_name), _NAMED):
        out.print(f"  {rest.removeprefix(', ')}; --json lists all, a topic's name its own alone", markup=False)


def _say_rest(count: int, shown: int) -> str:
    return f", and {count - shown:,} more" if count > shown else ""


def _show_marks(counted: "list[MarkCount]") -> None:
    if not counted:
        return
    table = Table("topic", "language", "right", "wrong", "missed", "precision", box=None, pad_edge=False)
    for one in counted:
        precision = "" if one.precision is None else f"{one.precision:.2f}"
        table.add_row(one.topic, one.language, str(one.right), str(one.wrong), str(one.missed), precision)
    out.print("\nMarks:")
    out.print(table)


@topics.command()
def replay(
    topics: Annotated[list[str] | None, typer.Argument(help="Topics by id; none are all.", show_default=False)] = None,
) -> None:
    """Tag the archive anew under topics as they are declared now. Sends nothing; goes on where it was cut off."""
    from flows.retagging import retag_archive
    from flows.settings import read_settings
    from flows.wiring import open_bureau

    with open_bureau(read_settings()) as bureau:
        for topic in topics or ():
            if topic not in bureau.declarations.topics:
                fail(f"there is no topic {topic}; `./dateline topics list` names them", status=2)
        with following("Replay"):
            retagged = retag_archive(bureau, topics or ())
    table = Table("topic", "gained", "lost", box=None, pad_edge=False)
    for topic, done in retagged.by_topic.items():
        table.add_row(topic, f"{done.gained:,}", f"{done.lost:,}")
    out.print(f"{retagged.articles:,} articles read again.")
    out.print(table)
    if retagged.asked:
        out.print(f"{retagged.asked:,} of them have a quick text alone; the next rounds read their pages carefully.")


class Verdict(StrEnum):
    """What a person says of an article and a topic."""

    RIGHT = "right"
    WRONG = "wrong"


@topics.command()
def mark(
    article: Annotated[str, typer.Argument(help="The article's address, or its number in the archive.")],
    topic: Annotated[str, typer.Argument(help="The topic's id.")],
    verdict: Annotated[Verdict, typer.Argument(help="right: it is about the topic; wrong: it is not.")],
) -> None:
    """Say whether an article is about a topic: counted by `topics check`, exported by `topics marks export`."""
    from flows.wiring import utc_now
    from storage.marks import mark_article

    named = int(article) if article.isdecimal() else article
    with open_archive() as (_, store):
        title = mark_article(store, named, topic, is_right=verdict is Verdict.RIGHT, now=utc_now())
    out.print(f"Marked {verdict} for {topic}: {title}", markup=False, soft_wrap=True)


@marks.command("export")
def export_() -> None:
    """Write the marked articles as JSON lines with their labels: 2 is about the topic, 0 is not."""
    from storage.marks import export_marks

    with open_archive() as (_, store):
        for record in export_marks(store):
            write_record(record)
