"""A digest as plain text: the other half of a mail, and what a terminal shows."""

import textwrap
from collections.abc import Sequence

from digests import phrases
from digests.wording import measure, name_language
from news.digests import Digest, DigestStory, Quote, Volume

COLUMNS = 76
_BARS = "▁▂▃▄▅▆▇█"


def render_text(digest: Digest, *, unsubscribe: str = "") -> str:
    """Render a digest as plain text of about 76 columns; links stand on lines of their own.

    `unsubscribe` is the address that stops it (`mailto:` or `https:`); empty leaves it out.
    """
    blocks = _open_and_tell(digest)
    if digest.briefs:
        blocks.append([_underline("In brief", "-")])
        blocks += [_tell_briefly(story) for story in digest.briefs]
    if notes := phrases.say_notes(digest):
        blocks.append([_underline(phrases.MISSING, "-"), *(line for note in notes for line in wrap(note))])
    stop = [f"Stop this digest: {unsubscribe}"] if unsubscribe else []
    blocks.append(["--", *(line for said in phrases.say_footer(digest) for line in wrap(said)), *stop])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def count_words_in_full(digest: Digest) -> int:
    """Count the words that a digest has as text before its one-liners: its head and the stories told in full."""
    return _count([line for block in _open_and_tell(digest) for line in block])


def count_words(story: DigestStory) -> int:
    """Count the words that a story told in full has as text."""
    return _count(_tell(story))


def _count(lines: Sequence[str]) -> int:
    return sum(len(line.split()) for line in lines)


def _open_and_tell(digest: Digest) -> list[list[str]]:
    kind = "Alert" if digest.is_alert else "Digest"
    blocks = [[digest.title.upper(), f"{kind} {digest.number} · {digest.date}"], [*wrap(digest.opening)]]
    if digest.volumes:
        blocks.append([f"{phrases.VOLUMES}:", *(_draw(volume) for volume in digest.volumes)])
    for section in digest.sections:
        blocks.append([_underline(section.title, "=")])
        blocks += [_tell(story) for story in section.stories]
    return blocks


def wrap(text: str, indent: str = "") -> list[str]:
    """Wrap text at spaces; a line of wide characters without spaces stays whole, for mail clients to fold."""
    return textwrap.wrap(
        text, COLUMNS, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def draw_bars(volume: Volume) -> str:
    """Draw a topic's volume as a line of bars, one for each day."""
    most = max(volume.days, default=0) or 1
    return "".join(_BARS[round((len(_BARS) - 1) * day / most)] for day in volume.days)


def _draw(volume: Volume) -> str:
    latest = volume.days[-1] if volume.days else 0
    return f"{draw_bars(volume)} {latest:>4}  {volume.title}"


def _underline(title: str, rule: str) -> str:
    return f"{title}\n{rule * measure(title)}"


def _tell(story: DigestStory) -> list[str]:
    lines = [*wrap(f"[{name_language(story.language)}] {story.title}")]
    lines += [*_say_new(story), *wrap(" · ".join(story.names), "  ")]
    lines += [line for quote in story.quotes for line in _say_quote(story, quote)]
    lines += [line for said in phrases.say_facts(story) for line in wrap(said, "  ")]
    lines += [f"  {url}" for url in (story.url, story.translate_url) if url]
    return lines


def _say_new(story: DigestStory) -> list[str]:
    said = [f"Changed: {story.change}"] if story.change else []
    said += [f"Surge: {story.surge}"] if story.surge else []
    said += [f"Follows: {story.follows}"] if story.follows else []
    said += [f"Also: {', '.join(story.tags)}"] if story.tags else []
    return [line for each in said for line in wrap(each, "  ")]


def _say_quote(story: DigestStory, quote: Quote) -> list[str]:
    text = "".join(f"*{piece}*" if is_marked else piece for piece, is_marked in phrases.split_marks(quote))
    return wrap(f"“{text}” {quote.outlet}" if phrases.needs_name(story, quote) else f"“{text}”", "    ")


def _tell_briefly(story: DigestStory) -> list[str]:
    return [
        *wrap(f"- {story.title}"),
        *wrap(phrases.say_brief(story), "  "),
        *([f"  {story.url}"] if story.url else []),
    ]
