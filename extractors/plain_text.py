"""Markup to plain text, where extractors look for it; `news.plain_text` holds it, since entries need it too."""

from news.plain_text import drop_controls, read_line, read_paragraphs

__all__ = ["drop_controls", "read_line", "read_paragraphs", "split_lines"]


def split_lines(text: str) -> list[str]:
    """The lines of a text that are not empty, each space in them a single blank."""
    lines = [line for untrimmed in text.splitlines() if (line := untrimmed.strip())]
    # No other space is printable, so most lines need not be split into their words.
    return [line if line.isprintable() and "  " not in line else " ".join(line.split()) for line in lines]
