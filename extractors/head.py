"""What a page's markup says of itself: title, meta values, links and linked data (JSON-LD).

Read by expressions over the markup, not from a tree: both readings share it, and the quick one has no time for a tree.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from extractors.json_values import load_json
from extractors.markup import find_enclosed
from extractors.plain_text import drop_controls, read_line

# No two parts of these can match the same character, so that their time is linear in the markup.
_TAG = re.compile(r"""<(?=[mlhsMLHS])(meta|link|html|script)\s((?:[^<>"']++|"[^"]*"|'[^']*')*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_TITLE = re.compile(r"<title\b[^<>]*>", re.IGNORECASE)
_TITLE_END = re.compile("</title", re.IGNORECASE)
_LINKED_DATA = re.compile(r"""type\s*=\s*["']?application/ld\+json\b""", re.IGNORECASE)
_SCRIPT_END = re.compile("</script", re.IGNORECASE)
_TOLD_BY = {"link": "canonical", "script": "ld+json"}  # most name styles and scripts, and are passed over by this
_JSON_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$|;\s*$")

# Types of schema.org under which pages of the press describe the article they show.
_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|NewsArticle|Report|Review|SocialMediaPosting)$")

_NESTED = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")
_DEEPEST = 4  # levels of linked data; articles stand at the first three


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of itself. `meta` holds the first value of each name or property, in lower case.

    `articles` are the linked-data objects that describe an article, in the page's order.
    """

    title: str = ""
    language: str | None = None
    canonical: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    articles: tuple[Mapping[str, Any], ...] = ()

    def first(self, *names: str) -> str | None:
        """The value of the first of these meta names that the page gives."""
        return next((value for name in names if (value := self.meta.get(name))), None)

    def find_all(self, key: str, *, told_by: Sequence[str] = ("name", "url")) -> Iterator[str]:
        """The texts under a key of the linked-data articles, in the page's order; `told_by` are the keys of those of objects."""
        for article in self.articles:
            for value in _flatten(article.get(key), told_by):
                if text := " ".join(drop_controls(unescape(value)).split()):
                    yield text


def read_head(markup: str) -> Head:
    """Read what a page says of itself; what is broken is left out."""
    meta: dict[str, str] = {}
    scripts: list[int] = []
    canonical = language = None
    for found in _TAG.finditer(markup):
        name, tag = found[1].lower(), found[2]
        if name in _TOLD_BY and _TOLD_BY[name] not in tag.lower():
            continue
        attributes = _read_attributes(tag)
        if name == "script" and _LINKED_DATA.search(tag):
            scripts.append(found.end())
        elif name == "meta":
            _note_meta(attributes, meta)
        elif name == "link" and "canonical" in attributes.get("rel", "").lower().split():
            canonical = canonical or attributes.get("href", "").strip() or None
        elif name == "html":
            language = language or attributes.get("lang") or attributes.get("xml:lang")
    return Head(
        title=read_line(next(find_enclosed(markup, _TITLE, _TITLE_END), "")),
        language=language,
        canonical=canonical,
        meta=meta,
        articles=tuple(_read_linked_data(markup, scripts)),
    )


def _read_attributes(tag: str) -> dict[str, str]:
    return {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag)}


def _note_meta(attributes: Mapping[str, str], meta: dict[str, str]) -> None:
    content = " ".join(drop_controls(attributes.get("content", "")).split())
    if not content:
        return
    for key in ("property", "name", "itemprop"):
        for name in attributes.get(key, "").lower().split():
            meta.setdefault(name, content)


def _read_linked_data(markup: str, starts: Iterable[int]) -> Iterator[Mapping[str, Any]]:
    """The articles in the scripts that start there; one that starts inside another is text of that."""
    end = 0
    for start in starts:
        if start < end:
            continue
        closing = _SCRIPT_END.search(markup, start)
        if closing is None:
            return
        end = closing.start()
        try:
            value = load_json(_unwrap(markup[start:end]))
        except (ValueError, RecursionError):
            continue
        yield from _find_articles(value, _DEEPEST)


def _unwrap(text: str) -> str:
    """JSON without what some wrap it in, which is looked for only where it begins or ends as no JSON does."""
    bare = text.strip()
    return text if bare.startswith(("{", "[")) and bare.endswith(("}", "]")) else _JSON_WRAPPING.sub("", text)


def _find_articles(value: object, levels: int) -> Iterator[Mapping[str, Any]]:
    if not levels:
        return
    if isinstance(value, list):
        for each in value:
            yield from _find_articles(each, levels - 1)
    elif isinstance(value, dict):
        types = value.get("@type")
        if any(_ARTICLE_TYPE.search(str(one)) for one in (types if isinstance(types, list) else [types])):
            yield value
        for key in _NESTED:
            yield from _find_articles(value.get(key), levels - 1)


def _flatten(value: object, told_by: Sequence[str]) -> Iterator[str]:
    """The texts in a value of linked data: itself, its members, or what the first of these keys says that an object has."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _flatten(each, told_by)
    elif isinstance(value, dict):
        yield from _flatten(next((told for key in told_by if (told := value.get(key))), None), told_by)
