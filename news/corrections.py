"""Corrections of a text: a sentence that stands where it stood and gives another figure or name.

That is what a reader of the first version must hear of, however little of the text it is. Additions are none, nor is what a page
counts beside its article: views, minutes since it was updated.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

# A paragraph of prose: counters and bylines are shorter, or end without a stop. Longer ones take long to compare.
_SHORTEST, _LONGEST = 20, 1_000  # characters
_STOP = re.compile(r"[.!?。][\"'”’」』)]*$")

_SAME = 0.7  # share of their words that an edited paragraph and the earlier one have in common
_MOST = (
    20  # paragraphs compared with each other on either side; of a text in which more are new, its length tells enough
)

# Figures, and words; of Chinese and Japanese, which set no spaces, characters.
_PIECE = re.compile("\\d+(?:[.,:]\\d+)*|[\u3040-\u30ff\u3400-\u9fff]|[^\\W\\d_\u3040-\u30ff\u3400-\u9fff]+")
_SPELLING = 0.5  # likeness from which on a word is the same, spelt otherwise or with another ending
_NAME = 2  # letters of the shortest name


def is_corrected(old: str, new: str) -> bool:
    """Whether a paragraph of `old` stands in `new` with another figure, or a name or other capital word in place of one.

    Where a script has no capitals, any word or two characters may be a name.
    """
    before, after = (dict.fromkeys(_list_paragraphs(text)) for text in (old, new))
    gone = [_PIECE.findall(one) for one in before if one not in after][:_MOST]
    come = [_PIECE.findall(one) for one in after if one not in before][:_MOST]
    return any(_says_otherwise(known, one) for one in come for known in gone if _measure_agreement(known, one) >= _SAME)


def _list_paragraphs(text: str) -> Iterator[str]:
    for line in unicodedata.normalize("NFKC", text).splitlines():
        paragraph = line.strip()
        if _SHORTEST <= len(paragraph) <= _LONGEST and _STOP.search(paragraph):
            yield paragraph


def _measure_agreement(old: list[str], new: list[str]) -> float:
    return 2 * (Counter(old) & Counter(new)).total() / max(1, len(old) + len(new))


def _says_otherwise(old: list[str], new: list[str]) -> bool:
    for kind, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = old[start:end], new[begin:stop]
        if kind != "equal" and _list_figures(gone) != _list_figures(come):
            return True
        if kind == "replace" and _is_another(_join_names(gone), _join_names(come)):
            return True
    return False


def _list_figures(pieces: Iterable[str]) -> list[str]:
    return [piece for piece in pieces if piece[0].isdecimal()]


def _join_names(pieces: Iterable[str]) -> str:
    """The words that may be names; what is written small is none."""
    return "".join(piece for piece in pieces if not piece[0].islower())


def _is_another(gone: str, come: str) -> bool:
    return min(len(gone), len(come)) >= _NAME and SequenceMatcher(None, gone, come).ratio() < _SPELLING
