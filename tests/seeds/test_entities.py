"""The shipped gazetteer: every line sound, and broad enough for the subject."""

from collections import Counter
from pathlib import Path

import pytest

from news.topics import Entity, EntityKind
from seeds.reading import read_tables

ENTITIES = Path(__file__).parents[2] / "seeds" / "entities"
FILES = sorted(ENTITIES.glob("*.toml"))
LANGUAGES = ("en", "zh", "ko", "ja")
SUBJECT_STATES = {
    "china",
    "taiwan",
    "south-korea",
    "north-korea",
    "japan",
    "united-states",
    "russia",
    "hong-kong",
    "philippines",
}


@pytest.fixture(scope="module")
def entities() -> list[Entity]:
    return [entity for path in FILES for entity in read_tables(path, "entities", Entity)]


def is_of_subject(entity: Entity) -> bool:
    return entity.id in SUBJECT_STATES or entity.of in SUBJECT_STATES


def list_aliases(entity: Entity) -> list[str]:
    return [alias for by_language in (entity.aliases, entity.weak) for names in by_language.values() for alias in names]


def test_the_files_hold_at_least_250_entities(entities: list[Entity]) -> None:
    assert len(entities) >= 250


def test_ids_are_unique_across_files(entities: list[Entity]) -> None:
    assert [name for name, times in Counter(entity.id for entity in entities).items() if times > 1] == []


def test_every_entity_belongs_to_a_state_that_exists(entities: list[Entity]) -> None:
    states = {entity.id for entity in entities if entity.kind is EntityKind.STATE}
    assert [entity.id for entity in entities if entity.of is not None and entity.of not in states] == []


def test_entities_of_the_subject_are_named_in_four_languages(entities: list[Entity]) -> None:
    subject = [entity for entity in entities if is_of_subject(entity)]
    lacking = {
        (entity.id, language)
        for entity in subject
        for language in LANGUAGES
        if not (entity.aliases.get(language) or entity.weak.get(language))
    }
    assert len(subject) >= 250
    assert lacking == set()


def test_languages_are_known(entities: list[Entity]) -> None:
    known = {*LANGUAGES, "any"}
    assert [entity.id for entity in entities if not {*entity.aliases, *entity.weak} <= known] == []


def test_a_single_character_is_always_weak(entities: list[Entity]) -> None:
    single = [alias for entity in entities for names in entity.aliases.values() for alias in names if len(alias) < 2]
    assert single == []


def test_no_alias_is_both_strong_and_weak(entities: list[Entity]) -> None:
    both = [
        (entity.id, language, alias)
        for entity in entities
        for language, names in entity.weak.items()
        for alias in names
        if alias in entity.aliases.get(language, ())
    ]
    assert both == []


def test_no_alias_stands_twice_in_a_language(entities: list[Entity]) -> None:
    twice = [
        (entity.id, language, alias)
        for entity in entities
        for by_language in (entity.aliases, entity.weak)
        for language, names in by_language.items()
        for alias, times in Counter(names).items()
        if times > 1
    ]
    assert twice == []


def test_aliases_have_no_stray_space(entities: list[Entity]) -> None:
    assert [alias for entity in entities for alias in list_aliases(entity) if alias != " ".join(alias.split())] == []


def test_no_blocker_hides_a_name_behind_a_date(entities: list[Entity]) -> None:
    """A blocker "日中国" would keep 日中 from a date, and China from every "10日中国"."""
    hidden = [
        (entity.id, blocker)
        for entity in entities
        for blocker in entity.not_within
        if entity.kind is EntityKind.STATE and blocker.startswith("日") and blocker[1:] in list_aliases(entity)
    ]
    assert hidden == []


def test_each_blocker_is_longer_than_an_alias_it_contains(entities: list[Entity]) -> None:
    idle = [
        (entity.id, blocker)
        for entity in entities
        for blocker in entity.not_within
        if not any(
            alias.casefold() in blocker.casefold() and len(alias) < len(blocker) for alias in list_aliases(entity)
        )
    ]
    assert idle == []
