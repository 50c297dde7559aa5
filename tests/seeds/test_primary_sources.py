"""Each declared listing, on a page of our own that has its site's structure: two articles among other links."""

from pathlib import Path

import pytest
from lxml import html

from news.sources import Feed, FeedKind, PressSystem
from seeds.declarations import SHIPPED, load_declarations

PAGES = Path(__file__).parent / "listings"
DECLARED = load_declarations(SHIPPED, None)
LISTINGS = [feed for feed in DECLARED.feeds.values() if feed.kind is FeedKind.LISTING]

GOVERNMENTS = {
    *("china-mfa", "korea-mofa", "japan-mofa", "taiwan-mofa"),
    *("china-mnd", "china-tao", "taiwan-mac", "taiwan-mnd"),
    *("korea-president", "taiwan-president"),
    *("china-state-council", "korea-prime-minister", "japan-kantei", "taiwan-executive-yuan"),
}
INVENTED = ("nvented", "虚构", "虛構", "지어낸", "架空")
"""What the title of every article on our pages says, in one of the languages."""


@pytest.mark.parametrize("feed", LISTINGS, ids=lambda feed: feed.id)
def test_the_selector_finds_the_articles_and_no_other_link(feed: Feed) -> None:
    page = html.fromstring((PAGES / f"{feed.id}.html").read_bytes())
    found = page.cssselect(feed.link_selector or "")
    assert len(found) == 2
    assert all(any(word in "".join(map(str, link.itertext())) for word in INVENTED) for link in found)


def test_every_page_belongs_to_a_listing() -> None:
    assert {path.stem for path in PAGES.iterdir()} == {feed.id for feed in LISTINGS}


def test_every_primary_source_is_declared_and_unverified_until_a_live_run_has_seen_it() -> None:
    own = [feed for feed in DECLARED.feeds.values() if feed.outlet in GOVERNMENTS]
    assert {feed.outlet for feed in own} == GOVERNMENTS
    assert not any(feed.verified for feed in own)
    assert all(DECLARED.outlets[id_].press_system is PressSystem.GOVERNMENT for id_ in GOVERNMENTS)


def test_dates_beside_the_links_are_found_where_they_are_declared() -> None:
    dated = [feed for feed in LISTINGS if feed.date_selector]
    assert dated
    for feed in dated:
        page = html.fromstring((PAGES / f"{feed.id}.html").read_bytes())
        assert ["".join(map(str, cell.itertext())).strip() for cell in page.cssselect(feed.date_selector or "")] == [
            "2026.01.05",
            "2026.01.04",
        ]
