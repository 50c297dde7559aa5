"""`dateline stories show`, on a call that two capitals tell: of our own writing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.settings import read_settings
from flows.wiring import open_bureau, sync_declarations
from news.articles import Article, DateSource, Quality
from news.reading import PageResult, PageTask
from storage.recording import record_articles
from storage.stories import record_assignments, ungrouped_reports
from stories.grouping import assign_stories

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline

AT = datetime(2026, 1, 5, 7, tzinfo=UTC)
CALL = {
    "china-mfa": (
        "zh-Hans",
        "王毅同韩国外长赵显通电话",
        "2026年1月5日，外交部长王毅同韩国外长赵显通电话。王毅重申一个中国原则。双方同意维护产业链供应链稳定。",
    ),
    "yonhap": (
        "ko",
        "조현 외교장관, 왕이 중국 외교부장과 통화…서해 구조물 논의",
        "조현 외교부 장관은 5일 왕이 중국 외교부장과 전화 통화를 했다. 조 장관은 서해 구조물 철거를 요청했다.",
    ),
    "asahi": (
        "ja",
        "中韓外相が電話会談",
        "中国の王毅外相と韓国の趙顕外相が5日、電話会談をした。韓国外務省が発表した。",
    ),
}


@pytest.fixture
def story(home: Path) -> int:
    """Store the three reports as one story."""
    assert home
    with open_bureau(read_settings()) as bureau:
        sync_declarations(bureau)
        for number, (name, (language, title, text)) in enumerate(CALL.items()):
            outlet, at, url = (
                bureau.declarations.outlets[name],
                AT + timedelta(hours=number),
                f"https://{name}.example/1",
            )
            article = Article(url, title, text, language, at, DateSource.FEED, Quality.CAREFUL)
            mentions = bureau.matcher.find_mentions(title, text, language)
            matches = bureau.matcher.match_text(title, text, language)
            result = PageResult(PageTask(outlet, url, title, at), article, mentions=mentions, matches=tuple(matches))
            record_articles(bureau.store, [result], at)
        reports = ungrouped_reports(bureau.store, limit=9)
        assert record_assignments(bureau.store, list(assign_stories(reports)), AT) == 1
    return 1


def test_a_story_shows_all_that_it_carries(dateline: "Dateline", story: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shown = dateline("stories", "show", story).out
    for said in (
        "3 reports of 3 independent origins in 3 outlets and 3 languages (ja, ko, zh-Hans)",
        "Governments 07:00",
        "South Korea 08:00 (Yonhap)",
        "Wang Yi",
        "China and South Korea 1.00",
        "Headlines",
        "Key sentences",
        "As China and South Korea tell it",
        "does not name it",
        "“王毅重申一个中国原则。”",
        "Timeline",
        "both tell of",
    ):
        assert said in shown, said


def test_what_one_side_leaves_out_is_said_in_json_too(dateline: "Dateline", story: int) -> None:
    view = json.loads(dateline("stories", "show", story, "--json").out)
    compared = {one["entity"]: set(one["tellings"]) for one in view["compared"]}
    assert compared["one-china"] == {"China"}
    assert compared["yellow-sea-structures"] == {"South Korea"}
    assert view["sides"] == ["China", "South Korea"]
    assert [line["name"] for line in view["press"]] == ["Governments", "South Korea", "Japan"]


def test_a_story_that_is_not_there_is_said_in_a_sentence(dateline: "Dateline") -> None:
    ended = dateline("stories", "show", 7)
    assert (ended.status, ended.err) == (
        1,
        "dateline: there is no story 7; `./dateline stories list` shows those there are\n",
    )
