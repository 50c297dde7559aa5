"""A worked example of our own: two capitals tell one call of their ministers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.matcher import Matcher
from news.stories import Report
from news.topics import Mention, Where
from seeds.declarations import SHIPPED, load_declarations
from stories.readouts import compare_readouts, quote_sentence, tells_meeting
from tests.stories.reports import make_report

NORTH = "双方外长5日通电话。中方重申一个中国原则，并就海上设施阐明立场。\n双方同意加强供应链合作。"
SOUTH = (
    "The ministers spoke by phone on Jan. 5. The minister raised the maritime structures and asked for their removal. "
    "Both agreed to work on supply chains, the ministry said."
)
WATCHED = ("supply-chain", "one-china", "structures", "denuclearisation")


def name(report: Report, **quotes: str) -> Report:
    """Mark where a report names what is watched."""
    found = [
        Mention(entity.replace("_", "-"), Where.TEXT, start, start + len(quote), quote)
        for entity, quote in quotes.items()
        for start in [report.text.index(quote)]
    ]
    return replace(report, mentions=tuple(sorted(found, key=lambda mention: mention.start)))


PEKING = name(
    make_report("p", "外长通电话", text=NORTH), one_china="一个中国原则", structures="海上设施", supply_chain="供应链"
)
SEOUL = name(
    make_report("s", "Ministers speak", text=SOUTH), structures="maritime structures", supply_chain="supply chains"
)


def test_what_one_side_leaves_out_comes_first_with_the_others_sentence() -> None:
    first, *rest = compare_readouts({"Beijing": [PEKING], "Seoul": [SEOUL]}, WATCHED)
    assert first.entity == "one-china"
    assert first.left_out_by(["Beijing", "Seoul"]) == ("Seoul",)
    assert first.tellings["Beijing"].sentence == "中方重申一个中国原则，并就海上设施阐明立场。"
    assert [one.entity for one in rest] == ["supply-chain", "structures"]
    assert rest[1].tellings["Seoul"].sentence == (
        "The minister raised the maritime structures and asked for their removal."
    )


def test_what_nobody_names_is_not_compared() -> None:
    compared = compare_readouts({"Beijing": [PEKING], "Seoul": [SEOUL]}, WATCHED)
    assert "denuclearisation" not in {one.entity for one in compared}


def test_a_title_is_its_own_sentence() -> None:
    report = make_report("t", "One China again", "one-china", text="Nothing else.")
    assert quote_sentence(report, report.mentions[0]) == "One China again"


@given(st.text(max_size=120), st.data())
def test_a_sentence_holds_what_it_is_quoted_for(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quoted = quote_sentence(make_report("x", "", text=text), Mention("e", Where.TEXT, start, end, text[start:end]))
    assert " ".join(text[start:end].split()) in quoted


def test_a_korean_sentence_ends_without_a_space_too() -> None:
    text = "두 정상은 만났다.강 대변인은 공급망을 논의했다고 말했다. 끝."
    start = text.index("공급망")
    quoted = quote_sentence(make_report("k", "", text=text), Mention("e", Where.TEXT, start, start + 3, "공급망"))
    assert quoted == "강 대변인은 공급망을 논의했다고 말했다."


@pytest.mark.parametrize(
    ("language", "title", "tells"),
    [
        ("en", "Xi and Lee hold talks", True),
        ("ja", "習氏と李氏が電話会談", True),
        ("zh", "中韩首脑会谈", True),
        ("ko", "코스피 급등", False),
    ],
)
def test_headlines_tell_whether_there_are_two_sides(language: str, title: str, tells: bool) -> None:
    assert tells_meeting(make_report("m", title, language=language)) is tells


def test_the_summit_of_january_2026_is_told_differently_by_its_sides(shared_data: Path) -> None:
    """Its announcement, as the labelled reports tell it: only Seoul's press speaks of supply chains and what is banned."""
    if not (shared_data / "stories" / "gold.jsonl").exists():
        pytest.skip("the labelled reports are not here")
    declared = load_declarations(SHIPPED, None)
    matcher = Matcher(declared.entities, declared.phrases, [])
    rows = [json.loads(line) for line in (shared_data / "stories" / "gold.jsonl").read_text("utf-8").splitlines()]
    sides: dict[str, list[Report]] = {"China": [], "South Korea": []}
    for row in rows:
        if row["event"] == "2025-12-30-lee-china-visit-announced" and row["lang"] in {"zh", "ko"}:
            report = make_report(row["id"], row["title"], text=row["text"], language=row["lang"])
            found = matcher.find_mentions(row["title"], row["text"], row["lang"])
            sides["China" if row["lang"] == "zh" else "South Korea"].append(replace(report, mentions=found))
    compared = {one.entity: one for one in compare_readouts(sides, declared.entities)}
    assert compared["xi-jinping"].left_out_by(sides) == ()
    assert compared["supply-chain"].left_out_by(sides) == ("China",)
    assert "공급망" in compared["supply-chain"].tellings["South Korea"].sentence
