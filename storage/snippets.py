"""Snippets: the passage of a text that holds what was searched, with the places to mark. Pure.

Our own, since an index that keeps no text (SQLite's contentless FTS5) gives none, and so that both engines give the same.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.queries import Term
from storage.words import fold_words


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marks: spans of code points in `text`, in order, none over another."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def compile_terms(terms: Iterable[Term]) -> re.Pattern[str] | None:
    """Return a pattern that finds terms in folded text; None without terms."""
    patterns = [_pattern(term) for term in terms]
    return re.compile("|".join(sorted(patterns, key=len, reverse=True))) if patterns else None


def _pattern(term: Term) -> str:
    """Between the units of a phrase may stand what is no letter and no digit, as between tokens of the index."""
    inner = r"[\W_]*".join(re.escape(unit.text) for unit in term.units)
    head, tail = term.units[0], term.units[-1]
    before = "" if head.is_cjk else _NO_WORD_BEFORE
    after = "" if tail.is_cjk or term.is_prefix else _NO_WORD_AFTER
    return f"{before}{inner}{after}"


# Where Latin words end: also at Chinese, Japanese and Korean characters, which the index holds apart.
_NO_WORD_BEFORE = "(?<![0-9a-z\u00c0-\u052f])"
_NO_WORD_AFTER = "(?![0-9a-z\u00c0-\u052f])"


def mark_title(title: str, pattern: re.Pattern[str] | None) -> Marked:
    """Mark what was searched in a title."""
    return Marked(title, tuple(_find(title, pattern)))


def make_snippet(text: str, pattern: re.Pattern[str] | None, *, width: int) -> Marked:
    """Cut the passage of about `width` code points with the most finds; the beginning where there are none."""
    finds = _find(text, pattern)
    first = _densest(finds, width) if finds else 0
    start = max(0, finds[first][0] - width // 4) if finds else 0
    start = _word_start(text, start)
    end = min(len(text), start + width)
    inside = [(left, right) for left, right in finds[first:] if left >= start and right <= end]
    lead, tail = "…" if start else "", "…" if end < len(text) else ""
    shift = len(lead) - start
    passage = f"{lead}{text[start:end]}{tail}".replace("\n", " ")
    return Marked(passage, tuple((left + shift, right + shift) for left, right in inside))


def _find(text: str, pattern: re.Pattern[str] | None) -> list[tuple[int, int]]:
    if pattern is None:
        return []
    folded = fold_words(text)
    return [folded.locate(*found.span()) for found in pattern.finditer(folded.text)]


def _densest(finds: Sequence[tuple[int, int]], width: int) -> int:
    """Return which find begins the window that holds most of them; the earliest of equals."""
    best, most, end = 0, 0, 0
    for first, (start, _) in enumerate(finds):
        while end < len(finds) and finds[end][1] <= start + width * 3 // 4:
            end += 1
        if end - first > most:
            best, most = first, end - first
    return best


def _word_start(text: str, start: int) -> int:
    """Move back to the beginning of a word, at most a word's length."""
    space = text.rfind(" ", max(0, start - 20), start)
    return start if space < 0 or not start else space + 1
