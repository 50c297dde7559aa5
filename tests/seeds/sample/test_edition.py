import re
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from news.errors import SeedError
from seeds.sample.edition import SAMPLE, Edition, load_edition

LANGUAGES = {"en", "ko", "ja", "zh-Hans", "zh-Hant"}
TOPICS = {
    "sino-korean-summitry",
    "taiwan",
    "japan-relations",
    "us-korea-alliance",
    "north-korea",
    "china-korea-economy",
}
# A month, a year or a weekday that stands in a text as written would be wrong on all other days.
FIXED_DATE = re.compile(
    r"\b(19|20)\d\d\b|\d\s*[월月日]|\d일(?!째)|[월화수목금토일]요일|星期[一二三四五六日]|[月火水木金土日]曜"
    r"|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"|\b(January|February|April|June|July|August|September|October|November|December)\b|\b(March|May) \d"
)
WIRE_COPIES = [
    ("northgate-summit", "larkfield-summit"),
    ("northgate-summit", "han-river-summit"),
    ("hualan-summit", "wangchao-summit"),
    ("penghai-drill", "pengdao-drill"),
]


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition()


def _body(edition: Edition, report: str, revision: int = 1) -> str:
    return "\n".join(edition.text_of(edition.reports[report], revision).paragraphs)


def test_the_edition_is_large_enough_to_show_the_whole_pipeline(edition: Edition) -> None:
    assert len(edition.feeds) >= 12
    assert len(edition.reports) >= 40
    assert {edition.language_of(report) for report in edition.reports.values()} == LANGUAGES
    assert {topic for report in edition.reports.values() for topic in report.topics} == TOPICS
    assert sum(not report.topics for report in edition.reports.values()) >= 10
    assert {feed.format for feed in edition.feeds.values()} == {"rss", "atom", "rdf", "json"}


def test_the_talks_are_reported_in_every_language_and_two_more_events_in_at_least_three(edition: Edition) -> None:
    told: dict[str, set[str]] = {}
    for report in edition.reports.values():
        if report.event:
            told.setdefault(report.event, set()).add(edition.language_of(report))

    assert told["summit-talks"] == told["trade-statement"] == told["taiwan-drill"] == LANGUAGES
    assert told["missile-test"] == {"en", "ko", "ja"}


def test_every_name_leads_somewhere(edition: Edition) -> None:
    assert edition.papers.keys() == edition.outlets.keys()
    for feed in edition.feeds.values():
        assert feed.outlet in edition.outlets
    for report in edition.reports.values():
        assert report.event is None or report.event in edition.events, report.id
        assert report.feeds, report.id
        assert {edition.feeds[feed].outlet for feed in report.feeds} == {report.outlet}, report.id
        assert {*report.topics, *report.touches} <= TOPICS
        assert not set(report.topics) & set(report.touches)
        assert report.purpose
    paths = [(report.outlet, report.path) for report in edition.reports.values()]
    paths += [(feed.outlet, feed.path) for feed in edition.feeds.values()]
    assert max(Counter(paths).values()) == 1


def test_every_text_belongs_to_a_report(edition: Edition) -> None:
    named = {f"{report.id}.{edition.language_of(report)}.md" for report in edition.reports.values()}
    named |= {
        f"{id_}.v2.{edition.language_of(edition.reports[id_])}.md" for id_, number in edition.texts if number == 2
    }

    assert {path.name for path in (SAMPLE / "texts").iterdir()} == named


def test_domains_are_reserved_ones(edition: Edition) -> None:
    assert all(paper.domain.endswith(".example") for paper in edition.papers.values())


@pytest.mark.parametrize("path", sorted((SAMPLE / "texts").iterdir()), ids=lambda path: path.name)
def test_no_text_holds_a_fixed_date(path: Path) -> None:
    without_marks = re.sub(r"\{[^}]*\}", "", path.read_text(encoding="utf-8"))

    assert FIXED_DATE.search(without_marks) is None


@pytest.mark.parametrize("path", sorted((SAMPLE / "skins").iterdir()), ids=lambda path: path.name)
def test_no_skin_holds_a_year(path: Path) -> None:
    without_names = path.read_text(encoding="utf-8").replace("w3.org/2000/svg", "").replace("w3.org/2005/Atom", "")

    assert re.search(r"\b(19|20)\d\d\b(?!/02/22-rdf)", without_names) is None


def test_texts_are_as_long_as_reports_are(edition: Edition) -> None:
    words = {
        id_: len(_body(edition, id_).split()) for id_, report in edition.reports.items() if _is(edition, id_, "en")
    }
    signs = {id_: len(re.sub(r"\s", "", _body(edition, id_))) for id_ in edition.reports if id_ not in words}

    assert min(words.values()) >= 110
    assert min(signs.values()) >= 150
    assert sum(count >= 250 for count in words.values()) >= 6
    assert sum(count >= 500 for count in signs.values()) >= 8
    assert max(words.values()) >= 450
    assert max(signs.values()) >= 1000


def _is(edition: Edition, report: str, language: str) -> bool:
    return edition.language_of(edition.reports[report]) == language


@pytest.mark.parametrize(("agency", "paper"), WIRE_COPIES)
def test_wire_copies_are_edited_and_still_mostly_the_same_text(edition: Edition, agency: str, paper: str) -> None:
    first, second = _body(edition, agency), _body(edition, paper)

    assert first != second
    assert 0.75 < SequenceMatcher(None, first, second, autojunk=False).ratio() < 1


def test_reports_of_one_event_that_are_no_copies_share_little_text(edition: Edition) -> None:
    first, second = _body(edition, "northgate-summit"), _body(edition, "lantern-bay-summit")

    assert SequenceMatcher(None, first, second, autojunk=False).ratio() < 0.4


def test_a_korean_paper_copies_the_agency_as_it_stands_after_the_update(edition: Edition) -> None:
    copy = _body(edition, "mirinae-summit")

    assert SequenceMatcher(None, _body(edition, "aranuri-summit", 2), copy, autojunk=False).ratio() > 0.75
    assert SequenceMatcher(None, _body(edition, "aranuri-summit", 1), copy, autojunk=False).ratio() < 0.6


def test_an_edition_with_a_wrong_table_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "outlets.toml").write_text("", encoding="utf-8")
    (tmp_path / "edition.toml").write_text('[feeds.a]\noutlet = "b"\ntitel = "C"\n', encoding="utf-8")

    with pytest.raises(SeedError, match=r"edition\.toml:3: \[feeds\.a\] titel: unknown key"):
        load_edition(tmp_path)


def test_a_text_without_a_body_is_refused(tmp_path: Path) -> None:
    for name in ("outlets.toml", "edition.toml"):
        (tmp_path / name).write_bytes((SAMPLE / name).read_bytes())
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "northgate-summit.en.md").write_text("A title\n", encoding="utf-8")

    with pytest.raises(SeedError, match=r"northgate-summit\.en\.md: a report needs a title"):
        load_edition(tmp_path)
