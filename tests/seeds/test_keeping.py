from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from news.errors import SeedError
from seeds.declarations import load_declarations
from seeds.keeping import load_or_keep

GOOD = '[feeds.mine]\nurl = "https://mine.example/"\ntitle = "Mine"\noutlet = "harbour-post"\nlanguage = "en"\n'


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "last-good.json"


def write(own: Path, content: str) -> None:
    (own / "feeds.toml").write_text(content, encoding="utf-8")


def test_a_good_edit_takes_effect(seeds: Path, own: Path, kept: Path) -> None:
    write(own, GOOD)
    assert load_or_keep(seeds, own, kept).declarations.feeds["mine"].title == "Mine"
    write(own, GOOD.replace("Mine", "Ours"))
    loaded = load_or_keep(seeds, own, kept)
    assert (loaded.declarations.feeds["mine"].title, loaded.problem) == ("Ours", None)


def test_a_bad_edit_goes_on_with_the_last_good_version_and_says_why(seeds: Path, own: Path, kept: Path) -> None:
    write(own, GOOD)
    good = load_or_keep(seeds, own, kept)
    write(own, GOOD.replace('language = "en"', 'language = "english"'))
    for _ in range(2):  # as often as it takes to mend it
        loaded = load_or_keep(seeds, own, kept)
        assert loaded.declarations == good.declarations
        assert loaded.problem is not None
        assert (loaded.problem.file, loaded.problem.line, loaded.problem.key) == (own / "feeds.toml", 5, "language")


def test_a_mended_edit_takes_effect_again(seeds: Path, own: Path, kept: Path) -> None:
    write(own, GOOD)
    load_or_keep(seeds, own, kept)
    write(own, "[feeds.mine")
    load_or_keep(seeds, own, kept)
    write(own, GOOD.replace("Mine", "Ours"))
    loaded = load_or_keep(seeds, own, kept)
    assert (loaded.declarations.feeds["mine"].title, loaded.problem) == ("Ours", None)


def test_a_bad_edit_with_nothing_kept_is_refused(seeds: Path, own: Path, kept: Path) -> None:
    write(own, "[feeds.mine")
    with pytest.raises(SeedError, match="not valid TOML"):
        load_or_keep(seeds, own, kept)


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"feeds.toml": "[feeds.mine"}'])
def test_what_is_kept_and_no_longer_good_leaves_the_first_problem(
    seeds: Path, own: Path, kept: Path, damage: str
) -> None:
    kept.write_text(damage, encoding="utf-8")
    write(own, "[feeds.other")
    with pytest.raises(SeedError) as refused:
        load_or_keep(seeds, own, kept)
    assert refused.value.file == own / "feeds.toml"


def test_entities_and_topics_are_kept_with_the_rest(seeds: Path, own: Path, kept: Path) -> None:
    (own / "topics").mkdir()
    topic = '[topics.pier]\ntitle = "Pier"\ndescription = "d"\nseed = "s"\nkeys = ["harbour-city"]\n'
    (own / "topics" / "mine.toml").write_text(topic, encoding="utf-8")
    load_or_keep(seeds, own, kept)
    (own / "topics" / "mine.toml").write_text(topic.replace("keys", "kys"), encoding="utf-8")
    assert "pier" in load_or_keep(seeds, own, kept).declarations.topics


def test_nothing_is_written_where_nothing_changed(seeds: Path, own: Path, kept: Path) -> None:
    write(own, GOOD)
    load_or_keep(seeds, own, kept)
    kept.chmod(0o444)
    before = kept.stat()
    load_or_keep(seeds, own, kept)
    assert (kept.stat().st_mtime_ns, kept.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_an_absent_folder_is_as_good_as_an_empty_one(seeds: Path, tmp_path: Path, kept: Path) -> None:
    assert load_or_keep(seeds, tmp_path / "absent", kept).declarations == load_declarations(seeds, None)


def test_flows_that_read_at_once_do_not_clash(seeds: Path, own: Path, kept: Path) -> None:
    write(own, GOOD)
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_or_keep(seeds, own, kept), range(32)))
    assert all(one.problem is None for one in loaded)
    write(own, "[feeds.mine")
    assert load_or_keep(seeds, own, kept).declarations == loaded[0].declarations
    assert {path.name for path in kept.parent.iterdir()} == {"last-good.json", "own", "seeds"}
