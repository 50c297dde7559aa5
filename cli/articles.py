"""`dateline article`: one article of the archive, with its history."""

import json
import sys
from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from cli.app import app, fail, out
from cli.archive import open_archive

if TYPE_CHECKING:
    from datetime import datetime

    from flows.settings import Settings
    from news.histories import Revision
    from storage.engine import Store
    from storage.histories import History


@app.command()
def article(
    name: Annotated[str, typer.Argument(metavar="ARTICLE", help="Its number in the archive, or its address.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every revision.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Write its page as it was fetched, where that is kept.")] = False,
    revision: Annotated[
        int | None, typer.Option(min=1, help="With --page: of this revision, not the latest kept.")
    ] = None,
) -> None:
    """Show an article: text, where its date comes from, and what changed each time that its page was read anew."""
    from news.urls import canonical_url
    from storage.histories import find_history

    if revision and not page:
        raise typer.BadParameter("it chooses the page that --page writes", param_hint="--revision")
    if page and as_json:
        raise typer.BadParameter("a page is written as it was fetched, not as JSON", param_hint="--page")
    with open_archive() as (settings, store):
        history = find_history(store, int(name) if name.isdecimal() else name)
        if history is None and not name.isdecimal():
            history = find_history(store, canonical_url(name))
        if history and page:
            _write_page(store, history, revision, settings)
            return
    if history is None:
        fail(f"there is no article {name} in the archive; `./dateline search` prints addresses")
    if as_json:
        sys.stdout.write(json.dumps(asdict(history), ensure_ascii=False, default=str) + "\n")
    else:
        _show(history, ZoneInfo(settings.zone))


def _write_page(store: "Store", history: "History", revision: int | None, settings: "Settings") -> None:
    """Write a kept page to standard output, and to standard error what it is."""
    from extractors.markup import MAX_BYTES
    from fetching.decoding import decode_body
    from storage.pages import find_page

    kept = find_page(store, history.article, revision)
    if kept is None:
        days = settings.keep_pages_days
        of = f"revision {revision} of article" if revision else "article"
        rule = f"pages of articles that match a topic are kept for {days} days" if days else "pages are not kept"
        fail(f"the page of {of} {history.article} is not there: {rule} (DATELINE_KEEP_PAGES_DAYS)")
    if sys.stdout.isatty():  # a stranger's bytes could command the terminal
        fail(f"this is the page's own markup, so not for a terminal; add `> page-{history.article}.html`")
    fetched_at = _say(kept.fetched_at, ZoneInfo(settings.zone))
    sys.stderr.write(f"{kept.url} as {kept.content_type or 'no type'} on {fetched_at}, revision {kept.revision}\n")
    sys.stdout.buffer.write(decode_body(kept.body, kept.packing, MAX_BYTES))


def _show(history: "History", zone: ZoneInfo) -> None:
    latest = history.revisions[-1]
    out.print(latest.title, style="bold", markup=False, soft_wrap=True)
    for name, fact in _list_facts(history, latest, zone):
        out.print(f"{name:11}{fact}", style="dim", markup=False, soft_wrap=True)
    out.print(f"\n{latest.text or 'Its text was forgotten.'}", markup=False, soft_wrap=True)
    for before, after in pairwise(history.revisions):
        _show_change(before, after, zone)


def _list_facts(history: "History", latest: "Revision", zone: ZoneInfo) -> list[tuple[str, str]]:
    sure = "" if history.date_confidence is None else f", {history.date_confidence:.0%} sure"
    less = "the feed gives no more" if latest.quality == "feed" else "cut off by the publisher"
    reading = f"{latest.quality}, {less}" if history.partial else latest.quality
    published = _say(history.published_at, zone)
    if history.is_date_only:
        published = f"{history.published_at.astimezone(ZoneInfo(history.zone)):%Y-%m-%d}"
    facts = [
        ("address", history.url),
        ("outlet", history.outlet),
        ("published", f"{published} (from {history.published_from}{sure})"),
        ("first seen", _say(history.first_seen_at, zone)),
        ("changed", _say(history.revised_at, zone)),
        ("removed", _say(history.removed_at, zone)),
        ("language", history.language or "not known"),
        ("reading", f"{reading}, {_say(latest.read_at, zone)}"),
        ("page", f"kept of {_list_kept(history)}; --page writes it" if history.pages else ""),
        ("notes", "; ".join(latest.notes)),
    ]
    return [(name, fact) for name, fact in facts if fact]


def _list_kept(history: "History") -> str:
    numbers = ", ".join(map(str, history.pages))
    return f"{'revision' if len(history.pages) == 1 else 'revisions'} {numbers}"


def _say(at: "datetime | None", zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def _show_change(before: "Revision", after: "Revision", zone: ZoneInfo) -> None:
    from news.histories import compare_revisions

    changes = compare_revisions(before, after)
    why = "changed" if changes else f"read {after.quality} instead of {before.quality}"
    if not changes and before.quality is after.quality:
        why = "changed; the texts were forgotten"
    out.print(f"\nRevision {after.number}, {_say(after.read_at, zone)}: {why}", style="bold", markup=False)
    for change in changes:
        for lines, sign, style in ((change.removed, "-", "red"), (change.added, "+", "green")):
            for line in lines:
                out.print(f"{sign} {line}", style=style, markup=False, soft_wrap=True)
