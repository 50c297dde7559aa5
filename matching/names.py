"""What the gazetteer lacks: names and phrases of an article that no entity covers, found by script and by titles."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from matching.finding import Reading
from matching.words import share_of

_MOST = 8
_RARE = 0.01
"""A phrase is distinctive where its rarest word stands in less than this part of ordinary articles."""

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

_ENGLISH_PHRASE = re.compile(r"[a-z][a-z'-]+(?: [a-z][a-z'-]+){1,2}")
_KOREAN_PHRASE = re.compile("[가-힣]{3,6}")
_HAN_PHRASE = re.compile("(?=([㐀-鿿ァ-ヺー]{4}))")
_PHRASES = {"en": _ENGLISH_PHRASE, "ko": _KOREAN_PHRASE, "zh": _HAN_PHRASE, "ja": _HAN_PHRASE}


def list_unknown_names(reading: Reading) -> list[str]:
    """Return names that look like a person or institution and that no entity covers, the most frequent first."""
    return [name for name, _ in Counter(_outside(reading, _NAMES[reading.language])).most_common(_MOST)]


def list_unknown_phrases(reading: Reading) -> list[str]:
    """Return repeated phrases that nothing covers and that are rare in ordinary articles, the most frequent first."""
    counts = Counter(_outside(reading, _PHRASES[reading.language]))
    rare = [
        phrase for phrase, count in counts.most_common() if count > 1 and share_of(phrase, reading.language) < _RARE
    ]
    return rare[:_MOST]


def _outside(reading: Reading, pattern: re.Pattern[str]) -> Iterator[str]:
    spans = [(one.start, one.end) for one in reading.found if one.use.is_entity]
    for match in pattern.finditer(reading.joined):
        group = 1 if pattern.groups else 0
        if not _touches(spans, *match.span(group)):
            yield match[group]


def _touches(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in spans)
