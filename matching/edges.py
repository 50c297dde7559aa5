"""Where a name may begin and end, by script: what stands beside an alias decides whether it is one.

Latin words end at word boundaries. A run of Katakana is one word. Korean nouns begin at a space but carry particles, so
their right edge may be followed by one. Han has no boundary at all: there longest match and blockers decide.
"""

import re
from functools import cache
from itertools import product

_CASE_PARTICLES = (
    "은 는 이 가 을 를 의 에 에서 에게 에게서 께서 와 과 로 으로 도 만 까지 부터 보다 처럼 마저 조차 나 이나 란 이란 랑 이랑 "
    "라는 이라는 라고 이라고 라며 이라며 이며 며 인 이다 다 이었다 였다 이고 이자 이든 든 야 이야 측 씨 님 간 내 발 등 뿐 대로 "
    "에게도 한테 엔 에선 에겐 으론 론 로서 으로서 로써 으로써 로부터 으로부터 마다 만큼 밖에 입니다 이란다 인데 였던 이던 이라 라"
)
_CLOSING_PARTICLES = "는 은 도 만 의 을 를 이 가 나 서 까지 부터 조차 며 고"

_NOUN_TAILS = (
    "군 군의 산 인 계 측 행 발 령 정부 당국 외교부 국방부 총리 대통령 주석 총통 "
    "대사 대사관 해경 해군 공군 언론 매체 본토 해협 문제 관계 정상 외교 국적 기업 "
    "시장 경제 정상회담 회담 압박 침공 방문 순방 여행 상품 제품 반도체 국민 관광객 "
    "특사 대표단 대표 의원 의회 외무상 외무성 외무장관 외교부장 국방부장 국가주석 "
    "지도부 인민해방군 무기 사태 영토 영해 정책 전략 전문가 관영 국영 현지 위협 "
    "견제 봉쇄 포위 훈련 유사시 독립 통일 총통부 노선 방위 안보 간의 양국 수출 "
    "수입 수산물"
)
"""Nouns that are written onto a name of two syllables without making another name of it."""

_VERB_TAILS = (
    "하 한 할 함 해 했 합 되 된 될 됨 돼 됐 됩 시키 시킨 시킬 시켰 받 당하 당한 당할 당해 당했 "
    "중 적 차 길 후 설 론 안 국"
)
"""What makes a verb, an adjective or a longer noun of a Sino-Korean noun."""

_NOUN_HEADS = frozenset("대주친반전재방현옛신한미중일북남러")
"""Syllables that are written before a country's name: 주중국, 친대만, 전일본."""

_BETWEEN = re.compile(r"[\s·-]+")
"""What stands between the words of an alias."""

_NOUN = "noun"
_NOUNS = {"hangul": _NOUN}
_SCRIPTS = {_NOUN: "hangul"}
_KOREAN = ("hangul", _NOUN)

_LONG_HANGUL = 3
"""From three syllables on a Korean name is itself, whatever is written onto it."""


@cache
def _particles() -> frozenset[str]:
    singles = _CASE_PARTICLES.split()
    pairs = {first + second for first, second in product(singles, _CLOSING_PARTICLES.split())}
    return frozenset([*singles, *pairs])


@cache
def _tails() -> tuple[str, ...]:
    return tuple(_NOUN_TAILS.split())


@cache
def _verbal_tails() -> tuple[str, ...]:
    return (*_tails(), *_VERB_TAILS.split())


def script_of(character: str) -> str:
    """Name the script that decides a boundary: latin (with digits), hangul, kana, han, or none; none of no character."""
    if character.isascii():
        return "latin" if character.isalnum() else ""
    if "\uac00" <= character <= "\ud7a3":
        return "hangul"
    if "\u30a1" <= character <= "\u30ff" and character != "·":
        return "kana"
    if "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf":
        return "han"
    if character.isalpha() and character < "\u0590":
        return "latin"
    return ""


def edges_of(alias: str, *, is_name: bool) -> tuple[str, str]:
    """Name what may not touch the two ends of a folded alias: a script, a Korean `noun`, or nothing where it is empty.

    Latin and Kana ever, a single Han character, short Hangul. On the left of a Korean alias its first word counts: there
    is no "미 정부" in "이미 정부". On the right all of it does: what is written onto "한미 동맹" leaves that whole. A Korean
    word that is no name makes verbs and compounds: "방문했다", "국방장관회담".
    """
    words = _BETWEEN.split(alias)
    edges = _edge(alias[0], len(words[0])), _edge(alias[-1], sum(map(len, words)))
    return edges if is_name else (_NOUNS.get(edges[0], edges[0]), _NOUNS.get(edges[1], edges[1]))


def _edge(character: str, length: int) -> str:
    script = script_of(character)
    if (script == "hangul" and length >= _LONG_HANGUL) or (script == "han" and length > 1):
        return ""
    return script


def stands_alone(text: str, start: int, end: int, left: str, right: str) -> bool:
    """Whether a folded alias at `text[start:end]` is a word there; `left` and `right` are its edges by `edges_of`."""
    # Most words stand between spaces, which are of no script.
    if left and start and text[start - 1] != " " and script_of(text[start - 1]) == _SCRIPTS.get(left, left):
        is_compound = left == _NOUN and _is_compound(text, start, end)
        if not is_compound and not (left in _KOREAN and _is_head(text, start)):
            return False
    if right and end < len(text) and text[end] != " " and script_of(text[end]) == _SCRIPTS.get(right, right):
        return right in _KOREAN and _is_tail(text, end, _verbal_tails() if right == _NOUN else _tails())
    return True


def _is_head(text: str, start: int) -> bool:
    """Whether the one syllable before `start` is a head, itself at the beginning of a word."""
    return text[start - 1] in _NOUN_HEADS and (start == 1 or script_of(text[start - 2]) != "hangul")


def _is_compound(text: str, start: int, end: int) -> bool:
    """Whether a noun is written onto another of two syllables or more; "공항의" (of the airport) holds no "항의"."""
    first, second = (text[at : at + 1] if at >= 0 else "" for at in (start - 2, start - 1))
    return script_of(first) == script_of(second) == "hangul" and text[end - 1] != "의"


def _is_tail(text: str, end: int, tails: tuple[str, ...]) -> bool:
    stop = end
    limit = min(len(text), end + 8)  # the longest pair of particles has seven syllables
    while stop < limit and script_of(text[stop]) == "hangul":
        stop += 1
    run = text[end:stop]
    return run in _particles() or run.startswith(tails)


def strip_particle(word: str) -> str:
    """Return a Korean word without the particle it ends in, where at least two syllables remain."""
    for length in range(min(5, len(word) - 2), 0, -1):
        if word[-length:] in _particles():
            return word[:-length]
    return word
