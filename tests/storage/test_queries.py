import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.queries import AllOf, AnyOf, Filter, Query, QueryError, Term, found_terms, parse_query
from storage.words import split_units

NOW = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def term(text: str) -> Term:
    return Term(split_units(text))


def parse(text: str) -> Query:
    return parse_query(text, NOW)


TAIWAN, JAPAN, QUAKE = term("台湾"), term("日本"), term("地震")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("台湾", TAIWAN),
        ("台湾 日本", AllOf((TAIWAN, JAPAN))),
        ("台湾 AND 日本", AllOf((TAIWAN, JAPAN))),
        ("台湾 OR 日本 地震", AnyOf((TAIWAN, AllOf((JAPAN, QUAKE))))),
        ("(台湾 OR 日本) 地震", AllOf((AnyOf((TAIWAN, JAPAN)), QUAKE))),
        ("（台湾 OR 日本）　-地震", AllOf((AnyOf((TAIWAN, JAPAN)),), (QUAKE,))),
        ("台湾 NOT (日本 OR 地震)", AllOf((TAIWAN,), (AnyOf((JAPAN, QUAKE)),))),
        ("台湾 AND NOT 地震", AllOf((TAIWAN,), (QUAKE,))),
        ('"export controls"', term("export controls")),
        ("「台湾 海峡」", term("台湾 海峡")),
        ("“AND”", term("and")),
        ("and or", AllOf((term("and"), term("or")))),
        ("F-16", term("f 16")),
        ("semicond*", Term(split_units("semicond"), is_prefix=True)),
        ('"re:invent"', term("re invent")),
        ("https://a.example/b", term("https a example b")),
    ],
)
def test_what_a_search_means(text: str, words: object) -> None:
    assert parse(text) == Query(words)  # type: ignore[arg-type]  # parametrize knows no type


def test_filters_hold_for_the_whole_search() -> None:
    query = parse('台湾 topic:taiwan -outlet:"The Daily" NOT language:en press:japan')
    filters = (
        Filter("topic", "taiwan"),
        Filter("outlet", "The Daily", is_negated=True),
        Filter("language", "en", is_negated=True),
        Filter("press", "japan"),
    )
    assert query == Query(TAIWAN, filters)


def test_days_are_those_of_the_zone_and_until_means_through() -> None:
    query = parse_query("since:2026-01-01 until:2026-01-02", NOW, SEOUL)
    assert query.since_at == datetime(2025, 12, 31, 15, tzinfo=UTC)
    assert query.until_at == datetime(2026, 1, 2, 15, tzinfo=UTC)
    with pytest.raises(QueryError, match="needs a day"):
        parse_query("since:0001-01-01", NOW, SEOUL)  # begins before the year 1 in UTC
    assert parse("since:7d until:12h") == Query(None, (), NOW - timedelta(days=7), NOW - timedelta(hours=12))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a search needs a word"),
        ('"台湾', "a quotation mark is not closed"),
        ("(台湾", "has no closing one"),
        ("台湾)", "has no opening one"),
        ("()", "parentheses need a word"),
        ("台湾 OR", "OR needs a word on both sides"),
        ("AND 台湾", "AND needs a word on both sides"),
        ("台湾 AND", "AND needs a word on both sides"),
        ("NOT 地震", "NOT takes away from what another word finds"),
        ("topic:taiwan -地震", "NOT takes away from what another word finds"),
        ("台湾 NOT", "need a word behind them"),
        ("台湾 NOT NOT 日本", "need a word behind them"),
        ("!!!", "there is no letter"),
        ("(台湾 topic:taiwan) OR 日本", "filters hold for the whole search"),
        ("tpoic:taiwan", "there is no filter tpoic:, known are topic:"),
        ("topic:", "needs a value right behind it, such as topic:taiwan"),
        ("press:moon", "there is no press system 'moon'; known are prc-state"),
        ("since:yesterday", "needs a day, such as since:2026-11-01"),
        ("since:1d since:2d", "can stand once"),
        ("-since:1d", "can stand once, and not behind NOT"),
        ("until:9999-12-31", "needs a day"),
        ("(" * 30 + "a" + ")" * 30, "more than 20 deep"),
        ("a" * 1001, "at most 1,000 characters"),
        ("language:k\x00o", r"'\\x00' in this one is none"),
        ("台湾 \udcff", r"'\\udcff' in this one is none"),
    ],
)
def test_a_search_that_means_nothing_is_explained(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        parse(text)


def test_what_stands_behind_not_is_not_marked() -> None:
    assert list(found_terms(parse("台湾 (日本 OR x) NOT 地震").words)) == [TAIWAN, JAPAN, term("x")]


@given(st.text(alphabet='台日a1 "()-:*ANDORT', max_size=40))
def test_any_text_is_a_query_or_explained(text: str) -> None:
    with contextlib.suppress(QueryError):
        query = parse(text)
        assert query.words or query.filters
