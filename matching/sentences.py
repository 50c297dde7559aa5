"""Cutting a text into sentences and paragraphs, well enough to say that two names stand together."""

import re
from bisect import bisect_right
from dataclasses import dataclass

_BREAK = re.compile("[。！？!?.\n▲■◇◆▶●][。！？!?\n」』”’\"')）]*")
"""An end of a sentence with what closes it. One class leads, so that the search runs from end to end, not over branches."""
_SHORTENED = "mr ms mrs dr st jr lt no vs gen sen rep col jan feb mar apr aug sep sept oct nov dec prof nat'l u.s u.k"
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_WORD_BEFORE = 6
"""Characters looked at before a full stop: the longest abbreviation and what stands before it."""

_LEAD = 3
"""Sentences of the text that count as its lead: what agencies put into the first paragraph or two."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where sentences begin in a title and text joined by a newline; sentence 0 is the title.

    `paragraphs` gives the paragraph's number by sentence.
    """

    starts: tuple[int, ...]
    paragraphs: tuple[int, ...]
    length: int

    def sentence_at(self, offset: int) -> int:
        """Return the number of the sentence in which an offset of the joined text lies."""
        return bisect_right(self.starts, offset) - 1

    def bounds(self, sentence: int) -> tuple[int, int]:
        """Return start and end of a sentence in the joined text."""
        following = sentence + 1
        return self.starts[sentence], self.starts[following] if following < len(self.starts) else self.length

    def is_lead(self, sentence: int) -> bool:
        """Whether a sentence belongs to the lead."""
        return sentence <= _LEAD


def lay_out(title: str, text: str) -> Layout:
    """Find the sentences of an article. The title is one sentence, whatever stands in it."""
    offset = len(title) + 1
    starts, paragraphs = [0], [0]
    begin = 0
    paragraph = 1
    for end in _BREAK.finditer(text):
        marks, start = end[0], end.start()
        is_line_end = "\n" in marks
        if marks[0] == "." and not is_line_end and not _is_full_stop(text, start, end.end()):
            continue
        if start - begin > 1:  # less is a space between two breaks
            starts.append(offset + begin)
            paragraphs.append(paragraph)
            begin = end.end()
        paragraph += is_line_end
    if len(text) - begin > 1 and not text[begin:].isspace():
        starts.append(offset + begin)
        paragraphs.append(paragraph)
    return Layout(tuple(starts), tuple(paragraphs), offset + len(text))


def _is_full_stop(text: str, dot: int, after: int) -> bool:
    """Whether the dot at `dot` ends a sentence: not a decimal point, an initial or a common abbreviation."""
    before = text[dot - 1 : dot]
    following = text[after : after + 1]
    if "가" <= before <= "힣":  # Korean agencies write no space after a full stop
        return not following.isdigit() or not text[dot - 2 : dot - 1].isdigit()
    if before.isupper():
        return False
    if not following.isspace():
        return before.islower() and following.isupper()  # the extraction lost a space
    earliest = max(0, dot - _WORD_BEFORE)
    word = text[max(earliest, text.rfind(" ", earliest, dot) + 1) : dot]
    return word.lower().lstrip("(\"'") not in _ABBREVIATIONS
