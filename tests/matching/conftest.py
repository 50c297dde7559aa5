from pathlib import Path

import pytest

from matching.matcher import Matcher
from news.topics import Angle, Entity, EntityKind, Level, Phrase, Topic
from seeds.entities import read_entities, read_phrases
from seeds.topics import read_topics

SEEDS = Path(__file__).parent.parent.parent / "seeds"


@pytest.fixture(scope="session")
def shipped() -> Matcher:
    """The matcher of the shipped gazetteer and topics."""
    entities, phrases = read_entities(SEEDS / "entities"), read_phrases(SEEDS / "phrases")
    topics = read_topics(SEEDS / "topics", entities=entities, phrases=phrases)
    return Matcher(entities, phrases, topics.values())


@pytest.fixture(scope="session")
def gazetteer() -> dict[str, Entity]:
    """A small gazetteer with one of every difficulty."""
    entities = [
        Entity(
            "china", "China", EntityKind.STATE, {"en": ("China",), "zh": ("中国",), "ko": ("중국",)}, {"ko": ("中",)}
        ),
        Entity(
            "taiwan",
            "Taiwan",
            EntityKind.STATE,
            {"en": ("Taiwan",), "zh": ("台湾",), "ko": ("대만",)},
            not_within=("台湾路", "Taiwan Beer"),
        ),
        Entity(
            "xi",
            "Xi Jinping",
            EntityKind.PERSON,
            {"en": ("Xi Jinping",), "zh": ("习近平",), "ko": ("시진핑", "시 주석")},
            {"en": ("Xi",)},
            of="china",
            level=Level.LEADER,
        ),
        Entity(
            "lee",
            "Lee Jae Myung",
            EntityKind.PERSON,
            {"en": ("Lee Jae Myung",), "ko": ("이재명",)},
            {"en": ("Lee",), "ko": ("李",)},
            level=Level.LEADER,
        ),
        Entity("tycoon", "Lee Jae-yong", EntityKind.PERSON, {"en": ("Lee Jae-yong",)}, {"en": ("Lee",)}),
        Entity("sea", "South China Sea", EntityKind.PLACE, {"en": ("South China Sea",)}),
        Entity("who", "World Health Organization", EntityKind.INSTITUTION, {"en": ("WHO",)}),
        Entity("thailand", "Thailand", EntityKind.STATE, {"ja": ("タイ",)}),
    ]
    return {one.id: one for one in entities}


@pytest.fixture(scope="session")
def phrases() -> dict[str, Phrase]:
    """Two phrases, for supports and off."""
    return {
        "drill": Phrase("drill", "drill", {"en": ("drill", "drills"), "ko": ("훈련",), "zh": ("军演",)}),
        "shares": Phrase("shares", "shares", {"en": ("shares",)}),
    }


@pytest.fixture(scope="session")
def small(gazetteer: dict[str, Entity], phrases: dict[str, Phrase]) -> Matcher:
    """A matcher of the small gazetteer and one topic."""
    topic = Topic(
        "strait",
        "The strait",
        "China and Taiwan",
        "a test",
        angles=(Angle(all=(("china:*",), ("taiwan",))),),
        supports=("drill",),
        off=("shares",),
    )
    return Matcher(gazetteer, phrases, [topic])
