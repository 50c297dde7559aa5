"""Reading topics: standing queries over the gazetteer, checked against it."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from news.topics import Entity, EntityKind, Level, Phrase, Topic
from seeds.codes import suggest
from seeds.entities import check_words, read_folders
from seeds.reading import Place, read_placed

_SELECTIONS = {"*", "home", *EntityKind, *Level}


def read_topics(*folders: Path, entities: Mapping[str, Entity], phrases: Mapping[str, Phrase]) -> dict[str, Topic]:
    """Read `*.toml` of each folder's `[topics.ID]` tables, by id; a later folder replaces ids of an earlier one.

    Raises:
        SeedError: for the first topic that is wrong or names what is not declared, with file, line, table, key and reason.
    """
    placed = read_folders(folders, "topics", Topic)
    for one in placed.values():
        _check_topic(one.value, one.place, entities, phrases)
    return {id_: one.value for id_, one in placed.items()}


def read_topic_file(path: Path, entities: Mapping[str, Entity], phrases: Mapping[str, Phrase]) -> list[Topic]:
    """Read the topics of one file anywhere, such as one that is still being edited.

    Raises:
        SeedError: as `read_topics` does.
    """
    placed = list(read_placed(path, "topics", Topic))
    for one in placed:
        _check_topic(one.value, one.place, entities, phrases)
    return [one.value for one in placed]


def _check_topic(topic: Topic, place: Place, entities: Mapping[str, Entity], phrases: Mapping[str, Phrase]) -> None:
    for key in ("title", "description"):
        if not getattr(topic, key).strip():
            raise place.refuse(key, "this is empty; people are shown it")
    if not topic.keys and not topic.angles:
        raise place.refuse("", "this topic can match nothing: give it keys, angles, or both")
    for name, words in topic.phrases.items():
        check_words(words, place, f"phrases.{name}")
    for key in ("minimum_share", "threshold"):
        if not 0 <= getattr(topic, key) <= 1:
            raise place.refuse(key, f"{getattr(topic, key)} is outside 0 to 1")
    others = {*phrases, *topic.phrases}
    for key, terms in _terms(topic):
        if not terms:
            raise place.refuse(key, "a group is empty; write at least one term in it")
        for term in terms:
            _check_term(term, key, place, entities, others)


def _terms(topic: Topic) -> Iterable[tuple[str, tuple[str, ...]]]:
    for key in ("keys", "supports", "off", "never"):
        if terms := getattr(topic, key):
            yield key, terms
    for angle in topic.angles:
        if not angle.all:
            yield "angles", ()
        for group in angle.all:
            yield "angles", group


def _check_term(term: str, key: str, place: Place, entities: Mapping[str, Entity], others: Collection[str]) -> None:
    id_, colon, selection = term.partition(":")
    named = {*entities, *others}
    if not colon:
        if id_ not in named:
            raise place.refuse(key, f'there is no entity or phrase "{id_}"{suggest(id_, named)}')
        if id_ in entities and id_ in others:
            raise place.refuse(key, f'"{id_}" is the id of an entity and of a phrase; rename the phrase')
        return
    if id_ not in entities:
        raise place.refuse(key, f'there is no entity "{id_}"{suggest(id_, entities)}')
    if selection not in _SELECTIONS:
        known = ", ".join(sorted(_SELECTIONS))
        raise place.refuse(key, f'"{selection}" selects nothing; write {id_}: and one of {known}')
