"""Markup to plain text, fast enough for every summary of every feed: literal replacements and simple patterns, no tree.

Feeds carry fragments, often cut in the middle of a tag, often escaped twice, often without any markup. A summary that is
plain text passes through unharmed: a lone `<` before a space or digit is a less-than sign, not a tag. Every step runs only
where its own signal occurs, and no pattern can backtrack: the time is linear in the text, whatever it holds.
"""

import re
from html import unescape

# What is not meant to be read, with its contents. The first letters are looked at first, since most tags are others.
_HIDDEN = re.compile(r"<(?=[snSN])(script|style|svg|noscript)\b[^<>]*>(?:.*?</\1\s*>|.*)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)

# Tags that do not end a line; every other tag does.
_INLINE = re.compile(
    r"</?(?:a|b|i|u|s|q|em|strong|span|font|img|code|sup|sub|small|big|mark|abbr|cite|time|strike|del|ins|wbr|kbd|label|nobr"
    r"|A|B|I|U|S|EM|STRONG|SPAN|FONT|IMG|SUP|SUB)(?=[\s/>])[^<>]*>"
)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")

# The same for tags with a `>` inside a quoted attribute, tried when the simple patterns leave a `>` behind.
_QUOTED_TAG = re.compile(r"""</?[a-zA-Z](?>[^<>"']+|"[^"<]*"|'[^'<]*')*+>""")

_CUT_TAG = re.compile(r"<(?:/?[a-zA-Z]|!-|!\[)[^<>]*\Z")

# Characters without width that publishers strew into titles: soft hyphen, zero-width space, word joiner, BOM.
# Zero-width joiners stay: scripts of Asia and emoji need them.
_INVISIBLE = ("\u00ad", "\u200b", "\u2060", "\ufeff")

_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def drop_controls(text: str) -> str:
    """Put spaces for characters that mean no text; ends of lines and tabs stay.

    Control characters could command the terminal that shows them, and halves of surrogate pairs no database takes.
    """
    return text if text.isprintable() else _CONTROL.sub(" ", text)  # no control is printable, and most lines are


def read_line(markup: str) -> str:
    """Markup to one line of text, for titles and names."""
    if "<" in markup or "&" in markup:
        markup = _strip_markup(markup)
    line = " ".join(markup.split())
    # Neither controls nor what is invisible count as printable, so most lines are done here.
    return line if line.isprintable() else " ".join(drop_controls(_drop_invisible(line)).split())


def read_paragraphs(markup: str) -> str:
    """Markup to text with one paragraph a line; line breaks of the source are spaces where it has tags of its own."""
    if not markup:
        return ""
    if "</" in markup or "<br" in markup or "<BR" in markup:
        markup = markup.replace("\r", " ").replace("\n", " ")
    return _fold_space(_drop_invisible(_strip_markup(markup)))


def _strip_markup(markup: str) -> str:
    if "<" in markup:
        markup = _strip_tags(markup)
    if "&" in markup:
        markup = unescape(markup)
    return markup


def _drop_invisible(text: str) -> str:
    if not text.isascii():
        for character in _INVISIBLE:
            if character in text:
                text = text.replace(character, "")
    return text


def _strip_tags(markup: str) -> str:
    markup = _HIDDEN.sub(" ", markup)
    if "<!" in markup or "]]>" in markup:
        markup = markup.replace("<![CDATA[", "").replace("]]>", "")
        markup = _COMMENT.sub("", markup) if "<!--" in markup else markup
    text = _TAG.sub("\n", _INLINE.sub("", markup))
    if ">" in text:
        text = _TAG.sub("\n", _INLINE.sub("", _QUOTED_TAG.sub(_empty_quotes, markup)))
    return _CUT_TAG.sub("", text) if "<" in text else text


def _empty_quotes(tag: re.Match[str]) -> str:
    """A tag without its attributes, so that no `>` is left inside it."""
    return tag[0].split(maxsplit=1)[0].rstrip(">") + ">"


def _fold_space(text: str) -> str:
    """Trim every line and drop empty ones; only lines that need it are split into words, which costs ten times as much."""
    text = text.replace("\r", "\n").replace("\xa0", " ")
    lines = [line for untrimmed in text.split("\n") if (line := untrimmed.strip())]
    if "  " in text or "\t" in text:
        lines = [" ".join(line.split()) if "  " in line or "\t" in line else line for line in lines]
    return "\n".join(lines)
