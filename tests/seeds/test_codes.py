import pytest

from seeds.codes import countries, is_language, suggest, suggest_country, tidy_language, zones


@pytest.mark.parametrize("code", ["en", "ko", "ja", "zh", "zh-Hans", "zh-Hant", "pt-BR", "zh-Hant-HK", "und"])
def test_codes_of_languages(code: str) -> None:
    assert is_language(code)


@pytest.mark.parametrize("code", ["", "jp", "cn", "kr", "EN", "eng", "zh-TW-Hant", "English", "en-", "xx"])
def test_what_is_no_code_of_a_language(code: str) -> None:
    assert not is_language(code)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("en-us", "en"),
        ("KO", "ko"),
        ("zh-cn", "zh-Hans"),
        ("zh_TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh"),
        (" ja ", "ja"),
        ("", "und"),
        ("unknown", "und"),
        ("english", "und"),
    ],
)
def test_codes_from_elsewhere_are_written_as_ours(theirs: str, ours: str) -> None:
    assert tidy_language(theirs) == ours


def test_countries_and_zones_are_those_of_the_standard() -> None:
    assert countries()["KR"] == "Korea (South)"
    assert len(countries()) == 250  # 249 of ISO 3166-1, and ZZ
    assert {"Asia/Seoul", "Asia/Pyongyang", "UTC"} <= zones()


def test_suggestions_are_near_or_none() -> None:
    assert suggest("Seoul", zones()) == '; did you mean "Asia/Seoul"?'
    assert suggest("taiwann", ["taiwan", "japan"]) == '; did you mean "taiwan"?'
    assert suggest("weather", ["taiwan", "japan"]) == ""
    assert suggest_country("UK") == "; did you mean GB or VG?"
    assert suggest_country("Narnia") == ""
