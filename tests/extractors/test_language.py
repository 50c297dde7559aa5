from datetime import UTC, datetime

import pytest

from extractors.article import read_entry
from extractors.language import detect_language, normalise_code
from news.articles import ReadingHints


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("港口委员会周四同意把北部船闸加宽四米", "zh-Hans"),
        ("港口委員會週四同意把北部船閘加寬四公尺", "zh-Hant"),
        ("항만위원회는 목요일 북쪽 갑문을 4미터 넓히기로 했다", "ko"),
        ("李 대통령, 習 주석과 會談", "ko"),
        ("港湾委員会は北の閘門を広げることで合意", "ja"),
        ("アルダー港、閘門拡張へ", "ja"),
        ("TSMC 與 NVIDIA 在 Computex 宣布合作", "zh-Hant"),
        ("The harbour council agreed on Thursday to widen the northern lock by four metres within two years.", "en"),
        ("Der Hafenrat hat am Donnerstag beschlossen, die nördliche Schleuse um vier Meter zu verbreitern.", "de"),
        (
            "The council said 船闸 means lock in Chinese, and that no one in the harbour had ever used the word before.",
            "en",
        ),
    ],
)
def test_languages_are_told_by_script_and_latin_ones_by_a_detector(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_what_the_page_claims_decides_only_where_the_text_does_not() -> None:
    assert detect_language("Lock!", claimed="en-GB") == "en"
    assert detect_language("港口委员会周四同意", claimed="en") == "zh-Hans"
    assert detect_language("港口委员会周四同意", claimed="zh-TW") == "zh-Hans"
    assert detect_language("中日外交", claimed="zh-TW") == "zh-Hant"  # both scripts write it so
    assert detect_language("中日外交") == "zh-Hans"
    assert detect_language("日米首脳会談開催", claimed="ja") == "ja"  # a headline has room for no kana
    assert detect_language("尹大統領、訪米", claimed="ja-JP") == "ja"
    assert detect_language("港口委员会周四同意把北部船闸加宽四米。" * 4, claimed="ja") == "zh-Hans"
    assert detect_language("", claimed=None) is None


@pytest.mark.parametrize("claimed", ["ko", "ja", "zh-CN", "zh-TW"])
@pytest.mark.parametrize(
    ("text", "language"),
    [("Xi arrives in Seoul", "en"), ("LG, AI", None), ("2026. 3. 4.", None), ("", None)],
)
def test_a_claim_decides_no_text_without_its_script(text: str, claimed: str, language: str | None) -> None:
    assert detect_language(text, claimed=claimed) == language


def test_an_entry_in_latin_letters_is_not_in_the_language_of_its_feed() -> None:
    hints = ReadingHints(datetime(2026, 1, 5, tzinfo=UTC), "ko", entry_title="Xi arrives in Seoul")
    assert read_entry("https://a.example/1", hints=hints).language == "en"
    assert detect_language("NVIDIA-TSMC Computex 2026 협력", claimed="ko") == "ko"
    assert detect_language("NVIDIA-TSMC Computex 2026 発表", claimed="ja") == "ja"


@pytest.mark.parametrize(
    ("declared", "notes"),
    [
        ("zh-TW", ("this page is in zh-Hans, its feed in zh-Hant",)),
        ("ko", ("this page is in zh-Hans, its feed in ko",)),
        *((code, ()) for code in ("zh-CN", "zh", "chi", "und", None)),
    ],
)
def test_a_page_in_another_language_or_script_than_its_feed_is_reported(
    declared: str | None, notes: tuple[str, ...]
) -> None:
    hints = ReadingHints(
        datetime(2026, 1, 5, tzinfo=UTC), declared, entry_title="港口委员会周四同意把北部船闸加宽四米", zone="UTC"
    )
    said = read_entry("https://a.example/1", hints=hints).notes
    assert tuple(note for note in said if "its feed in" in note) == notes


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("zh-CN", "zh-Hans"),
        ("zh_TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
        ("KO", "ko"),
        *((code, "zh-Hans") for code in ("zho", "chi", "cmn", "cn", "cmn-Hans", "zh-Hans-HK", "yue-Hans")),
        *((code, "zh-Hant") for code in ("yue", "zho-TW", "cmn-Hant", "zh-yue")),
        *(("kor", "ko"), ("kr", "ko"), ("jpn", "ja"), ("jp", "ja"), ("eng", "en"), ("de", "de")),
        ("", None),
        ("english", None),
        ("und", None),
        (None, None),
    ],
)
def test_codes_are_written_one_way(code: str | None, ours: str | None) -> None:
    assert normalise_code(code) == ours
