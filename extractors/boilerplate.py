"""Lines that belong to the page around an article, not to the article: credits, promotions, pointers to other articles.

The tables stand in `boilerplate.toml`. Only short lines are ever dropped, and dates and names only above the first paragraph.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_NO_LETTERS = re.compile(r"[\W_]+")
_DENSE = 4  # one character of Chinese, Japanese or Korean says what four Latin letters say

_PARAGRAPH = 80  # characters from which a line that ends as a sentence does is a paragraph
_SENTENCE_ENDS = tuple(".!?。！？…‼")
_CLOSING = "\"'”’»」』）)]" + "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What may stand behind the end of a sentence: quotation marks, brackets, any space."""

_MARKS = r"""[^\w"'“”„«‘「『]*_*"""  # bullets and brackets before a line; a quotation is a sentence of the article

_DATE = re.compile(
    r"\d{1,4}\s?[./년年-]\s?\d{1,2}\s?[./월月-]\s?\d{1,4}|\b\d{1,2}[:.]\d\d\b"
    r"|\d{1,2}\.?\s+(?:de\s+)?[^\W\d_]{3,10}\.?\s+(?:de\s+)?\d{4}|[^\W\d_]{3,10}\.?\s+\d{1,2},?\s+\d{4}"
)
_DATE_WORDS = 25  # letters beside the date in a line that tells only when: "Published", "Updated", a weekday, a zone
_NAME_LINE = 80  # characters of a line that tells only who wrote it
_OPENING = 3  # lines in which a repeated title is looked for
_SAME_TITLE = 0.6  # share of a title that a line repeats it from, as where a site shortens it


def drop_boilerplate(lines: Iterable[str], *, titles: Iterable[str] = (), authors: Iterable[str] = ()) -> list[str]:
    """Drop what is no line of the article. `titles` are the forms of its title, `authors` the names of its writers."""
    heads = {head for title in titles if (head := fold_line(title))}
    names = {name for author in authors if (name := fold_line(author))}
    kept: list[str] = []
    is_opening = True
    for number, line in enumerate(lines):
        if number < _OPENING and _repeats_title(line, heads):
            continue
        if _is_boilerplate(line) or (is_opening and (tells_when(line) or _tells_who(line, names))):
            continue
        is_opening = is_opening and not is_paragraph(line)
        kept.append(line)
    return kept


def fold_line(line: str) -> str:
    """The letters and digits of a line in lower case, for comparing what was typeset differently."""
    return _NO_LETTERS.sub("", line).lower()


def is_paragraph(line: str) -> bool:
    """Whether a line is long enough for a paragraph and ends as a sentence does."""
    return weigh_line(line) >= _PARAGRAPH and is_sentence(line)


def is_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does."""
    return line.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def weigh_line(line: str) -> int:
    """The length of a line in Latin letters."""
    return len(line) if line.isascii() else len(line) + (_DENSE - 1) * len(_CJK_CHARACTER.findall(line))


def _is_boilerplate(line: str) -> bool:
    weight = weigh_line(line)
    return any(weight <= longest and pattern.search(line) for longest, pattern in _read_rules())


def _repeats_title(line: str, titles: set[str]) -> bool:
    folded = fold_line(line)
    return any(
        min(len(folded), len(title)) > _SAME_TITLE * max(len(folded), len(title))
        and (folded in title or title in folded)
        for title in titles
    )


def tells_when(line: str) -> bool:
    """Whether a line names a day or a time and hardly anything else."""
    return bool(_DATE.search(line)) and len(re.sub(r"[\W\d_]", "", _DATE.sub("", line))) < _DATE_WORDS


def _tells_who(line: str, names: set[str]) -> bool:
    return len(line) < _NAME_LINE and any(name in fold_line(line) for name in names)


@cache
def _read_rules() -> tuple[tuple[int, re.Pattern[str]], ...]:
    tables = tomllib.loads((Path(__file__).parent / "boilerplate.toml").read_text(encoding="utf-8"))
    return tuple((table["longest"], _compile(table["at"], table["patterns"])) for table in tables.values())


def _compile(at: str, patterns: list[str]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(f"^{_MARKS}(?:{joined})" if at == "start" else joined, re.IGNORECASE)
