from dataclasses import replace
from pathlib import Path

import pytest

from news.errors import SeedError
from seeds.declarations import load_declarations


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_feeds_come_from_both_forms(seeds: Path) -> None:
    assert set(load_declarations(seeds, None).feeds) == {"harbour-world", "capital-briefings", "capital-all"}


def test_a_feed_takes_its_country_from_its_outlet(seeds: Path) -> None:
    assert load_declarations(seeds, None).feeds["harbour-world"].country == "HK"


def test_nothing_is_needed_of_ones_own(seeds: Path, tmp_path: Path) -> None:
    assert load_declarations(seeds, tmp_path / "absent") == load_declarations(seeds, None)


def test_ones_own_replaces_by_id_and_adds(seeds: Path, own: Path) -> None:
    (own / "outlets.toml").write_text((seeds / "outlets.toml").read_text("utf-8").replace("Harbour Post", "The Post"))
    (own / "feeds.toml").write_text(
        """
        [feeds.capital-all]
        url = "https://capital.example/new.rss"
        title = "Capital Daily"
        outlet = "capital-daily"
        language = "ko"

        [feeds.another]
        url = "https://another.example/rss"
        title = "Another"
        outlet = "harbour-post"
        language = "en"
        """
    )
    declared = load_declarations(seeds, own)
    assert declared.outlets["harbour-post"].name == "The Post"
    assert declared.feeds["capital-all"].url == "https://capital.example/new.rss"
    assert set(declared.feeds) == {"harbour-world", "capital-briefings", "capital-all", "another"}


def test_ones_own_need_say_only_what_differs(seeds: Path, own: Path) -> None:
    (own / "outlets.toml").write_text('[outlets.harbour-post]\nfamily = "bay"\n')
    (own / "feeds.toml").write_text('[feeds.capital-all]\nurl = "https://capital.example/new.rss"\n')
    shipped, declared = load_declarations(seeds, None), load_declarations(seeds, own)
    assert declared.outlets["harbour-post"] == replace(shipped.outlets["harbour-post"], family="bay")
    new = "https://capital.example/new.rss"
    assert declared.feeds["capital-all"] == replace(shipped.feeds["capital-all"], url=new)


def test_an_inactive_feed_is_left_out_and_frees_its_address(seeds: Path, own: Path) -> None:
    (own / "feeds.toml").write_text(
        """
        [feeds.capital-all]
        active = false

        [feeds.mine]
        url = "https://capital.example/all.rss"
        title = "Mine"
        outlet = "capital-daily"
        language = "ko"
        """
    )
    assert set(load_declarations(seeds, own).feeds) == {"harbour-world", "capital-briefings", "mine"}


def test_ones_own_entities_topics_and_subscriptions_count(seeds: Path, own: Path) -> None:
    (own / "entities").mkdir()
    (own / "entities" / "mine.toml").write_text(
        '[entities.pier]\nlabel = "Pier"\nkind = "place"\naliases.en = ["Pier"]\n'
    )
    (own / "topics").mkdir()
    (own / "topics" / "mine.toml").write_text(
        '[topics.piers]\ntitle = "Piers"\ndescription = "d"\nseed = "mine"\nkeys = ["pier", "harbour-city"]\n'
    )
    (own / "subscriptions.toml").write_text(
        '[subscriptions.evening]\ntitle = "Evening"\ntopics = ["piers", "harbour"]\nchannels = ["file"]\n'
    )
    declared = load_declarations(seeds, own)
    assert set(declared.topics) == {"harbour", "piers"}
    assert set(declared.subscriptions) == {"morning", "evening"}


def test_an_own_feed_of_a_shipped_address_is_refused_with_the_id_to_use(seeds: Path, own: Path) -> None:
    (own / "feeds.toml").write_text(
        '[feeds.mine]\nurl = "https://CAPITAL.example/all.rss"\ntitle = "t"\noutlet = "capital-daily"\nlanguage = "ko"\n'
    )
    with pytest.raises(SeedError, match='declared already by the feed "capital-all"'):
        load_declarations(seeds, own)


def test_a_file_of_windows_is_read(seeds: Path) -> None:
    path = seeds / "outlets.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_declarations(seeds, None).outlets["harbour-post"].name == "Harbour Post"


def test_the_version_changes_with_a_value_and_not_with_a_comment(seeds: Path) -> None:
    first = load_declarations(seeds, None).version
    change(seeds / "outlets.toml", "# a comment", "# another comment")
    assert load_declarations(seeds, None).version == first
    change(seeds / "outlets.toml", "Capital Daily", "Capital Weekly")
    assert load_declarations(seeds, None).version != first


def test_a_folder_in_place_of_a_file_is_told(seeds: Path) -> None:
    (seeds / "outlets.toml").unlink()
    (seeds / "outlets.toml").mkdir()
    with pytest.raises(SeedError, match="cannot be read"):
        load_declarations(seeds, None)


def test_a_place_that_cannot_be_looked_at_is_told(seeds: Path) -> None:
    with pytest.raises(SeedError, match="cannot be read: File name too long"):
        load_declarations(seeds, Path("x" * 300))


def test_a_file_that_nests_endlessly_is_told(seeds: Path) -> None:
    (seeds / "outlets.toml").write_text("a = " + "[" * 10_000, encoding="utf-8")
    with pytest.raises(SeedError, match="nests too deeply"):
        load_declarations(seeds, None)
