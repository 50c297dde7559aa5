"""Cutting a text into sentences and paragraphs, well enough to say that two names stand together."""

import re
from bisect import bisect_right
from dataclasses import dataclass

_END = re.compile(
    r"[。！？!?]+[」』”’\"')）]*"  # Han and Kana, and what no abbreviation ends with
    r"|(?<=[가-힣])\.(?!\d)\s*"  # Korean agencies write no space after a full stop
    r"|(?<![A-Z])(?<!\b(?:Mr|Ms|Dr|St|Jr|Lt|No|vs))(?<!\b(?:Mrs|Gen|Sen|Rep|Col|Jan|Feb|Mar|Apr|Aug|Sep|Oct|Nov|Dec))"
    r"(?<!\b(?:Sept|Prof))[.]+[”’\"')]*\s+(?=[“‘\"'(]?[A-Z0-9])"
    r"|(?<=[a-z][.])(?=[A-Z])"  # a full stop whose space the extraction lost
    r"|\n+|▲|■|◇|◆|▶|●"
)
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
    for end in _END.finditer(text):
        if text[begin : end.start()].strip():
            starts.append(offset + begin)
            paragraphs.append(paragraph)
            begin = end.end()
        paragraph += "\n" in end[0]
    if text[begin:].strip():
        starts.append(offset + begin)
        paragraphs.append(paragraph)
    return Layout(tuple(starts), tuple(paragraphs), offset + len(text))
