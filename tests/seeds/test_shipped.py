"""The declarations that come with Dateline: whole, consistent, and drawn from the seed story."""

import csv
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from lxml import etree

from digests.channels.face import ChannelSettings
from digests.channels.opening import open_channel
from news.digests import Subscription
from news.errors import DeliveryError
from news.sources import FeedKind, PressSystem
from news.topics import Topic
from seeds.checking import CHANNEL_KINDS
from seeds.declarations import SHIPPED, load_declarations

DECLARED = load_declarations(SHIPPED, None)
STORY = (SHIPPED / "story.md").read_text(encoding="utf-8")
WORDS = " ".join(STORY.split())

FACTS = [
    *("Sunday, 4 January 2026", "state visit", "Xi Jinping", "Lee Jae Myung", "Gyeongju on 1 November 2025"),
    *("about two months", "tension over Taiwan grows", "at their lowest in years"),
    *("Sanae Takaichi said in November", "could consider military action if China moved on Taiwan", "Kang Jun-young"),
    *("Hankuk University of Foreign Studies", "wanted him in China first", "a turning point", "Wi Sung-lac"),
    *("national security adviser", "a fresh start", "ten agreements", "trade, business, climate and tourism"),
    *("A joint statement is not planned", "largest trading partner", "Yoon Suk Yeol", "Washington and Tokyo"),
    *("in December that Seoul takes no side between China and Japan", "key ally of the United States"),
    *("Shin Beom-chul of the Sejong Institute", "vice defence minister", "its main backer"),
    *("nuclear and missile programmes", "cites Reuters"),
]


@pytest.mark.parametrize("fact", FACTS)
def test_the_story_holds_the_fact(fact: str) -> None:
    assert fact in WORDS


def test_every_outlet_has_a_feed() -> None:
    assert {feed.outlet for feed in DECLARED.feeds.values()} == set(DECLARED.outlets)


def test_the_press_systems_are_those_under_which_the_outlets_work() -> None:
    expected = {
        "xinhua": PressSystem.PRC_STATE,
        "the-paper": PressSystem.PRC_STATE,
        "caixin": PressSystem.PRC_MARKET,
        "scmp": PressSystem.HONG_KONG,
        "rthk": PressSystem.HONG_KONG,
        "cna": PressSystem.TAIWAN,
        "yonhap": PressSystem.SOUTH_KOREA,
        "nk-news": PressSystem.SOUTH_KOREA,
        "kcna-watch": PressSystem.NORTH_KOREA,
        "kyodo": PressSystem.JAPAN,
        "rfa": PressSystem.UNITED_STATES,
        "korea-mofa": PressSystem.GOVERNMENT,
        "taiwan-today": PressSystem.GOVERNMENT,
        "initium": PressSystem.DIASPORA,
        "bbc": PressSystem.INTERNATIONAL,
    }
    assert {id_: DECLARED.outlets[id_].press_system for id_ in expected} == expected


def test_no_outlet_of_ours_is_left_undescribed() -> None:
    for outlet in DECLARED.outlets.values():
        assert outlet.press_system is not PressSystem.UNKNOWN
        assert "ZZ" not in outlet.country
        assert outlet.language != "und"


def test_papers_of_one_owner_are_of_one_family() -> None:
    def family(id_: str) -> str:
        return DECLARED.outlets[id_].family

    assert family("global-times") == family("peoples-daily")
    assert family("liberty-times") == family("taipei-times")
    assert family("joongang-ilbo") == family("jtbc") == family("korea-joongang-daily")
    assert family("financial-times") == family("nikkei") == family("nikkei-asia")
    assert family("straits-times") == family("zaobao")


def test_the_zone_is_one_of_the_country() -> None:
    zones = {"CN": "Asia/Shanghai", "HK": "Asia/Hong_Kong", "TW": "Asia/Taipei", "KR": "Asia/Seoul", "JP": "Asia/Tokyo"}
    for outlet in DECLARED.outlets.values():
        assert outlet.zone == zones.get(outlet.country, outlet.zone)


def test_the_feeds_stand_by_country_then_language_and_can_be_read_by_others() -> None:
    root = etree.fromstring((SHIPPED / "feeds.opml").read_bytes())
    feeds = root.findall("body/outline/outline/outline")
    assert len(feeds) == len(root.findall(".//outline[@xmlUrl]")) == 139
    for feed in feeds:
        assert (feed.get("type"), feed.get("category")) == ("rss", _path(feed))


def _path(feed: etree._Element) -> str:
    above = [str(parent.get("text")) for parent in feed.iterancestors("outline")]
    return "/" + "/".join(reversed(above))


def test_all_curated_feeds_are_declared(shared_data: Path) -> None:
    with (shared_data / "opml" / "east_asia_curated.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    declared = {feed.url: feed.language.partition("-")[0] for feed in DECLARED.feeds.values()}
    assert len(rows) == 139
    assert {row["feed_url"]: row["lang"] for row in rows}.items() <= declared.items()


def test_nobody_is_subscribed_yet() -> None:
    assert not DECLARED.subscriptions


def test_the_examples_of_subscriptions_are_valid_once_their_marks_are_taken_away(own: Path) -> None:
    examples = (SHIPPED / "subscriptions.toml").read_text(encoding="utf-8").partition("Two examples.")[2]
    lines = examples.splitlines()[1:]
    (own / "subscriptions.toml").write_text("\n".join(re.sub(r"^# ?", "", line) for line in lines), encoding="utf-8")
    subscriptions = load_declarations(SHIPPED, own).subscriptions
    assert set(subscriptions) == {"morning", "korea-desk"}


def test_every_key_of_a_subscription_is_explained() -> None:
    explained = set(
        re.findall(r"^#   (\w+) ", (SHIPPED / "subscriptions.toml").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert explained == {field.name for field in fields(Subscription)} - {"id"}


def test_the_kinds_of_channel_that_are_accepted_are_those_that_can_be_opened() -> None:
    with pytest.raises(DeliveryError, match=f"begin with {', '.join(CHANNEL_KINDS)}$"):
        open_channel("pigeon", ChannelSettings())


STRANDS = [
    "sino-korean-summitry",
    "taiwan",
    "japan-relations",
    "us-korea-alliance",
    "north-korea",
    "china-korea-economy",
]


def test_each_strand_of_the_story_is_a_topic() -> None:
    assert set(STRANDS) == set(DECLARED.topics)
    assert re.findall(r"\| ([\w-]+) \|$", STORY, re.MULTILINE)[1:] == STRANDS


@pytest.mark.parametrize("topic", DECLARED.topics.values(), ids=lambda topic: topic.id)
def test_every_topic_names_the_story(topic: Topic) -> None:
    front = re.match(r"---\nid: (\w+)\n", STORY)
    assert front is not None
    assert topic.seed == front[1]


@pytest.mark.parametrize("topic", DECLARED.topics.values(), ids=lambda topic: topic.id)
def test_every_entity_and_phrase_of_a_topic_stands_in_the_gazetteer_or_the_story(topic: Topic) -> None:
    groups = [
        topic.keys,
        topic.supports,
        topic.off,
        topic.never,
        *(group for angle in topic.angles for group in angle.all),
    ]
    terms = {term.partition(":")[0] for group in groups for term in group}
    known = DECLARED.entities.keys() | DECLARED.phrases.keys()
    own_words = {id_ for id_, words in topic.phrases.items() if all(word in WORDS for word in words.get("en", ()))}
    assert terms <= known | own_words


def test_the_gazetteer_is_large_enough_and_in_four_languages() -> None:
    assert len(DECLARED.entities) >= 120
    everywhere = [one for one in DECLARED.entities.values() if {"en", "zh", "ko", "ja"} <= one.aliases.keys()]
    assert len(everywhere) >= 100


def test_listings_are_kept_out_of_the_file_that_other_readers_take() -> None:
    listed = {feed.id for feed in DECLARED.feeds.values() if feed.kind is FeedKind.LISTING}
    assert listed < tomllib.loads((SHIPPED / "feeds.toml").read_text(encoding="utf-8"))["feeds"].keys()
