"""Articles that a page holds in its scripts alone, to be put in place by a browser.

Frameworks ship the article's markup as a string inside a script: as JSON, or as an argument of a call. Every long string is
looked at, whatever the framework; the one with most paragraphs is the article.
"""

import re

from extractors.json_values import load_json
from extractors.markup import find_enclosed

_SCRIPT = re.compile(r"<script\b[^<>]*>", re.IGNORECASE)
_SCRIPT_END = re.compile("</script", re.IGNORECASE)
_STRING = re.compile(r'"((?:[^"\\]|\\.){500,})"')  # an article's markup is longer than any setting
_PARAGRAPH_END = re.compile(r"</p>|<br\s*/?>", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:p|div|h[1-6]|figure|section|article)\b.*>", re.IGNORECASE | re.DOTALL)

_PARAGRAPHS = 3  # paragraphs that make an article; a notice or a form has fewer


def find_scripted_markup(markup: str) -> str | None:
    """Find the markup of an article in a page's scripts, as a page of its own; None where there is none."""
    scripts = find_enclosed(markup, _SCRIPT, _SCRIPT_END)
    strings = (string for script in scripts for string in _STRING.findall(script))
    articles = [found[0] for string in strings if (found := _MARKUP.search(_decode(string)))]
    best = max(articles, key=_count_paragraphs, default="")
    return f"<html><body><article>{best}</article></body></html>" if _count_paragraphs(best) >= _PARAGRAPHS else None


def _count_paragraphs(markup: str) -> int:
    return len(_PARAGRAPH_END.findall(markup))


def _decode(string: str) -> str:
    """The text that a string of JSON or JavaScript stands for; JSON inside JSON is decoded once more."""
    text = _unquote(string)
    inner = max(_STRING.findall(text), key=_count_escaped, default="")
    return _unquote(inner) if _count_escaped(inner) else text


def _count_escaped(string: str) -> int:
    return string.count("<\\/p>") + string.count("\\u003c/p")


def _unquote(string: str) -> str:
    try:
        text = load_json(f'"{string}"')
    except ValueError:  # escapes that only JavaScript knows
        return ""
    return str(text)
