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
_MOST = 20  # paragraphs compared on either side; of a text in which more are new, its length tells enough

# What a page says of itself, and what time alone changes.
_OF_THE_PAGE = re.compile(
    r"(?:last )?updated:? (?:on|at|\d+|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
    r"|(?:this|the) (?:article|report|story|page) (?:was|has been) (?:last )?(?:updated|read|viewed|published)\b"
    r"|copyright\b|©|\(c\)|you have \d+ (?:free )?articles?\b"
    r"|(?:입력|등록|수정|최종 ?수정|更新|最終更新|最后更新|发布|發布|掲載) ?:? ?\d",
    re.IGNORECASE,
)
_SINCE = re.compile(
    r"\b\d{1,3} (?:second|minute|hour|day|week)s? ago\b|\d{1,3} ?(?:초|분|시간|일|주) ?전(?![가-힣])"
    r"|\d{1,3} ?(?:秒|分|分钟|分鐘|時間|小时|小時|天|日|週間|周)前",
    re.IGNORECASE,
)
_FORMATTED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))|(?<=\d)\.0+(?!\d)")  # 1,200 is 1200, and 3.0 is 3

# Figures, and words; of Chinese and Japanese, which set no spaces, characters.
_PIECE = re.compile("\\d+(?:[.,:]\\d+)*|[\u3040-\u30ff\u3400-\u9fff]|[^\\W\\d_\u3040-\u30ff\u3400-\u9fff]+")
_SPELLING = 0.5  # likeness from which on a word is the same, spelt otherwise or with another ending
_NAME = 2  # letters of the shortest name
_OPENERS = frozenset(re.findall("[A-Z][a-z]*", "The A An This That These Those It He She They We In On At As But And"))
"""What stands in capitals at the beginning of sentences alone."""
_HIRAGANA = re.compile("[\u3041-\u309f]")  # endings and particles of Japanese; names are written otherwise
_VERB_END = "다"  # of a Korean sentence


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
        if _SHORTEST <= len(paragraph) <= _LONGEST and _STOP.search(paragraph) and not _OF_THE_PAGE.match(paragraph):
            yield _FORMATTED.sub("", _SINCE.sub("", paragraph))


def _measure_agreement(old: list[str], new: list[str]) -> float:
    return 2 * (Counter(old) & Counter(new)).total() / max(1, len(old) + len(new))


def _says_otherwise(old: list[str], new: list[str]) -> bool:
    for kind, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = old[start:end], new[begin:stop]
        if kind != "equal" and _list_figures(gone) != _list_figures(come):
            return True
        is_verb = end == len(old) and stop == len(new) and old[-1].endswith(_VERB_END) and new[-1].endswith(_VERB_END)
        if kind == "replace" and not is_verb and _is_another(_join_names(gone), _join_names(come)):
            return True
    return False


def _list_figures(pieces: Iterable[str]) -> list[str]:
    return [piece for piece in pieces if piece[0].isdecimal()]


def _join_names(pieces: Iterable[str]) -> str:
    """The words that may be names; what is written small is none, nor what opens a sentence or ends a verb."""
    return "".join(one for one in pieces if not (one[0].islower() or one in _OPENERS or _HIRAGANA.match(one)))


def _is_another(gone: str, come: str) -> bool:
    return min(len(gone), len(come)) >= _NAME and SequenceMatcher(None, gone, come).ratio() < _SPELLING
