"""The stream of saved pages, told by feeds."""

import pytest

from benchmarks.end_to_end import SavedPress


@pytest.mark.parametrize("articles", [300, 5_000, 12_345])
def test_every_page_stands_in_a_feed_that_is_read_whole(articles: int) -> None:
    press = SavedPress(tuple(str(number) for number in range(articles)))
    sizes = [press.print_feed(feed, "", 0.0).body.count(b"<item>") for feed in range(press.feeds)]
    assert sum(sizes) == articles
    assert max(sizes) <= 50, "at a first look a feed without dates may have 100"
