"""What the gazetteer lacks: names and phrases of an article that no entity covers, found by script and by titles."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from matching.finding import Reading
from matching.words import shares_of

_MOST = 8
_RARE, _COMMON = 0.01, 0.1
"""A phrase is distinctive with a word that stands in less than 1 % of ordinary articles and none in more than 10 %."""

_KOREAN_TITLES = "대통령|총리|장관|차관|의원|대표|위원장|대사|대변인|실장|교수|회장|연구위원|주석|시장|지사"
_CHINESE_TITLES = "总统|總統|总理|總理|部长|部長|外长|外長|主席|大使|教授|发言人|發言人|委员|委員|议员|議員|司令"
_JAPANESE_TITLES = "氏|首相|外相|大統領|長官|教授|議員|大使|報道官|知事|代表|研究員"
_ENGLISH_WORD = "[A-Z][a-zà-ÿ]+(?:-[A-Za-z][a-z]+)?"
_NAMES = {
    "en": re.compile(rf"(?<![.?!\"”] )\b{_ENGLISH_WORD}(?: {_ENGLISH_WORD}){{1,3}}"),
    "ko": re.compile(rf"(?<![가-힣])([가-힣]{{2,4}}) [가-힣]{{0,6}}(?:{_KOREAN_TITLES})"),
    "zh": re.compile(
        rf"(?:{_CHINESE_TITLES})([㐀-鿿]{{2,4}}?)(?=[，,。、：:（(0-9\s]|表示|说|說|会见|會見|称|稱|指出|在|将|將)"
    ),
    "ja": re.compile(rf"([一-鿿々]{{2,5}}|[ァ-ヺー]{{2,}}(?:・[ァ-ヺー]{{2,}})*)(?:{_JAPANESE_TITLES})"),
}
"""How a name looks: capitals in English; a title before or after it in the others."""

_PHRASES = {
    "en": re.compile(r"(?=\b([a-z][a-z'-]+ [a-z][a-z'-]+)\b)"),
    "ko": re.compile("([가-힣]{3,6})"),
    "zh": re.compile("(?=([㐀-鿿]{4}))"),
    "ja": re.compile("(?=([㐀-鿿ァ-ヺー]{4}))"),
}
"""What may be a phrase: two Latin words, a Korean word, four characters of Han or Katakana."""


def list_unknown_names(reading: Reading) -> list[str]:
    """Return names that look like a person or institution and that no entity covers, the most frequent first."""
    return [name for name, _ in Counter(_outside(reading, _NAMES[reading.language])).most_common(_MOST)]


def list_unknown_phrases(reading: Reading) -> list[str]:
    """Return repeated phrases that nothing covers and that are rare in ordinary articles, the most frequent first."""
    counts = Counter(_outside(reading, _PHRASES[reading.language]))
    told = (phrase for phrase, count in counts.most_common() if count > 1)
    return [phrase for phrase in told if _is_distinctive(phrase, reading.language)][:_MOST]


def _is_distinctive(phrase: str, language: str) -> bool:
    """Whether a phrase holds a rare word and no very common one."""
    shares = shares_of(phrase, language)
    return bool(shares) and min(shares) < _RARE and max(shares) < _COMMON


def _outside(reading: Reading, pattern: re.Pattern[str]) -> Iterator[str]:
    spans = [(one.start, one.end) for one in reading.found if one.use.is_entity]
    for match in pattern.finditer(reading.joined):
        group = 1 if pattern.groups else 0
        if not _touches(spans, *match.span(group)):
            yield match[group]


def _touches(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in spans)
