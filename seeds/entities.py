"""Reading the gazetteer: the entities and phrases declared in one or more folders, checked as a whole."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from news.normal import fold_text
from news.topics import Entity, Phrase, Topic
from seeds.codes import suggest
from seeds.reading import Place, Placed, read_placed

LANGUAGES = ("en", "zh", "ko", "ja", "any")
"""The keys of aliases and words; Chinese in either script stands under zh."""

Declared = TypeVar("Declared", Entity, Phrase, Topic)


def read_entities(*folders: Path) -> dict[str, Entity]:
    """Read `*.toml` of each folder's `[entities.ID]` tables, by id; a later folder replaces ids of an earlier one.

    Raises:
        SeedError: for the first entity that is wrong, with file, line, table, key and reason.
    """
    placed = read_folders(folders, "entities", Entity)
    for one in placed.values():
        _check_entity(one.value, one.place, placed)
    return {id_: one.value for id_, one in placed.items()}


def read_phrases(*folders: Path) -> dict[str, Phrase]:
    """Read `*.toml` of each folder's `[phrases.ID]` tables, by id, as `read_entities` does.

    Raises:
        SeedError: for the first phrase that is wrong, with file, line, table, key and reason.
    """
    placed = read_folders(folders, "phrases", Phrase)
    for one in placed.values():
        check_words(one.value.words, one.place, "words")
        _check_not_within(one.value.not_within, _words(one.value.words), one.place)
    return {id_: one.value for id_, one in placed.items()}


def read_folders(folders: Iterable[Path], section: str, declared: type[Declared]) -> dict[str, Placed[Declared]]:
    """Read every TOML file of the folders that exist; the same id twice in one folder is refused."""
    found: dict[str, Placed[Declared]] = {}
    for folder in folders:
        here: dict[str, Placed[Declared]] = {}
        for path in sorted(folder.glob("*.toml")):
            for placed in read_placed(path, section, declared):
                id_ = placed.value.id
                if id_ in here:
                    other = here[id_].place.file.name
                    raise placed.place.refuse("", f'the id "{id_}" is taken already in {other}; choose another')
                here[id_] = placed
        found |= here
    return found


def check_words(words: Mapping[str, tuple[str, ...]], place: Place, key: str) -> None:
    """Check that words stand under languages that matching knows, and that there are some."""
    if not _words(words):
        raise place.refuse(key, "there are no words here; write at least one, such as en = [...]")
    _check_languages(words, place, key)


def _check_languages(words: Mapping[str, tuple[str, ...]], place: Place, key: str) -> None:
    for language, listed in words.items():
        if language not in LANGUAGES:
            raise place.refuse(key, f'"{language}" is no language of the gazetteer; known are {", ".join(LANGUAGES)}')
        if any(not word.strip() for word in listed):
            raise place.refuse(key, f"one of the words under {language} is empty; remove it")


def _words(words: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [word for listed in words.values() for word in listed]


def _check_entity(entity: Entity, place: Place, known: Mapping[str, Placed[Entity]]) -> None:
    check_words(entity.aliases, place, "aliases")
    _check_languages(entity.weak, place, "weak")
    _check_not_within(entity.not_within, _words(entity.aliases) + _words(entity.weak), place)
    if entity.of is not None and entity.of not in known:
        raise place.refuse("of", f'there is no entity "{entity.of}"{suggest(entity.of, known)}')
    if not entity.label.strip():
        raise place.refuse("label", "this is empty; people are shown it")


def _check_not_within(blockers: tuple[str, ...], words: list[str], place: Place) -> None:
    folded = [fold_text(word).text for word in words] if blockers else []
    for blocker in blockers:
        blocking = fold_text(blocker).text
        if not any(word in blocking for word in folded):
            raise place.refuse("not_within", f'"{blocker}" holds none of the words that it should block')
