"""`./dateline topics suggest` and `preview`: a topic out of an article, and what a topic would change in the archive."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.app import err, fail, out
from cli.archive import open_archive
from cli.progress import following
from cli.streams import open_input
from cli.topics import open_declared, topics
from cli.wording import say_path

if TYPE_CHECKING:
    from rich.console import Console

    from cli.saved_pages import SavedBytes
    from flows.settings import Settings
    from flows.steps.replaying import Preview
    from matching.suggest import Suggestion
    from news.topics import Topic
    from storage.replays import ArchivedText

_SHOWN = 8
"""Articles shown of each kind."""


@topics.command()
def suggest(
    article: Annotated[
        str, typer.Argument(help="A saved page, or a text with its title in the first line; - is standard input.")
    ] = "-",
    *,
    url: Annotated[str, typer.Option(help="Read the article from this address instead.")] = "",
    write: Annotated[str, typer.Option(metavar="ID", help="Save the draft under this id among your own topics.")] = "",
) -> None:
    """Draft a topic from one article: text to edit, with a reason for each line; the archive shows what it would catch."""
    from flows.settings import read_settings
    from matching.drafts import write_suggestion
    from matching.suggest import suggest_topic

    settings = read_settings()
    title, text, language = _fetch_article(settings, url) if url else _read_article(article)
    path = _choose_path(settings, write) if write else None
    suggestion = suggest_topic(open_declared(), write or "draft", title, text, language)
    draft = write_suggestion(suggestion)
    out.print(draft, markup=False, soft_wrap=True, end="")
    _preview_suggestion(suggestion)
    if path:
        _save(path, draft)


def _read_article(source: str) -> tuple[str, str, str | None]:
    """Read a page or a text; a text's first line is its title."""
    from datetime import UTC, datetime

    from cli.saved_pages import SavedBytes
    from extractors.encoding import unpack_gzip

    with open_input(source) as file:
        body = unpack_gzip(file.read())
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_page(SavedBytes(body, "", datetime.now(UTC)))
    try:
        title, _, text = body.decode("utf-8-sig").strip().partition("\n")
    except UnicodeDecodeError:
        fail(f"{source} is neither a page nor text in UTF-8; save it as one of the two")
    return title.strip(), text.strip(), None


def _read_page(page: "SavedBytes") -> tuple[str, str, str | None]:
    """Read one page as `extract` does, in a worker with its limits."""
    from cli.saved_pages import read_saved
    from extractors.workers import run_alone

    article = run_alone(read_saved, page)
    return article.title, article.text, article.language


def _fetch_article(settings: "Settings", url: str) -> tuple[str, str, str | None]:
    import asyncio

    from cli.saved_pages import SavedBytes
    from flows.clients import open_bureau_client
    from flows.wiring import open_bureau, utc_now
    from news.sources import Fetched

    async def fetch() -> SavedBytes:
        async with open_bureau_client(bureau) as client:
            page = await client.fetch(url, kind="page")
        assert isinstance(page, Fetched)  # noqa: S101 (no validators were sent, so nothing can be 'not modified')
        return SavedBytes(page.body, page.final_url, utc_now(), page.content_type)

    with open_bureau(settings) as bureau:
        page = asyncio.run(fetch())
    return _read_page(page)


def _choose_path(settings: "Settings", id_: str) -> Path:
    """Where a draft will stand; a name that is none, or is taken, is refused before any work."""
    from seeds.reading import ID

    if not ID.fullmatch(id_):
        fail(f'"{id_}" is no id; use small letters, digits and single hyphens', status=2)
    path = settings.own_seeds / "topics" / f"{id_}.toml"
    if path.exists() or id_ in open_declared().topic_versions:
        fail(f"there is a topic {id_} already; choose another id", status=2)
    return path


def _save(path: Path, draft: str) -> None:
    from seeds.writing import write_whole

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, draft.encode())
    err.print(f"Saved in {say_path(path)}: edit it, then run `./dateline topics check`.", soft_wrap=True)


def _preview_suggestion(suggestion: "Suggestion") -> None:
    """On standard error, so that the draft alone goes into a file."""
    _preview(suggestion.topic, err)


@topics.command()
def preview(
    file: Annotated[Path, typer.Argument(help="A TOML file with the topic as edited, saved or not.")],
) -> None:
    """Show what the topics of a file would add to and take from the archive, against what is tagged now."""
    from flows.settings import read_settings
    from flows.wiring import read_declarations
    from seeds.topics import read_topic_file

    declared = read_declarations(read_settings(), keeps_last_good=False).declarations
    for topic in read_topic_file(file, declared.entities, declared.phrases):
        out.print(f"{topic.id}: {topic.title}", style="bold", markup=False)
        _preview(topic, out)


def _preview(topic: "Topic", to: "Console") -> None:
    from flows.settings import read_settings
    from flows.steps.replaying import preview_topic
    from flows.wiring import read_declarations
    from matching.matcher import Matcher

    declared = read_declarations(read_settings(), keeps_last_good=False).declarations
    matcher = Matcher(declared.entities, declared.phrases, [topic])
    with open_archive() as (_, store), following("Preview"):
        found = preview_topic(store, matcher, topic.id)
    _show(found, to)


def _show(found: "Preview", to: "Console") -> None:
    if not found.articles:
        to.print("The archive is empty, so there is nothing to preview.")
        return
    to.print(
        f"Of {found.articles:,} articles it would tag {len(found.added) + found.kept:,}: "
        f"{len(found.added):,} more than now, {len(found.lost):,} no longer."
    )
    for text, score in found.added[:_SHOWN]:
        to.print(f"  + {score:.2f}  {_describe(text)}", style="green", markup=False, soft_wrap=True)
    _count_rest(found.added, to)
    for text in found.lost[:_SHOWN]:
        to.print(f"  -       {_describe(text)}", style="red", markup=False, soft_wrap=True)
    _count_rest(found.lost, to)


def _describe(text: "ArchivedText") -> str:
    return f"{text.title}  ({text.outlet}, {text.published_at:%Y-%m-%d})"


def _count_rest(listed: Sequence[object], to: "Console") -> None:
    if len(listed) > _SHOWN:
        to.print(f"  and {len(listed) - _SHOWN:,} more", style="dim")
