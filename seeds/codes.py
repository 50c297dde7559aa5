"""The codes that declarations use: languages, countries and zones, each checked against its own standard."""

import difflib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

UNKNOWN_LANGUAGE = "und"
"""What BCP 47 calls undetermined: for a source that does not say and has not been looked at."""

UNKNOWN_COUNTRY = "ZZ"
"""What CLDR calls an unknown region."""

_ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_CHINESE_SCRIPTS = {
    **dict.fromkeys(("hans", "cn", "sg"), "Hans"),
    **dict.fromkeys(("hant", "tw", "hk", "mo"), "Hant"),
}
_LANGUAGE_TAG = re.compile(r"([a-z]{2})(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


def is_language(code: str) -> bool:
    """Whether a code is an ISO 639-1 language with an optional script and region (zh-Hant, pt-BR), or `und`.

    `kr` is Kanuri, but whoever writes it means Korean: it is refused, so that `ko` is written.
    """
    parts = _LANGUAGE_TAG.fullmatch(code)
    return code == UNKNOWN_LANGUAGE or (parts is not None and parts[1] != "kr" and parts[1] in _ISO_639_1.split())


def tidy_language(code: str) -> str:
    """Write a code from elsewhere (en-us, zh_CN, KO) as ours: language, and script for Chinese; `und` if it is none.

    A region tells the script in which Chinese is written there; for other languages it is left out.
    """
    language, *rest = re.split("[-_]", code.strip().lower())
    if language == "zh":
        script = next((_CHINESE_SCRIPTS[part] for part in rest if part in _CHINESE_SCRIPTS), None)
        return f"zh-{script}" if script else "zh"
    return language if is_language(language) else UNKNOWN_LANGUAGE


@cache
def countries() -> dict[str, str]:
    """The ISO 3166-1 codes with their usual English names, as the time zone database lists them."""
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {code: name for code, _, name in rows} | {UNKNOWN_COUNTRY: "Unknown"}


@cache
def zones() -> frozenset[str]:
    """Every IANA zone that this machine knows."""
    return frozenset(available_timezones())


def suggest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant: `; did you mean "x"?`, or nothing when none is near.

    A word is near when it is the last part of a known one (Seoul, Asia/Seoul) or at least three quarters the same.
    """
    choices = list(known)
    near = [one for one in choices if one.rpartition("/")[2].lower() == word.lower()]
    near = near or difflib.get_close_matches(word, choices, n=1, cutoff=0.75)
    return f'; did you mean "{near[0]}"?' if near else ""


def suggest_country(word: str) -> str:
    """Say which countries' names hold a word: UK is no code, but stands in the name of GB."""
    codes = [code for code, name in countries().items() if word in re.findall(r"\w+", name)]
    return f"; did you mean {' or '.join(codes)}?" if codes else ""
