import gzip
import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stories.copies import COPIED, cut_shingles, find_copy_keys, measure_containment

KOREAN = (
    "정부는 내년부터 항만 세 곳의 하역 장비를 전기로 바꾸고 오래된 창고를 헐어 공원으로 만들겠다고 밝혔다. "
    "시민단체는 예산이 충분하지 않다며 공청회를 다시 열라고 요구했다."
)


def contained(one: str, other: str) -> float:
    return measure_containment(cut_shingles(one), cut_shingles(other))


def test_a_signature_and_a_line_of_its_own_make_no_other_text() -> None:
    copy = f"(부산=연합뉴스) 김가람 기자 = {KOREAN[:70]} 자세한 내용은 곧 전한다."
    assert contained(KOREAN, copy) >= COPIED


def test_another_text_of_the_same_subject_is_no_copy() -> None:
    assert (
        contained(KOREAN, "시민단체는 항만 전기화 계획에 찬성하면서도 공원이 어디에 생기는지 물었다. 답은 없었다.")
        < 0.2
    )


def test_a_flash_of_one_line_is_too_short_to_be_recognised() -> None:
    assert contained("Soon.", "Soon.") == 0


@given(st.text(max_size=200), st.text(max_size=200))
def test_laws_of_containment(one: str, other: str) -> None:
    held = contained(one, other)
    assert 0 <= held <= 1
    assert held == contained(other, one)
    assert contained(one, one) in {0, 1}


def test_copies_are_found_under_a_key_they_share() -> None:
    one, other = cut_shingles(KOREAN), cut_shingles(KOREAN[8:])
    assert set(find_copy_keys("A", one)) & set(find_copy_keys("B", other))


@pytest.mark.parametrize("labelled", ["[속보] 항만 전기화 발표", "항만 전기화 발표(종합2보)", "항만  전기화 발표"])
def test_labels_do_not_make_another_title(labelled: str) -> None:
    nothing = frozenset[str]()
    assert list(find_copy_keys(labelled, nothing)) == list(find_copy_keys("항만 전기화 발표", nothing))


CLUSTERING = Path(__file__).parents[3] / "shared" / "data" / "clustering"


@pytest.mark.skipif(not CLUSTERING.exists(), reason="the data for evaluation is not here")
def test_copies_among_real_reports_are_found_and_generic_titles_are_not_joined() -> None:
    with gzip.open(CLUSTERING / "ko_same_title_texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        shingles = {row["id"]: cut_shingles(row["text"]) for row in map(json.loads, lines)}
    groups = [json.loads(line) for line in (CLUSTERING / "ko_same_title_groups.jsonl").read_text("utf-8").splitlines()]

    def share(chosen: list[list[str]]) -> float:
        pairs = [pair for ids in chosen for pair in combinations([id_ for id_ in ids if id_ in shingles], 2)]
        return sum(measure_containment(shingles[a], shingles[b]) >= COPIED for a, b in pairs) / len(pairs)

    assert share([group["ids"] for group in groups if group["containment_min"] >= 0.5]) >= 0.97
    assert share([group["ids"] for group in groups if group["containment_max"] < 0.1]) <= 0.02
