"""`dateline feeds`: the sources, as declared and as they answer."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.app import app, err, out
from cli.streams import open_input, write_record
from cli.wording import say_ago, say_path

if TYPE_CHECKING:
    from flows.settings import Settings
    from flows.steps.discovering import Attempt, Discovery, FoundFeed
    from flows.wiring import Bureau
    from news.sources import FeedKind
    from seeds.declarations import Declarations
    from seeds.opml import ImportedFeed

feeds = typer.Typer(no_args_is_help=True, help="List, find, add, import, export and read feeds.")
app.add_typer(feeds, name="feeds")

_NAMED = 10
"""New feeds that are named; the rest is counted."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]


@feeds.command("list")
def list_feeds(*, json: Json = False) -> None:
    """List the declared feeds, with when each was last polled and will be polled next.

    One that is declared unverified, since nobody has seen it answer, is verified by its first good poll.
    """
    from dataclasses import asdict

    from rich.table import Table

    from flows.settings import read_settings
    from flows.wiring import open_bureau, utc_now
    from storage.feeds import list_feeds as list_states

    now = utc_now()
    with open_bureau(read_settings()) as bureau:
        states = {state.feed_id: state for _, state in list_states(bureau.store)}
        declared = sorted(bureau.declarations.feeds.values(), key=lambda feed: (feed.country, feed.language, feed.id))
    table = Table("feed", "title", "country", "language", "kind", "seen", "polled", "next", box=None, pad_edge=False)
    unverified = 0
    for feed in declared:
        state = states.get(feed.id)
        checked_at, next_at = (state.checked_at, state.next_check_at) if state else (None, None)
        is_verified = feed.verified or bool(state and state.has_answered)
        unverified += not is_verified
        if json:
            times = {
                "verified": is_verified,
                "checked_at": checked_at and checked_at.isoformat(),
                "next_check_at": next_at and next_at.isoformat(),
            }
            write_record({**asdict(feed), **times})
        else:
            polled, due = say_ago(checked_at, now), say_ago(next_at, now) if next_at and next_at > now else "now"
            seen = "yes" if is_verified else "unverified"
            table.add_row(feed.id, feed.title, feed.country, feed.language, feed.kind, seen, polled, due)
    if not json:
        out.print(table)
        said = f", {unverified} of them unverified: nobody has seen them answer yet" if unverified else ""
        out.print(f"{len(declared)} feeds{said}.", soft_wrap=True)


@feeds.command()
def add(
    url: Annotated[str, typer.Argument(help="The feed's address.")],
    *,
    title: Annotated[str, typer.Option(help="What to call it; default: its host.")] = "",
    language: Annotated[str, typer.Option(help="Its language, such as ko or zh-Hans.")] = "",
) -> None:
    """Declare a feed of your own."""
    from flows.settings import read_settings
    from news.errors import AddressError
    from news.urls import canonical_url
    from seeds.codes import UNKNOWN_LANGUAGE, tidy_language
    from seeds.opml import ImportedFeed

    try:
        canonical_url(url)
    except AddressError as error:
        raise typer.BadParameter(str(error), param_hint="URL") from error
    if language and tidy_language(language) == UNKNOWN_LANGUAGE:
        reason = f"{language} is no language code; write en, ko, ja, zh-Hans, zh-Hant or another of ISO 639-1"
        raise typer.BadParameter(reason, param_hint="--language")
    _declare(read_settings(), [ImportedFeed(url, title, language)])


@feeds.command("import")
def import_(
    file: Annotated[
        str, typer.Argument(help="OPML (also malformed), CSV, or one address a line; - is standard input.")
    ],
) -> None:
    """Declare the feeds of a list from elsewhere; what is left out is said, with the reason."""
    from flows.settings import read_settings
    from seeds.importing import read_feed_list

    with open_input(file) as opened:
        imported, problems = read_feed_list(opened.read(), file)
    for problem in problems:
        err.print(problem, style="dim", markup=False, soft_wrap=True)
    _declare(read_settings(), imported)


def _declare(
    settings: "Settings", imported: "Sequence[ImportedFeed]", seen: "Mapping[str, FeedKind] | None" = None
) -> None:
    """Give feeds ids and outlets, and write them into the user's own files. `seen` are those that answered, by address."""
    from dataclasses import replace

    from digests.wording import count
    from flows.wiring import make_home
    from seeds.adding import add_feeds
    from seeds.importing import prepare_feeds

    make_home(settings.home_path)
    declared = _load(settings)
    additions = prepare_feeds(imported, declared.feeds, declared.outlets)
    for problem in additions.problems:
        err.print(problem, style="dim", markup=False, soft_wrap=True)
    if not additions.feeds:
        out.print("Nothing to add.")
        return
    new = [replace(f, kind=seen[f.url], verified=True) if seen and f.url in seen else f for f in additions.feeds]
    add_feeds(settings.own_seeds, new, additions.outlets, shipped=settings.seeds)
    names = ", ".join(feed.id for feed in new[:_NAMED]) + (", ..." if len(new) > _NAMED else "")
    out.print(
        f"Added {count(len(new), 'feed')} ({names}) to {say_path(settings.own_seeds / 'feeds.toml')}.", soft_wrap=True
    )
    if additions.outlets:
        place = say_path(settings.own_seeds / "outlets.toml")
        out.print(
            f"Of {count(len(additions.outlets), 'new outlet')} only the host is known: fill in the rest in {place}.",
            soft_wrap=True,
        )


def _load(settings: "Settings") -> "Declarations":
    from flows.wiring import read_declarations

    return read_declarations(settings, keeps_last_good=False).declarations


@feeds.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write; default: standard output.", show_default=False)
    ] = None,
) -> None:
    """Write the declared feeds as OPML, which any feed reader imports."""
    from flows.settings import read_settings
    from news.errors import SettingsError
    from seeds.opml import write_opml

    document = write_opml(_load(read_settings()).feeds.values())
    if file is None:
        sys.stdout.write(document.decode())
        return
    try:
        file.write_bytes(document)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from error


@feeds.command()
def discover(
    site: Annotated[str, typer.Argument(help="A site's address, or that of a page of it.")],
    *,
    add: Annotated[
        list[str] | None,
        typer.Option(help="Declare the feed of this address, or number in the list (repeat for more)."),
    ] = None,
    json: Json = False,
) -> None:
    """Find a site's feeds, show what each holds, and declare the chosen ones."""
    from flows.settings import read_settings
    from flows.wiring import open_bureau
    from news.errors import ParseError
    from news.urls import hide_credentials
    from seeds.opml import ImportedFeed

    settings = read_settings()
    with open_bureau(settings) as bureau:
        discovery = _discover(bureau, site, settings.page_seconds)
    found = discovery.found
    if not found:
        _show_failed(discovery.failed)
        raise ParseError(f"{hide_credentials(site)} names no feed, and none answers where most sites have theirs")
    _show_found(found, as_json=json)
    _show_failed(discovery.failed)
    if chosen := _choose(found, add or ()):
        for one in chosen:
            err.print(f"Chosen: {one.title or '(no title)'}, {hide_credentials(one.url)}", markup=False, soft_wrap=True)
        imported = [ImportedFeed(one.url, one.title, one.language or "") for one in chosen]
        _declare(settings, imported, {one.url: one.kind for one in chosen})
    elif not json:
        out.print("To declare one, run this again with --add ADDRESS, or its number.")


def _choose(found: "Sequence[FoundFeed]", wanted: Sequence[str]) -> "list[FoundFeed]":
    """Take what was found by number, or by address: numbers change when one of the feeds before does not answer."""
    from news.urls import hide_credentials

    known = {str(number): one for number, one in enumerate(found, start=1)}
    known |= {hide_credentials(one.url): one for one in found}
    names = [hide_credentials(name) for name in wanted]
    if wrong := [name for name in names if name not in known]:
        raise typer.BadParameter(f"{wrong[0]} is none of the {len(found)} feeds that were found", param_hint="--add")
    return [known[name] for name in names]


def _discover(bureau: "Bureau", site: str, page_seconds: float) -> "Discovery":
    """Look at an address as it is written; at a bare name over https, and over http where that is not to be had."""
    import asyncio

    from extractors.workers import open_pool
    from flows.clients import open_bureau_client
    from flows.steps.discovering import discover_feeds
    from news.errors import FetchError, FetchFailure
    from news.urls import hide_credentials

    async def find(address: str) -> "Discovery":
        with open_pool(workers=1, timeout=page_seconds) as workers:
            async with open_bureau_client(bureau) as client:
                return await discover_feeds(client, workers, address)

    if "://" in site:
        return asyncio.run(find(site))
    try:
        return asyncio.run(find(f"https://{site}"))
    except FetchError as error:
        if error.status or error.kind not in {FetchFailure.TLS, FetchFailure.CONNECT, FetchFailure.TIMEOUT}:
            raise
        shown = hide_credentials(f"http://{site}")
        err.print(f"over https {error}; {shown} is tried in its place", style="dim", markup=False, soft_wrap=True)
    # The client has gone with its rests: the host, that would not be asked again for a while, answers another port.
    return asyncio.run(find(f"http://{site}"))


def _show_found(found: "Sequence[FoundFeed]", *, as_json: bool) -> None:
    from dataclasses import asdict

    from flows.wiring import utc_now
    from news.urls import hide_credentials

    for number, one in enumerate(found, start=1):
        url = hide_credentials(one.url)
        if as_json:
            write_record({**asdict(one), "url": url, "latest_at": one.latest_at and one.latest_at.isoformat()})
            continue
        out.print(f"{number}  {one.title or '(no title)'}", style="bold", markup=False)
        latest = f", the latest {say_ago(one.latest_at, utc_now())}: {one.latest_title}" if one.latest_title else ""
        out.print(f"   {url}", markup=False, soft_wrap=True)
        out.print(f"   {one.entries} entries{latest}  ({one.found_in})", style="dim", markup=False)


def _show_failed(attempts: "Iterable[Attempt]") -> None:
    """Say on standard error what else was tried, in one line for all that ended alike."""
    from collections import defaultdict

    from news.urls import hide_credentials

    alike = defaultdict[tuple[str, str], list[str]](list)
    for one in attempts:
        alike[one.found_in, one.reason].append(hide_credentials(one.url))
    for (found_in, reason), urls in alike.items():
        place = urls[0] if len(urls) == 1 else f"{len(urls)} addresses such as {urls[0]}"
        err.print(f"tried ({found_in}) {place}: {reason}", style="dim", markup=False, soft_wrap=True)


@feeds.command()
def parse(
    files: Annotated[list[str], typer.Argument(help="Saved feeds, gzipped or not; - is standard input.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line for each entry.")] = False,
) -> None:
    """Read saved feeds of any format into their entries; a file that is no feed is named, with the reason."""
    from extractors.encoding import unpack_gzip
    from extractors.feed import entry_record, parse_feed
    from news.errors import NewsError

    has_failed = False
    for file in files:
        try:
            with open_input(file) as opened:
                parsed = parse_feed(unpack_gzip(opened.read()), url="")
        except NewsError as error:
            err.print(f"{file}: {error}", markup=False, soft_wrap=True)
            has_failed = True
            continue
        if not json:
            out.print(
                f"{file}: {parsed.title or '(no title)'}, {len(parsed.entries)} entries", style="bold", markup=False
            )
        for entry in parsed.entries:
            if json:
                write_record(entry_record(file, entry))
            else:
                at = f"{entry.published_at:%Y-%m-%d %H:%M}" if entry.published_at else "no time given"
                out.print(f"  {at:16}  {entry.title}", markup=False, soft_wrap=True)
    if has_failed:
        raise typer.Exit(1)
