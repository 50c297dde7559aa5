"""The wide net over quick texts: what share of ordinary news it catches, and whether it loses any labelled article."""

import random
from pathlib import Path

from benchmarks.labelled import Labelled, read_background, read_gold
from benchmarks.saved_pages import HINTS
from benchmarks.skins import HIDING_SKINS, Skin, make_skins
from extractors.article import read_article
from matching.matcher import Matcher
from news.articles import Quality
from news.errors import ReadError
from seeds.declarations import load_declarations

_DRESSED = 1_500  # background texts that are read on real pages: a rate of 5 % is known to half a per cent
_SHORTEST = 200  # characters; what is shorter was taken from a list of titles and stands on no page by itself


def make_matcher() -> Matcher:
    """The shipped topics, compiled."""
    declared = load_declarations(Path(__file__).parent.parent / "seeds", None)
    return Matcher(declared.entities, declared.phrases, declared.topics.values())


def measure_net(matcher: Matcher) -> dict[str, float]:
    """Shares of the background corpus: matched, caught by the net as bare texts, and caught on real pages."""
    background, skins = read_background(), make_skins()
    draw = random.Random(0)  # noqa: S311 - a sample, not a secret
    dressed = [
        catches(matcher, draw.choice(skins), title, text) for title, text, _ in draw.sample(background, _DRESSED)
    ]
    return {
        "background matched": sum(bool(matcher.match_text(*one)) for one in background) / len(background),
        "background caught as text": sum(matcher.catches(*one) for one in background) / len(background),
        "background caught on pages": sum(dressed) / len(dressed),
    }


def catches(matcher: Matcher, skin: Skin, title: str, text: str) -> bool:
    """Whether the net catches the quick text of an article on a page."""
    quick = read_article(skin.dress(title, text), url=skin.url, hints=HINTS, quality=Quality.QUICK)
    return matcher.catches(quick.title, quick.text, quick.language)


def matches(matcher: Matcher, skin: Skin, title: str, text: str) -> bool:
    """Whether the careful text of an article on a page matches a topic."""
    try:
        careful = read_article(skin.dress(title, text), url=skin.url, hints=HINTS)
    except ReadError:
        return False
    return bool(matcher.match_text(careful.title, careful.text, careful.language))


def list_lost(matcher: Matcher, *, every: int = 1) -> tuple[int, list[tuple[str, str]]]:
    """Set each labelled article that matches into every so-manyth page, and into those that hide it.

    Returns how many pairs, and those that the net loses.
    """
    skins, wanted = make_skins(), [one for one in read_gold() if _is_wanted(matcher, one)]
    pairs = [
        (one, skin) for number, one in enumerate(wanted) for skin in (*skins[number % every :: every], *HIDING_SKINS)
    ]
    lost = [
        (one.id, skin.id)
        for one, skin in pairs
        if not catches(matcher, skin, one.title, one.text) and matches(matcher, skin, one.title, one.text)
    ]
    return len(pairs), lost


def _is_wanted(matcher: Matcher, one: Labelled) -> bool:
    return len(one.text) > _SHORTEST and bool(matcher.match_text(one.title, one.text, one.language))
