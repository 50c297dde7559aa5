import tomllib
from datetime import time
from pathlib import Path

import pytest

from news.digests import Mode, Subscription, Weekday
from news.errors import SeedError
from news.sources import Feed, FeedKind, Outlet, PressSystem
from seeds.adding import add_feeds, add_subscription
from seeds.declarations import load_declarations

OUTLET = Outlet("bay-times", 'The "Bay" Times', "KR", "ko", PressSystem.SOUTH_KOREA, "bay", "Asia/Seoul")
FEED = Feed("bay-list", "https://bay.example/list", "만 신문", "bay-times", "ko", FeedKind.LISTING, link_selector="a.x")


def test_what_is_added_is_declared(seeds: Path, own: Path) -> None:
    declared = add_feeds(own, [FEED], [OUTLET], shipped=seeds)
    assert declared.outlets["bay-times"] == OUTLET
    assert declared.feeds["bay-list"].link_selector == "a.x"
    assert load_declarations(seeds, own) == declared


def test_a_home_that_is_not_there_yet_is_made(seeds: Path, tmp_path: Path) -> None:
    own = tmp_path / "home" / "seeds"
    add_feeds(own, [FEED], [OUTLET], shipped=seeds)
    assert sorted(path.name for path in own.iterdir()) == ["feeds.toml", "outlets.toml"]


def test_only_what_differs_from_the_usual_is_written(seeds: Path, own: Path) -> None:
    add_feeds(own, [FEED], [OUTLET], shipped=seeds)
    written = tomllib.loads((own / "feeds.toml").read_text(encoding="utf-8"))
    assert written["feeds"]["bay-list"] == {
        "url": "https://bay.example/list",
        "title": "만 신문",
        "outlet": "bay-times",
        "language": "ko",
        "kind": "listing",
        "link_selector": "a.x",
    }


def test_comments_and_order_stay_byte_for_byte(seeds: Path, own: Path) -> None:
    before = """# mine

[feeds.capital-all] # moved
url = 'https://c.example/' # here
title='t'
outlet='capital-daily'
language='ko'
# the end"""
    (own / "feeds.toml").write_text(before, encoding="utf-8")
    add_feeds(own, [FEED], [OUTLET], shipped=seeds)
    assert (own / "feeds.toml").read_text(encoding="utf-8").startswith(before + "\n\n[feeds.bay-list]\n")


def test_a_wrong_addition_leaves_every_file_as_it_was(seeds: Path, own: Path) -> None:
    (own / "outlets.toml").write_text("# mine\n", encoding="utf-8")
    wrong = Feed("bay", "https://capital.example/all.rss", "Bay", "bay-times", "ko")
    with pytest.raises(SeedError, match="declared already"):
        add_feeds(own, [wrong], [OUTLET], shipped=seeds)
    assert [path.name for path in own.iterdir()] == ["outlets.toml"]
    assert (own / "outlets.toml").read_text(encoding="utf-8") == "# mine\n"


def test_an_id_that_is_taken_in_the_same_file_is_refused(seeds: Path, own: Path) -> None:
    add_feeds(own, [FEED], [OUTLET], shipped=seeds)
    with pytest.raises(SeedError, match="second time"):
        add_feeds(own, [FEED], shipped=seeds)
    assert "bay-list" in load_declarations(seeds, own).feeds


def test_a_file_in_the_place_of_the_folder_is_told(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    with pytest.raises(SeedError, match="cannot be made: Not a directory"):
        add_feeds(tmp_path / "home" / "seeds", [FEED], [OUTLET], shipped=seeds)


def test_a_folder_in_the_place_of_a_file_is_told(seeds: Path, own: Path) -> None:
    (own / "outlets.toml").mkdir()
    with pytest.raises(SeedError, match="cannot be read: Is a directory"):
        add_feeds(own, [FEED], [OUTLET], shipped=seeds)


def test_a_full_disk_leaves_every_file_as_it_was(seeds: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_for_feeds(path: Path, content: bytes) -> None:
        if path.name == "feeds.toml":
            raise SeedError(path, "this file cannot be written: No space left on device")
        path.write_bytes(content)

    monkeypatch.setattr("seeds.adding.write_whole", fail_for_feeds)
    with pytest.raises(SeedError, match="No space left"):
        add_feeds(own, [FEED], [OUTLET], shipped=seeds)
    assert not list(own.iterdir())


def test_a_subscription_is_written_with_all_its_wishes(seeds: Path, own: Path) -> None:
    subscription = Subscription(
        "desk",
        "The desk",
        ("harbour",),
        ("email:desk@example.org", "file"),
        cron="0 8 * * *",
        zone="Asia/Seoul",
        languages=("ko", "en"),
        mode=Mode.BOTH,
        minimum_scores={"harbour": 0.7},
        weekdays=(Weekday.MONDAY, Weekday.FRIDAY),
        quiet_from=time(22),
        quiet_until=time(6, 30),
        without_press_systems=("prc-state",),
    )
    assert add_subscription(own, subscription, shipped=seeds).subscriptions["desk"] == subscription
