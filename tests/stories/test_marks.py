import pytest
from hypothesis import given
from hypothesis import strategies as st

from stories.concepts import LANGUAGES, shipped_lexicons, tell_language
from stories.numbers import find_figures
from stories.profiles import describe
from stories.rarity import Rarity, shipped_shares
from stories.wires import find_agency, is_update, measure_signature, strip_label
from tests.stories.reports import make_report


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("16,000 people", ["n:16000"]),
        ("1.6만 명", ["n:16000"]),
        ("1万6000人", ["n:16000"]),
        ("sixteen thousand", ["n:16000"]),
        ("4조2천억 원", ["n:4200000000000"]),
        ("$1bn", ["n:1000000000"]),
        ("1.72亿桶", ["n:172000000"]),
        ("thirty-two hurt", ["n:32"]),
        ("up 12%", ["n:12%"]),
        ("1월 4∼7일", ["d:4", "d:7"]),
        ("Jan. 4-7", ["d:4", "d:7"]),
        ("2026年1月5日", ["d:5"]),
        ("in 2026", []),
        ("H200", []),
    ],
)
def test_figures_are_the_same_in_every_language(text: str, figures: list[str]) -> None:
    assert list(find_figures(text)) == figures


@given(st.text(max_size=300))
def test_any_text_has_figures_or_none(text: str) -> None:
    assert all(figure[:2] in {"n:", "d:"} for figure in find_figures(text))


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "an earthquake off the coast"), ("zh", "近海地震"), ("ko", "앞바다에서 지진"), ("ja", "沖合で地震")],
)
def test_a_concept_is_found_in_four_languages(language: str, text: str) -> None:
    assert "earthquake" in shipped_lexicons()[language].find(text)


def test_words_in_letters_stand_alone() -> None:
    assert "fire" not in shipped_lexicons()["en"].find("ceasefires and firearms")


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("朝鲜发射", "zh-Hans", "zh"),
        ("부산 화재", None, "ko"),
        ("釜山で火災", None, "ja"),
        ("釜山", None, "zh"),
        ("Fire", "fr", "en"),
    ],
)
def test_a_language_is_declared_or_seen(text: str, declared: str | None, language: str) -> None:
    assert tell_language(text, declared) == language


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("(서울=연합뉴스) 김가람 기자 = 정부는", "yonhap"),
        ("부제\n\n(베이징=연합뉴스) 김가람 특파원 = 정부는", "yonhap"),
        ("[서울=뉴시스] 김가람 기자 = 정부는", "newsis"),
        ("新华社北京1月4日电（记者甲）", "xinhua"),
        ("【北京共同】中国政府は", "kyodo"),
        ("【ソウル聯合ニュース】韓国政府は", "yonhap"),
        ("BEIJING, Jan. 4 (Xinhua) -- The", "xinhua"),
        ("SEOUL (Reuters) - The", "reuters"),
        ("The minister told Reuters on Monday", None),
        ("정부는 연합뉴스에 말했다", None),
    ],
)
def test_an_agency_signs_at_the_beginning(text: str, agency: str | None) -> None:
    assert find_agency(text) == agency


def test_an_agency_is_known_by_its_outlet_too() -> None:
    assert find_agency("No signature.", "연합뉴스") == find_agency("No signature.", "yonhap") == "yonhap"


def test_a_signature_is_measured_with_its_byline() -> None:
    text = "(서울=연합뉴스) 김가람 기자 = 정부는 밝혔다."
    assert text[measure_signature(text) :] == "정부는 밝혔다."


@pytest.mark.parametrize(
    "title", ["[속보] 발사", "(LEAD) 발사", "(2nd LD) 발사", "발사(종합2보)", "【快讯】发射", "速報:発射"]
)
def test_labels_of_updates_are_told_and_taken_off(title: str) -> None:
    assert is_update(title)
    assert len(strip_label(title)) == 2


def test_a_title_without_label_is_no_update() -> None:
    assert not is_update("北朝鮮が発射")


def test_a_mark_in_the_title_weighs_more_and_the_background_nothing() -> None:
    text = "A blaze in the harbour. " + "And so on. " * 100 + "There was an earthquake once."
    marks = describe(make_report("a", "Ship sinks", text=text)).marks
    assert marks["c:sink"] > marks["c:fire"] > 0
    assert "c:earthquake" not in marks


@given(st.sampled_from(sorted(shipped_shares())), st.sampled_from(LANGUAGES), st.integers(0, 5000))
def test_a_mark_weighs_less_the_more_reports_bear_it(mark: str, language: str, count: int) -> None:
    fewer, more = Rarity({mark: count}, 5000), Rarity({mark: count + 1}, 5001)
    assert 0 <= more.weigh(mark, language) <= fewer.weigh(mark, language) <= 1


def test_what_is_uncounted_was_never_there() -> None:
    rarity = Rarity()
    before = rarity.weigh("e:china", "en")
    rarity.count(["e:china"])
    assert rarity.weigh("e:china", "en") < before
    rarity.uncount(["e:china"])
    assert rarity.weigh("e:china", "en") == before
