from pathlib import Path

import pytest

from news.errors import SeedError
from news.topics import Entity, EntityKind, Phrase
from seeds.entities import read_entities, read_phrases
from seeds.topics import read_topics

ENTITY = '[entities.china]\nlabel = "China"\nkind = "state"\naliases.en = ["China"]\n'
TOPIC = '[topics.t]\ntitle = "T"\ndescription = "D"\nseed = "story"\nkeys = ["china"]\n'
CHINA = {"china": Entity("china", "China", EntityKind.STATE, {"en": ("China",)})}
VISIT = {"visit": Phrase("visit", "visit", {"en": ("visit",)})}


def write(folder: Path, content: str, name: str = "file.toml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        (ENTITY.replace('["China"]', "[]"), "aliases", "no words"),
        (ENTITY.replace("aliases.en", "aliases.fr"), "aliases", '"fr" is no language'),
        (ENTITY.replace('["China"]', '["China", " "]'), "aliases", "empty"),
        (ENTITY + 'weak.xx = ["C"]\n', "weak", '"xx" is no language'),
        (ENTITY + 'of = "chian"\n', "of", 'there is no entity "chian"; did you mean "china"'),
        (ENTITY + 'not_within = ["Japan"]\n', "not_within", "holds none of the words"),
        (ENTITY.replace('label = "China"', 'label = " "'), "label", "empty"),
        (ENTITY.replace('"state"', '"country"'), "kind", "state"),
    ],
)
def test_a_wrong_entity_is_refused_with_its_place(tmp_path: Path, content: str, key: str, reason: str) -> None:
    with pytest.raises(SeedError, match=reason) as refused:
        read_entities(write(tmp_path, content))
    assert refused.value.key.startswith(key)
    assert refused.value.line is not None


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        (TOPIC.replace('["china"]', '["chian"]'), "keys", 'did you mean "china"'),
        (TOPIC.replace('["china"]', '["chian:*"]'), "keys", 'no entity "chian"'),
        (TOPIC.replace('["china"]', '["china:king"]'), "keys", '"king" selects nothing'),
        (TOPIC.replace('["china"]', "[]"), "", "can match nothing"),
        (TOPIC.replace('title = "T"', 'title = ""'), "title", "empty"),
        (TOPIC + "threshold = 2\n", "threshold", "outside 0 to 1"),
        (TOPIC + "[[topics.t.angles]]\nall = []\n", "angles", "a group is empty"),
        (TOPIC + "[[topics.t.angles]]\nall = [[]]\n", "angles", "a group is empty"),
        (TOPIC + '[[topics.t.angles]]\nall = [["china"]]\nwithin = "page"\n', "angles", "sentence"),
        (TOPIC + '[topics.t.phrases.own]\nfr = ["x"]\n', "phrases.own", "no language"),
        (TOPIC.replace('["china"]', '["china"]\nphrases.china.en = ["x"]'), "keys", "of an entity and of a phrase"),
        (TOPIC + "colour = 1\n", "colour", "unknown key"),
    ],
)
def test_a_wrong_topic_is_refused_with_its_place(tmp_path: Path, content: str, key: str, reason: str) -> None:
    with pytest.raises(SeedError, match=reason) as refused:
        read_topics(write(tmp_path, content), entities=CHINA, phrases=VISIT)
    assert refused.value.key.startswith(key)


def test_a_right_topic_is_read(tmp_path: Path) -> None:
    content = (
        TOPIC + '[[topics.t.angles]]\nall = [["china:leader", "own"], ["visit"]]\n[topics.t.phrases.own]\nko = ["말"]\n'
    )
    (topic,) = read_topics(write(tmp_path, content), entities=CHINA, phrases=VISIT).values()
    assert topic.angles[0].all == (("china:leader", "own"), ("visit",))
    assert topic.phrases == {"own": {"ko": ("말",)}}


def test_the_users_own_declaration_replaces_ours(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours", ENTITY)
    own = write(tmp_path / "own", ENTITY.replace('["China"]', '["Cathay"]'))
    assert read_entities(ours, own, tmp_path / "absent")["china"].aliases == {"en": ("Cathay",)}


def test_an_id_twice_in_one_folder_names_both_files(tmp_path: Path) -> None:
    write(tmp_path, ENTITY, "a.toml")
    write(tmp_path, ENTITY, "b.toml")
    with pytest.raises(SeedError, match=r'b\.toml.*the id "china" is taken already in a\.toml'):
        read_entities(tmp_path)


def test_a_phrase_needs_words(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="no words"):
        read_phrases(write(tmp_path, '[phrases.visit]\nlabel = "visit"\nwords = {}\n'))
