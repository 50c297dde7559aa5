"""A digest as an HTML page for mail clients and browsers: tables, inlined styles, no remote image, under 100 KB."""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from digests import phrases
from digests.wording import name_language
from news.digests import Digest, Volume

MAX_BYTES = 100_000
"""Gmail cuts a message off after 102 KB, with the footer and the way to unsubscribe."""

_TEMPLATES = Path(__file__).parent / "templates"
_BAR_PIXELS = 24


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a rendering shows of each story."""

    quotes: int = 2
    outlets: int = phrases.NAMED_OUTLETS
    links: bool = True
    briefs: int = 1_000
    stories: int = 1_000


_DETAILS = (
    Detail(),
    Detail(quotes=1),
    Detail(quotes=1, links=False),
    Detail(quotes=1, links=False, briefs=10),
    Detail(quotes=0, outlets=2, links=False, briefs=0),
    Detail(quotes=0, outlets=1, links=False, briefs=0, stories=15),
)
"""From all to least: a digest that is too large loses detail, never its end. The last holds stories at their limits."""


def render_html(digest: Digest, *, unsubscribe: str = "") -> str:
    """Render a digest as a page below 100 KB; the same digest gives the same bytes.

    `unsubscribe` is the address behind "Stop this digest" (`mailto:` or `https:`); empty leaves it out.
    """
    for detail in _DETAILS:
        page = _render(digest, detail, unsubscribe)
        if len(page.encode()) < MAX_BYTES:
            break
    return page


def _render(digest: Digest, detail: Detail, unsubscribe: str) -> str:
    shown, briefs = digest.in_full[: detail.stories], digest.briefs[: detail.briefs]
    sections = [(title, list(told)) for title, told in groupby(shown, key=lambda story: story.topic_title)]
    page = (
        _environment()
        .get_template("digest.html.j2")
        .render(
            digest=digest,
            detail=detail,
            subject=phrases.say_subject(digest),
            preview=phrases.say_preview(digest),
            volumes=[_Bars.of(volume) for volume in digest.volumes],
            sections=sections,
            briefs=briefs,
            caption=phrases.VOLUMES,
            missing=phrases.MISSING,
            notes=phrases.say_notes(digest, hidden=len(digest.stories) - len(shown) - len(briefs)),
            footer=phrases.say_footer(digest),
            unsubscribe=unsubscribe,
        )
    )
    return _inliner().inline(page).rstrip() + "\n"


@dataclass(frozen=True, slots=True)
class _Bars:
    """A topic's volume as bars: `heights` in pixels, the day with most stories the highest."""

    title: str
    heights: tuple[int, ...]
    latest: int

    @classmethod
    def of(cls, volume: Volume) -> "_Bars":
        most = max(volume.days, default=0) or 1
        heights = tuple(max(1, round(_BAR_PIXELS * day / most)) for day in volume.days)
        return cls(volume.title, heights, volume.days[-1] if volume.days else 0)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        name_language=name_language,
        say_sources=phrases.say_sources,
        has_company=phrases.has_company,
        name_alone=phrases.name_alone,
        needs_name=phrases.needs_name,
        say_press=phrases.say_press,
        say_brief=phrases.say_brief,
        count_further=phrases.count_further,
        split_marks=phrases.split_marks,
        inlined_css=_read_css("inlined.css"),
        client_css=_read_css("clients.css"),
    )
    return environment


def _read_css(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 (our own file)


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False)
