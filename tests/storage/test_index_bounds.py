"""How much of a text is indexed: whatever it is, PostgreSQL has room for it."""

from collections.abc import Callable
from datetime import datetime
from itertools import product

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from news.reading import PageResult, PageTask, Recorded
from news.sources import Feed, Outlet
from storage.engine import Store, reading
from storage.feeds import sync_feeds
from storage.queries import parse_query
from storage.recording import record_articles
from storage.search import search_articles
from storage.tables import revisions
from storage.tsearch import to_tsvector
from storage.words import BREAK, index_text

Make = Callable[..., PageResult]


def write_words(first: str, letters: int, length: int, count: int) -> str:
    """Write so many words of a length, out of so many letters from a first one on; all differ where they can."""

    def write(number: int) -> str:
        word = ""
        for _ in range(length):
            number, digit = divmod(number, letters)
            word += chr(ord(first) + digit)
        return word

    return " ".join(map(write, range(count)))


HOSTILE = {
    "digests": write_words("a", 6, 64, 17_000),
    "Cyrillic": write_words("а", 30, 12, 50_000),
    "Thai": write_words("ก", 30, 64, 8_000),
    "Gothic": write_words("\U00010330", 16, 64, 5_000),
    "Han": "".join(chr(0x20000 + number) for number in range(42_000)),
    "letters": write_words("а", 30, 1, 60_000),
    "ligatures": " ".join("ﷺ" * 3 + word for word in write_words("a", 26, 4, 6_000).split()),
}


@pytest.mark.parametrize("script", HOSTILE)
def test_no_text_is_too_long_for_the_index(
    script: str, store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Make
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    hostile = PageTask(outlet, "https://a.example/1", "List", now)
    good = PageTask(outlet, "https://a.example/2", "List", now)
    results = [
        make_result(hostile, title="List of files", text=HOSTILE[script], topic=None),
        make_result(good, title="List of guests", text="They met.", topic=None),
    ]
    assert record_articles(store, results, now) == Recorded(new_articles=2)
    found = search_articles(store, parse_query("list", now), now)
    assert {one.url for one in found} == {"https://a.example/1", "https://a.example/2"}
    with reading(store) as connection:
        kept = connection.scalar(sa.select(revisions.c.text).where(revisions.c.title == "List of files"))
    assert kept == HOSTILE[script], "the text itself stays whole"


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(first="ก", letters=30, length=64, count=8_000, times=1)
@example(first="а", letters=30, length=12, count=25_000, times=2)
@example(first="a", letters=26, length=37, count=25_000, times=2)
@given(
    first=st.sampled_from("aаก\U00010330"),
    letters=st.integers(2, 16),
    length=st.integers(1, 70),
    count=st.integers(1, 25_000),
    times=st.sampled_from([1, 2, 300]),
)
def test_whatever_is_indexed_fits_and_hardly_less_than_would(
    store: Store, first: str, letters: int, length: int, count: int, times: int
) -> None:
    text = " ".join([write_words(first, letters, length, count)] * times)[:4_000_000]
    tokens = index_text("List", text)
    size = _measure(store, tokens)
    assert size <= 1_048_575
    if len(tokens) < min(50_000, 2 + len(text.split())):
        assert size > 850_000


def _measure(store: Store, tokens: list[str]) -> int:
    """Bytes of a text's words in the index, without the four for each word of the table at its head."""
    if store.dialect.name == "sqlite":
        return sum(len(token.encode()) + 3 for token in set(tokens)) + 2 * len(tokens)
    query = "SELECT pg_column_size(v) - 4 * length(v) FROM (SELECT CAST(:v AS tsvector) AS v) AS t"
    with reading(store) as connection:
        return connection.scalar(sa.text(query), {"v": to_tsvector(2**62, tokens)}) or 0


def test_a_text_within_the_bound_is_indexed_as_before() -> None:
    """What is in the index need not be built anew."""
    for letters, length, count in product((2, 26), (1, 9, 15), (10, 40_000)):
        text = write_words("a", letters, length, count)
        assert index_text("", text) == [BREAK, *text.split()]
