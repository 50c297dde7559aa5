"""A digest as Markdown: for files, and for the artifact that a run leaves behind."""

import re

from digests import phrases
from digests.render_text import draw_bars
from digests.wording import name_language
from news.digests import Digest, DigestStory, Quote

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$])")
_LINE_START = re.compile(r"^(\d+)([.)])|^([-=])")


def render_markdown(digest: Digest) -> str:
    """Render a digest as Markdown (CommonMark); hostile text is escaped, so that it stays text."""
    kind = "Alert" if digest.is_alert else "Digest"
    blocks = [f"# {escape(digest.title)}", f"{kind} {digest.number} · {digest.date}", escape(digest.opening)]
    if digest.volumes:
        rows = (f"- {draw_bars(volume)} {volume.days[-1]} {escape(volume.title)}" for volume in digest.volumes)
        blocks += [f"{phrases.VOLUMES}:", "\n".join(rows)]
    for section in digest.sections:
        blocks.append(f"## {escape(section.title)}")
        blocks += [_tell(story) for story in section.stories]
    if digest.briefs:
        blocks += ["## In brief", "\n".join(_tell_briefly(story) for story in digest.briefs)]
    if notes := phrases.say_notes(digest):
        blocks += [f"## {phrases.MISSING}", *(escape(note) for note in notes)]
    blocks += ["---", escape(" ".join(phrases.say_footer(digest)))]
    return "\n\n".join(blocks) + "\n"


def escape(text: str) -> str:
    """Escape what Markdown or HTML would read as markup."""
    one_line = " ".join(text.split())
    return _LINE_START.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", _SPECIAL.sub(r"\\\1", one_line)
    )


def link(text: str, url: str) -> str:
    """Link a text, escaped, to any address; without one it is the text alone."""
    # In angle brackets an address ends only at `>` or a line break, which are written in their encoded form.
    safe = url.replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C").replace(" ", "%20")
    return f"[{escape(text)}](<{safe}>)" if url else escape(text)


def _tell(story: DigestStory) -> str:
    lines = [f"### {link(story.title, story.url)}"]
    marks = [name_language(story.language), *(f"also {tag}" for tag in story.tags)]
    marks += [f"changed: {story.change}"] if story.change else []
    marks += [f"surge: {story.surge}"] if story.surge else []
    marks += [f"follows: {story.follows}"] if story.follows else []
    lines.append(escape(" · ".join(marks)))
    names = escape(" · ".join(story.names))
    if story.translate_url:
        names += f"{' · ' if names else ''}{link('Translate', story.translate_url)}"
    lines += [names] if names else []
    lines += [_quote(quote) for quote in story.quotes]
    lines.append("\n".join(f"- {escape(said)}" for said in phrases.say_facts(story)))
    return "\n\n".join(lines)


def _quote(quote: Quote) -> str:
    pieces = (
        f"**{escape(text)}**" if is_marked else _escape_piece(text) for text, is_marked in phrases.split_marks(quote)
    )
    return f"> {''.join(pieces)} ({escape(quote.outlet)})"


def _escape_piece(text: str) -> str:
    """Escape a piece of a sentence; unlike `escape` it keeps the spaces at its ends."""
    return _SPECIAL.sub(r"\\\1", text)


def _tell_briefly(story: DigestStory) -> str:
    return f"- {link(story.title, story.url)} ({escape(phrases.say_brief(story))})"
