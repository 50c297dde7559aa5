"""The large archive that searches are measured on holds what was asked for."""

import pytest
import sqlalchemy as sa

from benchmarks.archive import NOW, OUTLET, fill
from news.articles import Article, DateSource, Quality
from news.reading import PageResult, PageTask
from storage.engine import Store, reading
from storage.queries import parse_query
from storage.search import search_articles
from storage.tables import articles, revisions


def make_result(number: int) -> PageResult:
    url = f"https://news.example/{number}"
    article = Article(url, f"Rain {number}", "It rained.", "en", NOW, DateSource.FEED, Quality.CAREFUL)
    return PageResult(PageTask(OUTLET, url, "", NOW), article)


@pytest.mark.parametrize("size", [2, 3, 8])
def test_so_many_articles_are_stored_and_found(store: Store, size: int) -> None:
    fill(store, [make_result(number) for number in range(3)], size)
    with reading(store) as connection:
        stored = [connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in (articles, revisions)]
    found = {one.article_id for one in search_articles(store, parse_query("rained", NOW), NOW)}
    assert (stored, found) == ([size, size], set(range(1, size + 1)))
