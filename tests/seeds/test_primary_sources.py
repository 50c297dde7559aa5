"""Each primary source, read from a page or feed of our own that has its structure: two articles, on a page among other links."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from extractors.feed import parse_feed
from extractors.listing import parse_listing
from news.sources import Entry, Feed, FeedKind, PressSystem
from seeds.declarations import SHIPPED, load_declarations

HERE = Path(__file__).parent
DECLARED = load_declarations(SHIPPED, None)
LISTINGS = [feed for feed in DECLARED.feeds.values() if feed.kind is FeedKind.LISTING]
EXPECTED = tomllib.loads((HERE / "listings.toml").read_text(encoding="utf-8"))
GOVERNMENTS = {
    *("china-mfa", "korea-mofa", "japan-mofa", "taiwan-mofa"),
    *("china-mnd", "china-tao", "taiwan-mac", "taiwan-mnd"),
    *("korea-president", "taiwan-president"),
    *("china-state-council", "korea-prime-minister", "japan-kantei", "taiwan-executive-yuan"),
}
POLLED = [feed for feed in DECLARED.feeds.values() if feed.outlet in GOVERNMENTS and feed.kind is not FeedKind.LISTING]
EXPECTED_OF_POLLED = tomllib.loads((HERE / "feeds.toml").read_text(encoding="utf-8"))
INVENTED = ("nvented", "虚构", "虛構", "지어낸", "架空")
"""What the title of every article on our pages says, in one of the languages."""


def _check(entries: Sequence[Entry], expected: dict[str, list[str]], zone: str) -> None:
    times = [entry.published_at for entry in entries]
    assert [entry.link for entry in entries] == expected["links"]
    assert [str(at.astimezone(ZoneInfo(zone)).date()) if at else "" for at in times] == expected["days"]
    assert all(any(word in entry.title for word in INVENTED) for entry in entries)


@pytest.mark.parametrize("feed", LISTINGS, ids=lambda feed: feed.id)
def test_the_articles_are_found_with_their_days_and_no_other_link(feed: Feed) -> None:
    zone = DECLARED.outlets[feed.outlet].zone
    found = parse_listing(
        (HERE / "listings" / f"{feed.id}.html").read_bytes(),
        url=feed.url,
        link_selector=feed.link_selector or "",
        date_selector=feed.date_selector,
        zone=zone,
    )
    _check(found.entries, EXPECTED[feed.id], zone)


@pytest.mark.parametrize("feed", POLLED, ids=lambda feed: feed.id)
def test_a_government_s_feed_is_read_from_a_document_of_our_own_with_its_structure(feed: Feed) -> None:
    zone = DECLARED.outlets[feed.outlet].zone
    found = parse_feed((HERE / "feeds" / f"{feed.id}.xml").read_bytes(), url=feed.url, zone=zone)
    _check(found.entries, EXPECTED_OF_POLLED[feed.id], zone)


def test_every_primary_source_has_a_page_or_document_of_our_own_and_no_other_has() -> None:
    pages = {path.stem for path in (HERE / "listings").iterdir()}
    assert pages == EXPECTED.keys() == {feed.id for feed in LISTINGS}
    documents = {path.stem for path in (HERE / "feeds").iterdir()}
    assert documents == EXPECTED_OF_POLLED.keys() == {feed.id for feed in POLLED}


def test_every_primary_source_is_declared_and_unverified_until_a_live_run_has_seen_it() -> None:
    own = [feed for feed in DECLARED.feeds.values() if feed.outlet in GOVERNMENTS]
    assert {feed.outlet for feed in own} == GOVERNMENTS
    assert not any(feed.verified for feed in own)
    assert all(DECLARED.outlets[id_].press_system is PressSystem.GOVERNMENT for id_ in GOVERNMENTS)
