"""Markup to plain text, fast enough for every summary of every feed: regular expressions that never backtrack, no tree.

Feeds carry fragments, often cut in the middle of a tag, often escaped twice, often no markup at all. A summary that is
plain text passes through unharmed: a lone `<` before a space or digit is a less-than sign, not a tag.
"""

import re
from html import unescape

# Each pattern is linear: no two of its parts can match the same character, and a tag may not hold another's `<`.
_HIDDEN = re.compile(r"<(script|style|noscript|iframe|svg)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>", re.DOTALL)
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|dl|dt|dd|h[1-6]|tr|td|th|table|blockquote|pre|section|article|figure|figcaption|header|footer|hr)"
    r"(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"""</?[a-zA-Z!?][^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*(?:>|\Z)|</?[a-zA-Z][^<>]*>""")
_SPACES = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n[ \n]*")

# Characters without width that publishers strew into titles: soft hyphen, zero-width space, word joiner, BOM.
# Zero-width joiners stay: scripts of Asia and emoji need them.
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))


def read_line(markup: str) -> str:
    """Markup to one line of text, for titles and names."""
    return " ".join(_strip_markup(markup).split())


def read_paragraphs(markup: str) -> str:
    """Markup to text with one paragraph a line; line breaks of the source are spaces where it has tags of its own."""
    if "<" in markup and _BLOCK.search(markup):
        markup = markup.replace("\r", " ").replace("\n", " ")
    text = _SPACES.sub(" ", _strip_markup(markup).replace("\r", "\n"))
    return _LINE_ENDS.sub("\n", text).strip()


def _strip_markup(markup: str) -> str:
    if "<" in markup:
        markup = _COMMENT.sub("", _HIDDEN.sub(" ", markup))
        markup = _TAG.sub("", _BLOCK.sub("\n", markup))
    if "&" in markup:
        markup = unescape(markup)
    return markup if markup.isascii() else markup.translate(_INVISIBLE)
