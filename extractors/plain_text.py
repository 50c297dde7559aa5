"""Markup to plain text, where extractors look for it; `news.plain_text` holds it, since entries need it too."""

from news.plain_text import drop_controls, read_line, read_paragraphs

__all__ = ["drop_controls", "read_line", "read_paragraphs"]
