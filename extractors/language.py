"""The language of a text: by script for Chinese, Japanese and Korean, by a detector for Latin and the other scripts.

Script rules cost nothing and are right where a detector guesses: Hangul is Korean, kana is Japanese, and Han without either
is Chinese, in the characters that only the simplified or only the traditional script has; but a headline in a Japanese feed is
Japanese without kana too.
"""

import re
from collections.abc import Set as AbstractSet
from functools import cache

import zhconv_rs
from resiliparse.parse.lang import detect_fast

CHINESE = frozenset({"zh", "zho", "chi", "cmn", "cn"})
"""Codes that mean Chinese and, by themselves, tell no script."""

_TRADITIONAL = frozenset({"yue", "hant", "tw", "hk", "mo"})
_OTHER_CODES = {"kor": "ko", "kr": "ko", "jpn": "ja", "jp": "ja", "eng": "en"}
"""What feeds and sitemaps write: ISO 639-2, as the sitemaps of news may, and the codes of countries."""

_LOOKED_AT = 600
"""Characters of a text that tell its language; more tell nothing new, and a detector's time grows with them."""

_GUESSED_FROM = 2_000
"""Characters for a guess by resiliparse, which takes hundredths of the detector's time and needs more of them. It alone
differs from it on 9 of 526 texts. Where it says what the page says of itself it is believed: of 472 texts whose pages name a
language the two agree on 438, and the detector differs on one of those, wrongly."""

_HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_JAPANESE = re.compile(f"{_KANA.pattern}|{_HAN.pattern}")
_SCRIPTS = {"ko": _HANGUL, "ja": _JAPANESE, "zh-Hans": _HAN, "zh-Hant": _HAN}

_CJK_SHARE = 0.25
"""A text is Chinese, Japanese or Korean from this share of its letters on: names and formulas in Latin letters weigh
several times their words, and a quoted headline in an English article stays below."""

_KANA_SHARE = 0.05
"""Japanese prose is half kana and headlines a tenth; in Chinese, kana stands in brand names alone."""

_SURE = 60
"""Letters from which on a detector is believed more than the page; a headline has fewer."""

_ENGLISH = frozenset(
    re.findall(r"\w+", "the of and to in a is that for on with was as by at it from are has his be an")
)
_ENGLISH_SHARE = 0.15
"""Share of such words from which a text that has "the" is English. On 2,345 texts in other scripts than ours, 1,302 are told
so at a fiftieth of the detector's time; it says otherwise of three of them, which are English too."""


def detect_language(text: str, *, claimed: str | None = None) -> str | None:
    """Name a text's language: en, zh-Hans, zh-Hant, ko, ja or another code of ISO 639-1; None where nothing tells.

    `claimed` is what the page or the feed says; it decides only where the text itself does not, and never that a text
    without a character of its script is Chinese, Japanese or Korean.
    """
    looked_at = text[:_LOOKED_AT]
    said = _believe(normalise_code(claimed), looked_at)
    letters = sum(map(str.isalpha, looked_at))
    if by_script := _detect_by_script(looked_at, letters, said):
        return by_script
    if letters < _SURE:
        return said or ("en" if _reads_english(looked_at, by=_ENGLISH) else None)
    if _reads_english(looked_at, by={"the"}):
        return "en"
    return said if said and detect_fast(text[:_GUESSED_FROM])[0] == said else _classify(looked_at) or said


def _believe(said: str | None, text: str) -> str | None:
    """A claim that a text bears out: a Korean feed's headline in English is not Korean."""
    script = _SCRIPTS.get(said or "")
    return said if script is None or script.search(text) else None


def normalise_code(code: str | None) -> str | None:
    """Write a language code as we do: `zh-CN` is zh-Hans, `zh_TW` zh-Hant, `kor` and `kr` ko; None for none, and `und`."""
    parts = re.split(r"[-_]", (code or "").strip().lower())
    if parts[0] == "und" or not re.fullmatch(r"[a-z]{2,3}", parts[0]):
        return None
    if parts[0] not in CHINESE | {"yue"}:
        return _OTHER_CODES.get(parts[0], parts[0])
    return "zh-Hant" if "hans" not in parts and _TRADITIONAL & set(parts) else "zh-Hans"


def _detect_by_script(text: str, letters: int, said: str | None) -> str | None:
    hangul, kana, han = (len(script.findall(text)) for script in (_HANGUL, _KANA, _HAN))
    cjk = hangul + kana + han
    if not cjk or cjk < _CJK_SHARE * letters:
        return None
    if hangul > kana and hangul >= _KANA_SHARE * cjk:
        return "ko"
    if kana >= _KANA_SHARE * cjk:
        return "ja"
    if said == "ja" and not kana and letters < _SURE:  # prose has kana; a headline may do without
        return "ja"
    return detect_han(text, otherwise="zh-Hant" if said == "zh-Hant" else "zh-Hans")


def detect_han(text: str, *, otherwise: str = "zh-Hans") -> str:
    """Tell simplified from traditional script by the characters that only one of them has; `otherwise` where none tells."""
    simplified, traditional = (len(script.findall(text)) for script in _exclusive_han())
    if simplified == traditional:
        return otherwise
    return "zh-Hant" if traditional > simplified else "zh-Hans"


@cache
def _exclusive_han() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Characters that only one script has, out of the converter's tables; made once a process in about 10 ms."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    simple, full = (zhconv_rs.zhconv("\n".join(han), to).split("\n") for to in ("zh-hans", "zh-hant"))
    traditional = "".join(one for one, to in zip(han, simple, strict=True) if one != to)
    simplified = "".join(one for one, to in zip(han, full, strict=True) if one != to)
    return re.compile(f"[{simplified}]"), re.compile(f"[{traditional}]")


def _reads_english(text: str, *, by: AbstractSet[str]) -> bool:
    """Whether a text has one of the words `by`, and enough of the commonest ones."""
    words = text.lower().split()
    return not by.isdisjoint(words) and sum(word in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words)


def _classify(text: str) -> str | None:
    # Loaded when first needed: the model takes 0.3 s, and few pages ask for it.
    import py3langid  # noqa: PLC0415

    code, _ = py3langid.classify(text)
    return detect_han(text) if code in {"zh", "wuu"} else normalise_code(code)
