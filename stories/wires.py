"""Wire copy and update chains: whose text a report prints, and which of one outlet's reports are versions of another."""

import re
from datetime import timedelta
from difflib import SequenceMatcher

from news.stories import Report

_AGENCIES = {
    "yonhap": "연합뉴스|聯合ニュース|聯合|韩联社|韓聯社|Yonhap(?: News(?: Agency)?)?",
    "newsis": "뉴시스|Newsis",
    "news1": "뉴스1|News1",
    "xinhua": "新华社|新華社|新华网|신화통신|신화사|新華社通信|Xinhua",
    "cns": "中新社|中新网|中国新闻网",
    "kyodo": "共同通信(?:社)?|共同社|共同|교도통신|교도|Kyodo(?: News)?",
    "jiji": "時事通信(?:社)?|時事|지지통신|Jiji(?: Press)?",
    "cna": "中央社|中央通訊社|CNA",
    "reuters": "路透社?|로이터|ロイター|Reuters",
    "ap": "美联社|美聯社|AP통신|AP通信|ＡＰ|AP|Associated Press",
    "afp": "法新社|AFP통신|AFP時事|AFP通信|AFP",
    "bloomberg": "彭博社?|블룸버그|ブルームバーグ|Bloomberg",
}
_NAMES = "|".join(f"(?P<{agency}>{names})" for agency, names in _AGENCIES.items())
_BYLINE = r"(?:\s*[가-힣]{2,4}(?:[·,\s]+[가-힣]{2,4}){0,3}\s*(?:특파원|기자|통신원|인턴기자)?\s*[=＝])?\s*"
_SIGNATURE = re.compile(
    rf"""^\s*(?:
      [(（\[［【][^()（）\[\]【】\n=＝]{{0,30}}[=＝]\s*(?:{_NAMES})[^)）\]］】\n]{{0,12}}[)）\]］】]   # (서울=연합뉴스)
    | [【(（\[][^】)）\]\n]{{0,6}}?(?:{_NAMES.replace("(?P<", "(?P<b_")})[^】)）\]\n]{{0,12}}[】)）\]]             # 【共同】
    | (?:{_NAMES.replace("(?P<", "(?P<c_")})[^电電\n]{{1,20}}[电電]                            # 新华社北京1月4日电
    | [A-Z][A-Za-z .,'/0-9-]{{1,50}}\((?:{_NAMES.replace("(?P<", "(?P<d_")})\)\s*[-–—]*        # BEIJING, Jan. 4 (Reuters) -
    ){_BYLINE}""",
    re.VERBOSE | re.MULTILINE,
)
_FULL_NAME = re.compile(f"^(?:{_NAMES})$", re.IGNORECASE)
_AGENCY_OUTLETS = frozenset(_AGENCIES)
_BEGINNING = 400
"""Characters in which a signature may stand: subheadings go before it."""

_LABEL = re.compile(
    r"^\s*(?:[\[［【(（](?P<label>[^\]］】)）]{1,16})[\]］】)）]|(?P<open>速報|快讯|快訊|突发|更新|상보|속보)[:：|]?)\s*"
)
_UPDATE = re.compile(
    r"속보|[1-9]보|종합|상보|긴급|速報|号外|続報|快讯|快訊|更新|滚动|突发|urgent|lead|\bld\b|update|breaking|recast",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\s*[(（](?:종합\d?보?|[1-9]보|상보|속보|更新|update\s?\d*)[)）]\s*$", re.IGNORECASE)


def find_agency(text: str, outlet: str = "") -> str | None:
    """Return the agency that signs a text at its beginning, or that the outlet itself is; None for an outlet's own text."""
    signature = _SIGNATURE.search(text[:_BEGINNING])
    if signature:
        return _name_of(signature)
    named = outlet if outlet in _AGENCY_OUTLETS else None
    full = _FULL_NAME.match(outlet)
    return named or (_name_of(full) if full else None)


def _name_of(found: re.Match[str]) -> str:
    name = next(group for group, value in found.groupdict().items() if value)
    return name.removeprefix("b_").removeprefix("c_").removeprefix("d_")


def measure_signature(text: str) -> int:
    """Return how many characters a signature at the very beginning of a text takes."""
    signature = _SIGNATURE.match(text)
    return signature.end() if signature else 0


def strip_label(title: str) -> str:
    """Take labels such as [속보], (LEAD), 【快讯】 or a closing (종합2보) off a title."""
    while (label := _LABEL.match(title)) and label.end() < len(title):
        title = title[label.end() :]
    return _ENDING.sub("", title).strip()


def is_update(title: str) -> bool:
    """Whether a title's labels say that it is one of a chain: (LEAD), 종합, 2보, 速報, 快讯, ..."""
    label = _LABEL.match(title)
    named = (label["label"] or label["open"]) if label else ""
    return bool(_UPDATE.search(named) or _ENDING.search(title))


_CHAIN_LASTS = timedelta(hours=24)
"""How long an outlet goes on updating one report."""
_SAME_TITLE = 0.6
"""The likeness of titles of one chain: an update changes a number or adds a clause."""


def is_chained(one: Report, other: Report) -> bool:
    """Whether one outlet's report is a version of another: their labels say so, and their titles are alike."""
    if one.outlet != other.outlet or not one.outlet or abs(one.at - other.at) > _CHAIN_LASTS:
        return False
    if not (is_update(one.title) or is_update(other.title)):
        return False
    return (
        SequenceMatcher(None, strip_label(one.title), strip_label(other.title), autojunk=False).ratio() >= _SAME_TITLE
    )
