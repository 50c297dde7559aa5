"""`dateline search`, `export`, `backup`, `restore` and `prune`: the archive."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from cli.app import app, fail, out
from cli.backup_folders import own_folder, remember_folder
from cli.progress import counting, told

if TYPE_CHECKING:
    from flows.settings import Settings
    from storage.engine import Store
    from storage.queries import Query
    from storage.search import Found
    from storage.snippets import Marked


@contextmanager
def open_archive() -> "Iterator[tuple[Settings, Store]]":
    """Open the database alone: what it holds can be read whatever the declarations say."""
    from flows.settings import read_settings
    from flows.wiring import make_home
    from storage.engine import open_store
    from storage.schema import ensure_schema

    settings = read_settings()
    make_home(settings.home_path)
    store = open_store(settings.store_url)
    try:
        ensure_schema(store)
        yield settings, store
    finally:
        store.dispose()


def _parse(words: Sequence[str], settings: "Settings") -> "Query":
    """Several arguments are one query; quotation marks that a phrase needs must reach us through the shell."""
    from flows.wiring import utc_now
    from storage.queries import parse_query

    return parse_query(" ".join(words), utc_now(), ZoneInfo(settings.zone))


_QUERY_HELP = 'Words, "phrases", AND, OR, NOT, ( ), topic: outlet: language: press: since: until:'


@app.command()
def search(
    query: Annotated[list[str], typer.Argument(help=_QUERY_HELP)],
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Show at most so many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Search titles and texts in all languages, the best and newest first.

    Examples: search 台湾海峡 NOT 地震 / search '"export controls" press:japan since:7d' / search 대만 topic:taiwan
    """
    from flows.wiring import utc_now
    from storage.queries import QueryError
    from storage.search import search_articles

    with open_archive() as (settings, store):
        try:
            found = search_articles(store, _parse(query, settings), utc_now(), limit=limit)
        except QueryError as error:
            fail(str(error), status=2)
    if as_json:
        sys.stdout.write(json.dumps([_to_record(one) for one in found], ensure_ascii=False, indent=1) + "\n")
        return
    for one in found:
        _show(one, ZoneInfo(settings.zone))
    if not found:
        out.print("Nothing found.")


def _to_record(found: "Found") -> dict[str, Any]:
    times = {name: getattr(found, name) for name in ("published_at", "revised_at", "removed_at")}
    return asdict(found) | {name: at.isoformat() if at else None for name, at in times.items()}


def _show(found: "Found", zone: ZoneInfo) -> None:
    about = [found.outlet, f"{found.published_at.astimezone(zone):%Y-%m-%d %H:%M}", found.language, *found.topics]
    out.print(_mark(found.title, "bold"))
    state = "removed" if found.removed_at else "changed" if found.revised_at else ""
    out.print(Text(f"  {' · '.join(filter(None, about))}", "dim") + Text(f" · {state}" if state else "", "yellow"))
    if found.snippet.text:
        out.print(Text("  ") + _mark(found.snippet, ""))
    out.print(Text(f"  {found.url}\n", "cyan"), soft_wrap=True)


def _mark(marked: "Marked", style: str) -> Text:
    text = Text(marked.text, style)
    for start, end in marked.marks:
        text.stylize("bold yellow underline", start, end)
    return text


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


@app.command()
def export(
    query: Annotated[list[str] | None, typer.Argument(help="Only what this search finds; none: everything.")] = None,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; none: standard output.")] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="None: as the file's name ends, else jsonl.")
    ] = None,
    texts: Annotated[bool, typer.Option("--texts/--no-texts", help="With the articles' texts.")] = True,
) -> None:
    """Write articles with their tags and evidence for other programs."""
    from storage.export import export_articles
    from storage.queries import QueryError

    chosen = format_ or _guess_format(output)
    with open_archive() as (settings, store):
        try:
            wanted = _parse(query, settings) if query else None
            records = counting(export_articles(store, wanted, with_text=texts), "articles")
            count = _write(records, chosen, output)
        except QueryError as error:
            fail(str(error), status=2)
        except BrokenPipeError:  # who reads it has enough
            raise
        except OSError as error:
            if not output:
                raise
            fail(f"{output} cannot be written: {error.strerror or error}")
    if output:
        out.print(f"{count:,} articles in {output}", soft_wrap=True)


def _guess_format(output: Path | None) -> Format:
    ending = output.suffix.removeprefix(".").lower() if output else ""
    return Format(ending) if ending in set(Format) else Format.JSONL


def _write(records: Iterator[dict[str, Any]], chosen: Format, output: Path | None) -> int:
    from storage.export import TEXT_FORMATS

    if output:
        return _write_file(records, chosen, output)
    if chosen is Format.PARQUET:
        fail("a Parquet file cannot be written to standard output; name a file with --output", status=2)
    return TEXT_FORMATS[chosen.value](records, sys.stdout)


def _write_file(records: Iterator[dict[str, Any]], chosen: Format, output: Path) -> int:
    """An older file of the name stays until the new one is complete; a device or pipe is written as it is."""
    from storage.export import TEXT_FORMATS, write_parquet

    is_plain = output.is_file() or not output.exists()
    target = output.resolve().with_name(f"{output.name}.partial") if is_plain else output
    try:
        if chosen is Format.PARQUET:
            count = write_parquet(records, target)
        else:
            with target.open("w", encoding="utf-8", newline="") as file:
                count = TEXT_FORMATS[chosen.value](records, file)
        if is_plain:
            target.replace(output.resolve())
    finally:
        if is_plain:
            target.unlink(missing_ok=True)
    return count


@app.command()
def backup(
    folder: Annotated[Path | None, typer.Argument(help="Where to; none: `backups` in the home.")] = None,
    *,
    keep: Annotated[int, typer.Option(min=0, help="Remove all but so many of the newest there; 0: keep all.")] = 0,
) -> None:
    """Back up the database while it is in use, and verify the copy."""
    from flows.settings import read_settings
    from flows.wiring import utc_now
    from storage.backup import backup_store, remove_old_backups
    from storage.engine import open_store
    from storage.indexes import REMEDY, is_index_whole

    settings = read_settings()
    target = folder or own_folder(settings.home_path)
    store = open_store(settings.store_url)  # as it is: nothing is made here, and any version can be backed up
    try:
        path = backup_store(store, target, utc_now())
    finally:
        store.dispose()
    remember_folder(settings.home_path, target)
    out.print(f"{path} ({path.stat().st_size / 1e6:,.1f} MB, verified)", soft_wrap=True)
    if keep and (removed := remove_old_backups(target, keep)):
        out.print(f"Removed {len(removed)} older; the newest {keep} are kept.")
    if not is_index_whole(path):
        fail(f"everything is in the backup, but the database's search index is damaged: {REMEDY}")


@app.command()
def restore(
    path: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Replace what the database holds now.")] = False,
) -> None:
    """Put a backup in the place of the database. Stop `serve` and workers first."""
    from flows.settings import read_settings
    from flows.wiring import make_home
    from storage.backup import restore_store
    from storage.engine import open_store
    from storage.indexes import find_unindexed
    from storage.schema import newest_version

    settings = read_settings()
    make_home(settings.home_path)
    version = restore_store(settings.store_url, path, overwrite=yes)
    out.print(f"The database is as it was in {path}.", soft_wrap=True)
    if version != newest_version():
        out.print(f"It is at version {version}; run `make upgrade` to bring it to {newest_version()}.")
        return
    store = open_store(settings.store_url)
    if find_unindexed(store):
        out.print("Its search index is damaged; run `./dateline reindex` before anything else.")
    store.dispose()


@app.command()
def reindex() -> None:
    """Make the search index anew from the articles. Stop `serve` and workers first."""
    from storage.indexes import reindex as index_anew

    with open_archive() as (_, store):
        out.print("Indexing every article; on PostgreSQL a million take about twenty minutes, on SQLite five.")
        with told("articles are indexed") as tell:
            count = index_anew(store, tell)
        out.print(f"{count:,} articles are indexed.")


@app.command()
def prune(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is old.")] = False,
) -> None:
    """Forget what is older than the settings DATELINE_KEEP_... say; `serve` does it once a day."""
    from flows.steps import pruning
    from flows.wiring import utc_now

    with open_archive() as (settings, store):
        pruned = pruning.prune(store, settings, utc_now(), dry_run=dry_run)
    out.print(f"{'Would forget' if dry_run else 'Forgot'} {pruning.describe_pruned(pruned)}.")
