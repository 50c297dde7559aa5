"""`dateline match`: articles to the topics they are about, and why."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from cli.app import app, out
from cli.progress import counting
from cli.streams import Record, read_records, text_of, write_record

if TYPE_CHECKING:
    from matching.evidence import Piece
    from news.topics import Hit, Match, Where

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""What a text cut in the wrong place holds; no matcher can read it."""

_NEAR = 60
"""Characters shown on either side of a hit."""


@app.command()
def match(
    file: Annotated[
        str, typer.Argument(help="JSON lines with id, title, text and what else is known; - is standard input.")
    ] = "-",
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print for people, with what was found highlighted.")
    ] = False,
) -> None:
    """Tag articles with the topics they are about, with a score and the evidence: JSON lines in, the same lines out."""
    from cli.topic_matching import open_matcher
    from flows.settings import read_settings

    matcher = open_matcher(read_settings())
    for record in counting(read_records(file), "articles"):
        title, text = _readable(text_of(record, "title")), _readable(text_of(record, "text"))
        matches = matcher.match_text(title, text, text_of(record, "language", "lang") or None)
        if explain:
            _explain(record, title, text, matches)
        else:
            write_record({**record, "matches": [match_record(one) for one in matches]})


def _readable(text: str) -> str:
    """Put a sign of equal length in the place of half characters, so that spans stay true."""
    return _HALF_CHARACTER.sub("\ufffd", text)


def match_record(match: "Match") -> dict[str, Any]:
    """A match as the fields of a JSON line; spans count code points of the title or text."""
    return {
        "topic": match.topic,
        "score": match.score,
        "evidence": [hit_record(hit) for hit in match.evidence.hits],
        "sentence": match.evidence.sentence,
        "parts": dict(match.evidence.parts),
        "topic_version": match.topic_version,
        "gazetteer_version": match.gazetteer_version,
    }


def hit_record(hit: "Hit") -> dict[str, Any]:
    """A hit as the fields of a JSON object."""
    return {name: getattr(hit, name) for name in ("entity", "label", "where", "start", "end", "quote")}


def _explain(record: Record, title: str, text: str, matches: "Iterable[Match]") -> None:
    """Print an article's title, and for each topic the score, what made it up, and the text's lines in which it shows."""
    from news.topics import Where

    matches = list(matches)
    out.print(mark_hits(title, [hit for one in matches for hit in one.evidence.hits], Where.TITLE), style="bold")
    out.print(
        f"{record.get('id', '')}  {text_of(record, 'outlet')} {text_of(record, 'url')}".rstrip(),
        style="dim",
        markup=False,
    )
    if not matches:
        out.print("  about none of the topics\n")
    for one in matches:
        out.print(f"  [bold cyan]{one.topic}[/]  {one.score:.2f}  {_say_parts(one.evidence.parts)}")
        out.print(f"    {_say_names(one.evidence.hits)}", style="cyan", markup=False)
        out.print(Padding(quote_hits(text, one.evidence.hits), (0, 4)))
        out.print()


def _say_parts(parts: Mapping[str, float]) -> str:
    """The parts of the score, largest first, in the weights' own unit (log-odds); their sum is the score's logit."""
    ranked = sorted(parts.items(), key=lambda part: -abs(part[1]))
    return ", ".join(f"{name} {value:+.2f}" for name, value in ranked if value)


def _say_names(hits: "Iterable[Hit]") -> str:
    return " · ".join(dict.fromkeys(hit.label for hit in hits))


def quote_hits(text: str, hits: "Iterable[Hit]") -> Text:
    """What a text says around its hits, those marked; what lies between is left out."""
    from matching.evidence import Piece, highlight
    from news.topics import Where

    pieces = highlight(text, hits, Where.TEXT)
    last = len(pieces) - 1
    shortened = [
        piece if piece.labels else Piece(_shorten(piece.text, is_first=number == 0, is_last=number == last), ())
        for number, piece in enumerate(pieces)
    ]
    return _mark(shortened)


def _shorten(between: str, *, is_first: bool, is_last: bool) -> str:
    """Keep what stands near a hit: after the one before, and before the next."""
    between = between.replace("\n", " ")
    if len(between) <= 2 * _NEAR:
        return between
    after, before = "" if is_first else between[:_NEAR], "" if is_last else between[-_NEAR:]
    return f"{after} … {before}".strip(" " if is_first or is_last else "")


def mark_hits(text: str, hits: "Iterable[Hit]", where: "Where") -> Text:
    """A title or text for the terminal, with what was found in it standing out."""
    from matching.evidence import highlight

    return _mark(highlight(text, hits, where))


def _mark(pieces: "Iterable[Piece]") -> Text:
    return Text.assemble(*((piece.text, "bold yellow underline" if piece.labels else "") for piece in pieces))
