"""What keyword alerts do on the same articles: the plain forms that most tools offer, as a yardstick."""

import re
from collections.abc import Sequence

# Per topic, two groups of words. "any" asks for one word of either group that names the topic alone (the first list),
# "groups" for one of each group. All four languages, both Chinese scripts.
_CHINA = ("China", "Chinese", "Beijing", "Xi", "中国", "中國", "北京", "习近平", "習近平", "중국", "베이징", "시진핑")
_KOREA = (
    "South Korea",
    "Korean",
    "Seoul",
    "Lee",
    "韩国",
    "韓國",
    "韓国",
    "首尔",
    "李在明",
    "ソウル",
    "한국",
    "서울",
    "이재명",
)
_JAPAN = ("Japan", "Japanese", "Tokyo", "Takaichi", "日本", "东京", "東京", "高市", "일본", "도쿄", "다카이치")
_TAIWAN = ("Taiwan", "Taipei", "台湾", "台灣", "臺灣", "台北", "대만", "타이완")
_ACTS = (
    *("summit", "talks", "visit", "military", "drill", "drills", "missile", "protest", "sanctions", "ban", "relations"),
    *("ambassador", "minister", "访问", "会谈", "军演", "抗议", "制裁", "关系", "外交", "訪問", "會談", "軍演", "抗議"),
    *("關係", "방문", "회담", "훈련", "항의", "제재", "관계", "외교", "会談", "演習", "関係"),
)
_TOPICS: dict[str, tuple[Sequence[str], ...]] = {
    "sino-korean-summitry": (_CHINA, _KOREA, _ACTS),
    "taiwan": (_TAIWAN, _ACTS),
    "japan-relations": (_JAPAN, (*_CHINA, *_KOREA), _ACTS),
}
_JAPAN_ALONE = ("中日", "日中", "중일", "한일", "日韩", "日韓", "韓日", "Sino-Japanese", "Takaichi", "高市", "다카이치")
_ALONE: dict[str, Sequence[str]] = {
    "sino-korean-summitry": ("中韩", "中韓", "한중", "韓中", "Sino-Korean", "방중", "訪中", "访华"),
    "taiwan": _TAIWAN,
    "japan-relations": (*_JAPAN_ALONE, "Senkaku", "尖閣", "钓鱼岛", "센카쿠"),
}


def says_any(topic: str, title: str, text: str) -> bool:
    """Whether any keyword of the topic occurs, anywhere."""
    whole = f"{title}\n{text}".lower()
    return any(word.lower() in whole for word in _ALONE[topic])


def says_groups(topic: str, title: str, text: str) -> bool:
    """Whether a word of every group occurs, anywhere."""
    whole = f"{title}\n{text}".lower()
    return all(any(word.lower() in whole for word in group) for group in _TOPICS[topic])


def says_bounded(topic: str, title: str, text: str) -> bool:
    """Whether a word of every group occurs between word boundaries, as most tools ask."""
    whole = f"{title}\n{text}"
    return all(
        any(re.search(rf"\b{re.escape(word)}\b", whole, re.IGNORECASE) for word in group) for group in _TOPICS[topic]
    )
