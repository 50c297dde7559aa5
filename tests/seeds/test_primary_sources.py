"""Each declared listing, read from a page of our own that has its site's structure: two articles among other links."""

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from extractors.listing import parse_listing
from news.sources import Feed, FeedKind, PressSystem
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
INVENTED = ("nvented", "虚构", "虛構", "지어낸", "架空")
"""What the title of every article on our pages says, in one of the languages."""


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
    times = [entry.published_at for entry in found.entries]
    assert [entry.link for entry in found.entries] == EXPECTED[feed.id]["links"]
    assert [str(at.astimezone(ZoneInfo(zone)).date()) if at else "" for at in times] == EXPECTED[feed.id]["days"]
    assert all(any(word in entry.title for word in INVENTED) for entry in found.entries)


def test_every_page_belongs_to_a_listing() -> None:
    pages = {path.stem for path in (HERE / "listings").iterdir()}
    assert pages == EXPECTED.keys() == {feed.id for feed in LISTINGS}


def test_every_primary_source_is_declared_and_unverified_until_a_live_run_has_seen_it() -> None:
    own = [feed for feed in DECLARED.feeds.values() if feed.outlet in GOVERNMENTS]
    assert {feed.outlet for feed in own} == GOVERNMENTS
    assert not any(feed.verified for feed in own)
    assert all(DECLARED.outlets[id_].press_system is PressSystem.GOVERNMENT for id_ in GOVERNMENTS)
