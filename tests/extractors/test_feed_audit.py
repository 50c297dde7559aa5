"""Nothing that feedparser reads is lost: every conformance case and a representative part of the real feeds.

`python -m benchmarks.feeds` makes the same comparison over all of them.
"""

from pathlib import Path

import pytest

from benchmarks.feed_audit import FEEDS, compare, list_feeds, read_feed

pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason="the evaluation feeds are not here")


def find_losses(files: list[Path]) -> list[str]:
    return [
        f"{path.name}: {difference}" for path in files for difference in compare(read_feed(path)) if difference.lost
    ]


def test_nothing_is_lost_of_the_conformance_cases() -> None:
    files = list_feeds("conformance", "derived_encodings")
    assert len(files) > 2000
    assert find_losses(files) == []


def test_nothing_is_lost_of_real_feeds() -> None:
    files = [*list_feeds("real", largest=150_000), *list_feeds("replay")[::12]]
    assert len(files) > 80
    assert find_losses(files) == []
