from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.finding import Found
from matching.gazetteer import Use
from matching.matcher import Matcher
from matching.sharing import can_fill
from news.topics import Angle, Entity, EntityKind, Level, Phrase, Topic, Within

STATE, OFFICE, MILITARY = EntityKind.STATE, EntityKind.INSTITUTION, Level.MILITARY
ENTITIES = [
    Entity("china", "China", STATE, {"zh": ("中国", "中韩")}),
    Entity("south-korea", "South Korea", STATE, {"zh": ("韩国", "中韩")}),
    Entity("taiwan", "Taiwan", STATE, {"zh": ("台湾",)}),
    Entity("philippines", "Philippines", STATE, {"zh": ("菲律宾",)}),
    Entity(
        "china-mnd", "China's ministry", OFFICE, {"zh": ("中国国防部",)}, {"zh": ("国防部",)}, (), "china", MILITARY
    ),
    Entity(
        "taiwan-mnd", "Taiwan's ministry", OFFICE, {"zh": ("台国防部",)}, {"zh": ("国防部",)}, (), "taiwan", MILITARY
    ),
]
DRILL = Phrase("drill", "drill", {"zh": ("军演",)})
VISIT = Phrase("visit", "visit", {"zh": ("访问",)})


def about(text: str, *groups: Sequence[str], within: Within = Within.SENTENCE) -> bool:
    topic = Topic("t", "T", "A test", "a test", angles=(Angle(tuple(map(tuple, groups)), within),))
    matcher = Matcher({one.id: one for one in ENTITIES}, {"drill": DRILL, "visit": VISIT}, [topic])
    return bool(matcher.observe(matcher.read("", text, "zh")))


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("国防部谈菲律宾。", False),
        ("国防部谈台湾和菲律宾。", True),
        ("国防部谈中国和菲律宾。", True),
        ("国防部回应国防部和菲律宾。", True),
        ("菲律宾国防部谈台湾。", False),
    ],
)
def test_an_ambiguous_name_is_one_side_only(text: str, stands: bool) -> None:
    assert about(text, ["china:*"], ["taiwan:*"]) is stands


def test_a_compound_names_both_of_its_states() -> None:
    assert about("中韩发表声明。", ["china:*"], ["south-korea:*"])


def test_one_word_does_not_fill_two_groups_that_list_it() -> None:
    assert not about("中国举行军演。", ["china"], ["drill"], ["drill", "visit"])
    assert about("中国举行军演后访问。", ["china"], ["drill"], ["drill", "visit"])
    assert about("中国举行军演，军演结束。", ["china"], ["drill"], ["drill", "visit"])


@pytest.mark.parametrize("within", [Within.WINDOW, Within.PARAGRAPH, Within.ARTICLE])
def test_the_other_word_may_stand_as_far_as_the_angle_allows(within: Within) -> None:
    assert about("国防部谈菲律宾。台湾回应。", ["china:*"], ["taiwan:*"], within=within)
    assert not about("国防部谈菲律宾。菲律宾回应。", ["china:*"], ["taiwan:*"], within=within)


finds = st.builds(
    lambda start, length, term, weak: Found(start, start + length, Use(term, None, weak, True, True), 0),
    st.integers(0, 6),
    st.integers(1, 3),
    st.integers(0, 3),
    st.booleans(),
)
groups = st.lists(st.frozensets(st.integers(0, 3), min_size=1), min_size=1, max_size=3)


@given(groups, st.lists(finds, max_size=6), finds)
def test_another_word_never_empties_a_group(wanted: list[frozenset[int]], found: list[Found], more: Found) -> None:
    assert not can_fill(wanted, found) or can_fill(wanted, [*found, more])


@given(groups, st.lists(finds, max_size=6))
def test_the_order_of_groups_does_not_matter(wanted: list[frozenset[int]], found: list[Found]) -> None:
    assert len({can_fill(order, found) for order in permutations(wanted)}) == 1
