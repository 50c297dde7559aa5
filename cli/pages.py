"""`dateline extract`: saved pages to articles."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from cli.app import app, fail, out
from cli.progress import counting
from cli.streams import Record, StreamError, open_input, read_each, text_of, write_record
from news.errors import ReadError

if TYPE_CHECKING:
    from cli.saved_pages import SavedPage
    from news.articles import Article


@app.command()
def extract(
    page: Annotated[
        str | None, typer.Argument(help="A saved page, or - for standard input.", show_default=False)
    ] = None,
    *,
    url: Annotated[str, typer.Option(help="Where the page was saved from; default: its own canonical link.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the article as one JSON line.")] = False,
    jsonl: Annotated[
        str | None, typer.Option(metavar="FILE", help="Read lines {id, path, url} from a file or -, on all cores.")
    ] = None,
) -> None:
    """Read a saved page, or a stream of them, into articles: text, title, time, language, and where each comes from."""
    if (page is None) == (jsonl is None):
        raise typer.BadParameter("give either a PAGE or --jsonl FILE")
    if jsonl is not None:
        _extract_stream(jsonl)
    elif page is not None:
        _extract_page(page, url, as_json=json)


def _extract_page(page: str, url: str, *, as_json: bool) -> None:
    """Read one page as many are read, in a worker with its limits: what hangs or kills it is told in a sentence."""
    from cli.saved_pages import SavedBytes, read_traced  # imports every extractor: half a second
    from extractors.article import article_record
    from extractors.workers import run_alone

    with open_input(page) as file:
        saved = SavedBytes(file.read(), url, datetime.now(UTC))
    article, sources = run_alone(read_traced, saved)
    if as_json:
        write_record({**article_record(article), "sources": sources})
    else:
        _show(article, sources)


def _show(article: "Article", sources: Mapping[str, str]) -> None:
    guess = "" if article.date_confidence >= 1 else f", {article.date_confidence:.0%} sure"
    published_at = (
        f"{article.published_at:%Y-%m-%d}" if article.date_only else f"{article.published_at:%Y-%m-%d %H:%M} UTC"
    )
    facts = {
        "address": article.url,
        "published": f"{published_at} (from {article.published_from}{guess})",
        "updated": f"{article.updated_at:%Y-%m-%d %H:%M} UTC" if article.updated_at else "",
        "language": article.language or "not known",
        "authors": ", ".join(article.authors),
        "section": article.section or "",
        "site": article.site_name or "",
        "image": article.image or "",
        "reading": f"{article.quality}{', cut off by the publisher' if article.partial else ''}",
        "sources": ", ".join(f"{name} from {source}" for name, source in sources.items()),
        "notes": "; ".join(article.notes),
    }
    out.print(article.title, style="bold", markup=False, soft_wrap=True)
    for name, fact in facts.items():
        if fact:
            out.print(f"{name:11}{fact}", style="dim", markup=False, soft_wrap=True)
    out.print(f"\n{article.text}", markup=False, soft_wrap=True)


def _extract_stream(source: str) -> None:
    """One line out for each line in, in their order: pages are read ahead on all cores, and a bad one costs its own line.

    So does a line that is no record, but that is a fault of the stream, and the command's end says so.
    """
    from cli.saved_pages import read_saved_record
    from extractors.workers import open_pool

    asked: deque[Record | StreamError] = deque()  # lines whose pages are being read, and bad ones between them
    bad: list[StreamError] = []
    with open_pool() as pool:
        pages = _ask(read_each(source), _folder_of(source), asked)
        for answer in counting(pool.run_each(read_saved_record, pages), "pages"):
            bad += _write_bad_lines(asked)
            line = cast("Record", asked.popleft())
            found = {"error": str(answer)} if isinstance(answer, ReadError) else answer
            write_record({"id": line.get("id", line.get("path")), **found})
    bad += _write_bad_lines(asked)
    if bad:
        fail(f"{bad[0]}{f' (and {len(bad) - 1} more such lines)' if bad[1:] else ''}")


def _write_bad_lines(asked: deque[Record | StreamError]) -> list[StreamError]:
    """Write the errors of the bad lines that are next, and return them."""
    bad: list[StreamError] = []
    while asked and isinstance(asked[0], StreamError):
        bad.append(cast("StreamError", asked.popleft()))
        write_record({"id": None, "line": bad[-1].line, "error": str(bad[-1])})
    return bad


def _ask(
    lines: Iterable[Record | StreamError], folder: Path, asked: deque[Record | StreamError]
) -> Iterator["SavedPage"]:
    """Turn lines into pages to read, keeping the lines for their answers."""
    from cli.saved_pages import SavedPage

    seen_at = datetime.now(UTC)
    for line in lines:
        asked.append(line)
        if not isinstance(line, StreamError):
            yield SavedPage(text_of(line, "path"), folder, text_of(line, "url"), seen_at)


def _folder_of(source: str) -> Path:
    """Paths are relative to the working directory, or else to where the stream's file stands."""
    return Path() if source == "-" else Path(source).parent
