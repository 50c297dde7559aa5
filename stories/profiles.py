"""A report as grouping compares it: its language, its time, and the marks it bears."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from news.normal import fold_text
from news.stories import Report
from news.topics import Where
from stories.concepts import shipped_lexicons, tell_language
from stories.numbers import find_figures
from stories.wires import measure_signature, strip_label

_LEAD = {"en": 700, "zh": 300, "ko": 350, "ja": 300}
"""Characters of text that tell what happened; the rest is background, where every name of an affair turns up."""

_IN_TITLE, _IN_LEAD = 1.0, 0.7
"""What a mark counts for by its place."""

ENTITY, CONCEPT, FIGURE, DAY, WORD = "ecndw"
"""The kinds of marks, by which their names begin: `e:china`, `c:visit`, `n:16000`, `d:4`, `w:cloudflare`."""

_WORD = re.compile(r"[a-zà-ɏ][a-zà-ɏ0-9'.&-]*[a-zà-ɏ0-9]")
_RUN = re.compile(r"[㐀-鿿々]+|[ァ-ヺー]+|[가-힣]+")
_STEM = 4
"""Letters that must stay when an English ending is taken off."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a report bears: marks with the weight of their place. `titled` are those that its title bears.

    `named` are the title's entities in the order in which it names them: in all four languages a headline most often
    names first who acts.
    """

    id: str
    at: datetime
    language: str
    marks: dict[str, float]
    titled: frozenset[str] = field(default_factory=frozenset)
    named: tuple[str, ...] = ()


def describe(report: Report) -> Profile:
    """Return what grouping compares of a report."""
    language = tell_language(report.title + report.text, report.language)
    start = measure_signature(report.text)
    end = start + _LEAD[language]
    title = fold_text(strip_label(unicodedata.normalize("NFKC", report.title))).text
    lead = fold_text(report.text[start:end]).text
    titled = {*_find_marks(title, language), *_find_words(title, language)}
    told = set(_find_marks(lead, language))
    named = sorted(
        (mention.start, f"{ENTITY}:{mention.entity}") for mention in report.mentions if mention.where is Where.TITLE
    )
    titled.update(entity for _, entity in named)
    for mention in report.mentions:
        if mention.where is not Where.TITLE and start <= mention.start < end:
            told.add(f"{ENTITY}:{mention.entity}")
    marks = dict.fromkeys(told, _IN_LEAD) | dict.fromkeys(titled, _IN_TITLE)
    order = tuple(dict.fromkeys(entity for _, entity in named))
    return Profile(report.id, report.at, language, marks, frozenset(titled), order)


def _find_marks(folded: str, language: str) -> Iterator[str]:
    yield from (f"{CONCEPT}:{concept}" for concept in shipped_lexicons()[language].find(folded))
    yield from find_figures(folded)


def _find_words(folded: str, language: str) -> Iterator[str]:
    """Yield words in letters, and pairs of characters where words are not set apart; Han pairs join Chinese and Japanese."""
    for word in _WORD.findall(folded):
        yield f"{WORD}:{_take_ending_off(word)}"
    if language != "en":
        for run in _RUN.findall(folded):
            yield from (f"{WORD}:{run[n : n + 2]}" for n in range(len(run) - 1))


def _take_ending_off(word: str) -> str:
    word = word.removesuffix("'s").replace(".", "")
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word
