"""What is found, on both engines alike."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from news.articles import Article, DateSource, Quality
from news.reading import PageResult, PageTask
from news.sources import Feed, Outlet, PressSystem
from storage import search, tsearch
from storage.articles import claim_due_rereads
from storage.engine import Store, reading, writing
from storage.export import export_articles
from storage.feeds import sync_feeds
from storage.queries import QueryError, parse_query
from storage.recording import record_articles
from storage.schema import migrate
from storage.search import Found, rebuild_index, search_articles
from storage.topics import TopicVersion, sync_topics

TEXTS = {
    "strait": ("zh-Hant", "臺灣海峽局勢", "國防部說，共軍機艦今天越過臺灣海峽中線。AI晶片出口不變。"),
    "summit": ("ko", "한중 정상회담 개최", "이재명 대통령은 베이징에서 회담했다. 대만 문제도 다뤘다."),
    "quake": ("zh-Hans", "台湾东部地震", "中国地震台网说，台湾花莲发生5.2级地震。"),
    "diet": ("ja", "首相、国会で答弁", "首相は台湾有事について答弁した。防衛費の増額も。"),
    "chips": ("en", "Export controls hit chipmakers", "Semiconductor firms in Kōbe said export  controls bite."),
}
FINDS = {
    "台湾": {"strait", "quake", "diet"},
    "臺灣": {"strait", "quake", "diet"},
    "대만": {"summit"},
    "台湾海峡": {"strait"},
    "海峡中线": {"strait"},
    "台湾有事": {"diet"},
    "峡台": set(),
    "회": {"summit"},
    "회담했": {"summit"},
    "담": {"summit"},
    "5.2级": {"quake"},
    "AI芯片": set(),
    "AI晶片": {"strait"},
    "export controls": {"chips"},
    '"controls export"': set(),
    '"EXPORT CONTROLS"': {"chips"},
    "kobe": {"chips"},
    "semi": set(),
    "semi*": {"chips"},
    "台湾 NOT 地震": {"strait", "diet"},
    "地震 OR 首相": {"quake", "diet"},
    "(地震 OR 首相) NOT (花莲 OR 国会)": set(),
    '"chipmakers semiconductor"': set(),
    "台湾 language:zh": {"strait", "quake"},
    "台湾 language:zh-Hans": {"quake"},
    "台湾 -language:zh": {"diet"},
    "language:KO": {"summit"},
    "台湾 language:zh-hans": {"quake"},
    "language:ZH -language:ZH-HANT": {"quake"},
    "topic:summitry": {"summit"},
    "台湾 -topic:summitry": {"strait", "quake", "diet"},
    "대만 topic:summitry": {"summit"},
    'outlet:"kōbe herald"': {"chips"},
    "台湾 outlet:kobe": set(),
    "press:japan": {"chips"},
    "press:japan press:south-korea": set(TEXTS),
    "台湾 since:3h": {"quake", "diet"},
    "台湾 until:3h": {"strait"},
}
Find = Callable[..., list[str]]


@pytest.fixture
def kobe() -> Outlet:
    return Outlet("kobe", "Kōbe Herald", "JP", "en", PressSystem.JAPAN, "kobe", "Asia/Tokyo")


@pytest.fixture
def archive(
    store: Store, outlet: Outlet, kobe: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult]
) -> None:
    """Five articles, an hour apart, the chips the youngest; the summit is tagged."""
    sync_feeds(store, [outlet, kobe], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {})], now)
    for number, (name, (language, title, text)) in enumerate(TEXTS.items()):
        at = now - timedelta(hours=5 - number)
        task = PageTask(kobe if language == "en" else outlet, f"https://a.example/{name}", title, at)
        result = make_result(
            task, title=title, text=text, published_at=at, topic="summitry" if name == "summit" else None
        )
        assert result.article
        record_articles(
            store, [replace(result, article=replace(result.article, language=language), reread_at=now)], now
        )


@pytest.fixture
def find(store: Store, archive: None, now: datetime) -> Find:  # noqa: ARG001 (the articles to find)
    def run(text: str, limit: int = 20) -> list[str]:
        return [one.url.rpartition("/")[2] for one in look(store, text, now, limit)]

    return run


def look(store: Store, text: str, now: datetime, limit: int = 20) -> list[Found]:
    return search_articles(store, parse_query(text, now), now, limit=limit)


def test_what_is_found(find: Find) -> None:
    assert {text: set(find(text)) for text in FINDS} == FINDS


def test_filters_alone_list_the_latest_first(find: Find) -> None:
    assert find("until:2026-12-31", 3) == ["chips", "diet", "quake"]


def test_of_equally_late_ones_the_last_stored_comes_first(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult]
) -> None:
    """Days without a time of day give many such articles; those dated ahead are no less late than others."""
    sync_feeds(store, [outlet], [feed], now)
    moments = [now, now + timedelta(days=2), now + timedelta(days=1)]
    for at in moments:
        tasks = [PageTask(outlet, f"https://a.example/{at:%d}/{number}", "", now) for number in range(8)]
        record_articles(store, [make_result(task, topic=None, published_at=at) for task in tasks], now)
    found = [one.article_id for one in look(store, "since:2d", now, 20)]
    assert found == [*range(16, 8, -1), *range(24, 16, -1), 8, 7, 6, 5]


def test_the_best_comes_first_however_many_newer_ones_there_are(
    store: Store,
    outlet: Outlet,
    feed: Feed,
    now: datetime,
    make_result: Callable[..., PageResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PostgreSQL asks its newest blocks first; what it finds there must not hide what is better further back."""
    monkeypatch.setattr(tsearch, "BLOCK", 60)
    sync_feeds(store, [outlet], [feed], now)
    tasks = [PageTask(outlet, f"https://a.example/{number}", "", now) for number in range(160)]
    results = [
        make_result(task, title="Zebra" if n < 3 else "Horse", text="A zebra was seen.", topic=None)
        for n, task in enumerate(tasks)
    ]
    for start in range(0, 160, 40):
        record_articles(store, results[start : start + 40], now)
    assert [one.url.rpartition("/")[2] for one in look(store, "zebra", now, 4)][:3] == ["2", "1", "0"]


def test_a_find_in_the_title_comes_first(find: Find) -> None:
    assert find("台湾")[-1] == "diet"


@pytest.mark.parametrize("text", ["topic:sumitry", "outlet:hanbitt"])
def test_an_unknown_name_is_refused_with_one_that_comes_near(find: Find, text: str) -> None:
    with pytest.raises(QueryError, match=r"near it are: (summitry|hanbit)"):
        find(text)


@pytest.mark.parametrize("tag", ["kr", "zh-", "zh_Hans", "%", "k"])
def test_a_language_that_no_article_is_in_is_refused_with_those_that_there_are(
    tag: str, find: Find, store: Store, now: datetime
) -> None:
    said = f"no article is in a language {tag!r}; there are: en, ja, ko, zh-Hans, zh-Hant"
    for text in (f"language:{tag}", f"台湾 -language:{tag}"):
        with pytest.raises(QueryError) as refused:
            find(text)
        assert str(refused.value) == said
    with pytest.raises(QueryError, match="there are: en, ja, ko"):
        list(export_articles(store, parse_query(f"language:{tag}", now)))


def test_in_an_empty_archive_no_language_is_named(store: Store, now: datetime) -> None:
    with pytest.raises(QueryError, match=r"^no article is in a language 'ko'$"):
        look(store, "language:ko", now)


def test_title_and_snippet_are_marked(store: Store, archive: None, now: datetime) -> None:  # noqa: ARG001
    [found] = look(store, "台湾海峡 晶片", now)
    assert [found.title.text[slice(*mark)] for mark in found.title.marks] == ["臺灣海峽"]
    assert [found.snippet.text[slice(*mark)] for mark in found.snippet.marks] == ["臺灣海峽", "晶片"]
    [tagged] = look(store, "대만", now)
    assert (tagged.topics, tagged.outlet, tagged.language) == (("summitry",), "Hanbit Daily", "ko")


def test_a_revised_text_is_found_by_what_it_says_now(
    store: Store, find: Find, now: datetime, make_result: Callable[..., PageResult]
) -> None:
    tasks = claim_due_rereads(store, now, limit=10, lease_for=timedelta(minutes=5))
    [task] = [each for each in tasks if each.url and each.url.endswith("quake")]
    for text in ("花莲发生海啸。", "花莲解除警报。"):
        record_articles(store, [make_result(task, title="台湾东部", text=text)], now)
    assert (find("地震"), find("海啸"), find("警报"), find("花莲")) == ([], [], ["quake"], ["quake"])


def test_an_index_built_anew_finds_the_same(store: Store, find: Find) -> None:
    before = find("台湾")
    assert rebuild_index(store, batch=2) == len(TEXTS)
    assert find("台湾") == before


def test_nothing_is_missed_beyond_the_newest_blocks(store: Store, find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tsearch, "BLOCK", 2)
    monkeypatch.setattr(search, "_BLOCKS", 1)
    monkeypatch.setattr(search, "_RANKED", 2)
    rebuild_index(store)
    assert set(find("台湾", 2)) == {"quake", "diet"}
    assert find("海峡", 2) == ["strait"]


def test_the_words_of_a_phrase_apart_are_none_among_what_meets_a_filter_either(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult], find: Find
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    for name, text in {"whole": "Export controls on chips.", "parted": "Controls on the export of chips."}.items():
        task = PageTask(outlet, f"https://a.example/{name}", name, now)
        record_articles(store, [make_result(task, title=name, text=text, topic=None)], now)
    assert set(find("export controls language:en")) >= {"whole", "parted"}
    found = set(find('"export controls" language:en'))
    assert "whole" in found
    assert "parted" not in found


LONG = {
    "far": "".join(map(chr, range(0x4E00, 0x4E00 + 17_500))) + "。台湾海峡, export controls",
    "often": "中国外交部表示，" * 300 + "中国海警船今天出现" + "the cat sat on the mat " * 300 + "the quick fox",
    "apart": "中国" * 300 + "，海警。" + "the slow and quick " * 300 + "controls export",
}


@pytest.fixture
def long_texts(store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult]) -> None:
    sync_feeds(store, [outlet], [feed], now)
    for name, body in LONG.items():
        task = PageTask(outlet, f"https://a.example/{name}", name, now)
        record_articles(store, [make_result(task, title=name, text=body, published_at=now, topic=None)], now)


@pytest.mark.parametrize(
    ("text", "found"),
    {
        "台湾海峡": {"far"},
        '"export controls"': {"far"},
        "中国海警": {"often"},
        '"the quick"': {"often"},
        'quick NOT "the quick"': {"apart"},
        'quick -("the quick" OR 台湾海峡)': {"apart"},
        '"the quick" OR "export controls"': {"far", "often"},
        '"quick the*"': {"apart"},
    }.items(),
)
@pytest.mark.usefixtures("long_texts")
def test_a_phrase_is_found_however_long_the_text_and_common_its_words(
    text: str, found: set[str], store: Store, now: datetime
) -> None:
    """PostgreSQL keeps neither places beyond 16,383 nor more than 255 for a word."""
    assert {one.url.rpartition("/")[2] for one in look(store, text, now)} == found
    assert {record["url"].rpartition("/")[2] for record in export_articles(store, parse_query(text, now))} == found


@pytest.mark.usefixtures("long_texts")
def test_newer_texts_that_only_look_like_it_hide_no_find(
    store: Store,
    outlet: Outlet,
    now: datetime,
    make_result: Callable[..., PageResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "_RANKED", 2)
    bodies = {"short": "the quick fox", **{f"alike-{n}": LONG["apart"] for n in range(4)}}
    for name, body in bodies.items():
        task = PageTask(outlet, f"https://a.example/{name}", name, now)
        record_articles(store, [make_result(task, title=name, text=body, published_at=now, topic=None)], now)
    found = {one.url.rpartition("/")[2] for one in look(store, '"the quick"', now, 2)}
    assert found == {"often", "short"}


@pytest.mark.usefixtures("long_texts")
def test_an_older_index_learns_where_it_cannot_know(store: Store, now: datetime) -> None:
    migrate(store, "0012")
    migrate(store)
    for text, name in (("台湾海峡", "far"), ("中国海警", "often")):
        assert [one.url.rpartition("/")[2] for one in look(store, text, now)] == [name]


def test_an_older_index_learns_capitals_and_jamo_that_it_did_not_know(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_result: Callable[..., PageResult]
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    texts = {"missile": "천궁-Ⅱ 수출", "person": "ㄱ씨의 말", "rain": "비가 왔다"}
    for name, text in texts.items():
        task = PageTask(outlet, f"https://a.example/{name}", name, now)
        record_articles(store, [make_result(task, title=name, text=text, topic=None)], now)
    migrate(store, "0017")
    with writing(store) as connection:  # the words as they were before
        search.forget_articles(connection, [1, 2])
        search.index_articles(connection, [(1, "missile", "천궁 수출"), (2, "person", "씨의 말")])
    assert [look(store, text, now) for text in ("천궁-Ⅱ", "ㄱ씨")] == [[], []]
    migrate(store)
    found = [[one.url.rpartition("/")[2] for one in look(store, text, now)] for text in ("천궁-Ⅱ", "ㄱ씨", "비가")]
    assert found == [["missile"], ["person"], ["rain"]]


def test_the_index_is_as_durable_as_the_article(
    store: Store,
    archive: None,  # noqa: ARG001
    now: datetime,
    outlet: Outlet,
    make_result: Callable[..., PageResult],
) -> None:
    """One transaction: where storing fails, nothing can be found."""
    good = make_result(PageTask(outlet, "https://a.example/new", "New", now), title="Typhoon", topic=None)
    bad = make_result(PageTask(outlet, "https://a.example/bad", "Bad", now), topic="no-such-topic")
    with pytest.raises(sa.exc.IntegrityError):
        record_articles(store, [good, bad], now)
    assert look(store, "typhoon", now) == []


def _article(number: int, text: str, now: datetime) -> Article:
    return Article(f"https://a.example/{number:09}", "", text, None, now, DateSource.FEED, Quality.CAREFUL)


WORDS = st.sampled_from(["中国", "国中", "中国国", "中", "a", "ab", "中a国"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(texts=["国中 a 国中"], wanted="中a国")
@given(texts=st.lists(st.lists(WORDS, max_size=4).map(" ".join), min_size=1, max_size=5), wanted=WORDS)
def test_a_word_is_found_exactly_where_it_stands(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, texts: list[str], wanted: str
) -> None:
    sync_feeds(store, [outlet], [feed], now)
    with reading(store) as connection:
        first = connection.scalar(sa.text("SELECT coalesce(max(id), 0) FROM articles")) or 0
    results = [
        PageResult(PageTask(outlet, None, "", now), _article(first + n, text, now)) for n, text in enumerate(texts)
    ]
    record_articles(store, results, now)
    found = {one.article_id - first - 1 for one in look(store, wanted, now, 200) if one.article_id > first}
    assert found == {n for n, text in enumerate(texts) if _stands_in(wanted, text)}


def _stands_in(wanted: str, text: str) -> bool:
    """Latin words stand whole; Chinese ones anywhere in a run; one of both is a phrase, in which spaces mean nothing."""
    if wanted in {"a", "ab"}:
        return wanted in text.replace("中", " ").replace("国", " ").split()
    return re.search("中 ?a ?国", text) is not None if wanted == "中a国" else wanted in text
