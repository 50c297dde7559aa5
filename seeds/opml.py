"""OPML, both ways: strictly for declared feeds, forgivingly for lists that come from elsewhere.

What OPML 2.0 has no word for (our id, the outlet, a listing's selectors) stands in a namespace of our own, as its
specification asks, so that any other reader takes the file and sees the feeds. A listing page is no feed: it is an
outline of type `link`, which other readers leave alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lxml import etree

from news.errors import ParseError, SeedError
from news.sources import Feed, FeedKind
from seeds.codes import countries
from seeds.reading import Place, Placed, build_at

NAMESPACE = "urn:dateline:feeds"
_OWN_KEYS = {
    "id": "id",
    "outlet": "outlet",
    "kind": "kind",
    "country": "country",
    "linkSelector": "link_selector",
    "dateSelector": "date_selector",
    "verified": "verified",
}
"""Our attributes, and the fields of `Feed` they stand for."""

_LANGUAGE_NAMES = {"en": "English", "ja": "Japanese", "ko": "Korean", "zh-Hans": "Chinese (simplified)"}
_LANGUAGE_NAMES["zh-Hant"] = "Chinese (traditional)"


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a foreign OPML file. `path` holds the texts of the outlines above it, outermost first."""

    url: str
    title: str
    site_url: str | None = None
    language: str | None = None
    path: tuple[str, ...] = ()


def read_opml(document: bytes) -> list[Outline]:
    """Read the feeds of an OPML file from elsewhere; markup that is not well-formed is read as far as it goes.

    Raises:
        ParseError: where no outline can be found at all.
    """
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"this is not OPML: {error.msg}") from error
    if root is None or root.find(".//outline") is None:
        raise ParseError("this is not OPML: it holds no outline")
    return [outline for outline in map(_read_outline, root.iter("outline")) if outline]


def _read_outline(element: etree._Element) -> Outline | None:
    # Attribute names are written in every mixture of cases: xmlUrl, xmlurl, XMLURL.
    values = {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}
    url = values.get("xmlurl", "")
    if not url:
        return None
    above = [
        str(parent.get("text") or parent.get("title") or "").strip() for parent in element.iterancestors("outline")
    ]
    return Outline(
        url=url,
        title=values.get("title") or values.get("text") or url,
        site_url=values.get("htmlurl") or None,
        language=values.get("language") or None,
        path=tuple(text for text in reversed(above) if text),
    )


def read_declared_feeds(path: Path) -> Iterator[Placed[Feed]]:
    """Yield the feeds declared in an OPML file of ours, each with its line.

    Raises:
        SeedError: for markup that is not well-formed, an outline that is neither group nor feed, or a wrong value.
    """
    try:
        root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise SeedError(path, f"this is not well-formed XML: {error.msg}", line=error.lineno) from error
    except OSError as error:
        raise SeedError(path, f"this file cannot be read: {error.strerror}") from error
    if root.tag != "opml":
        raise SeedError(path, f"this is <{root.tag}>, not <opml>", line=_line_of(root))
    for element in root.iter("outline"):
        if not len(element):
            yield _read_declared(path, element)


def _line_of(element: etree._Element) -> int | None:
    line: object = element.sourceline
    return line if isinstance(line, int) else None


def _read_declared(path: Path, element: etree._Element) -> Placed[Feed]:
    own = {str(name).removeprefix(f"{{{NAMESPACE}}}"): str(value) for name, value in element.attrib.items()}
    place = Place(path, f"outline {own.get('id') or own.get('text', '')}".strip(), _line_of(element))
    for name in element.attrib:
        if str(name).startswith(f"{{{NAMESPACE}}}") and etree.QName(str(name)).localname not in _OWN_KEYS:
            raise place.refuse(etree.QName(str(name)).localname, f"unknown attribute; known are {', '.join(_OWN_KEYS)}")
    if "id" not in own:
        raise place.refuse("id", "a feed needs an id of its own, in the namespace " + NAMESPACE)
    values = {field: own[name] for name, field in _OWN_KEYS.items() if name in own}
    values |= {"title": own.get("text", ""), "language": own.get("language", "")}
    values["url"] = own.get("xmlUrl") or own.get("url", "")
    return Placed(build_at(place, values, Feed), place)


def write_opml(feeds: Iterable[Feed], title: str = "Feeds watched by Dateline") -> bytes:
    """Write feeds as OPML 2.0, grouped by country, then language; `read_declared_feeds` reads it back without loss."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"dateline": NAMESPACE})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    body = etree.SubElement(root, "body")
    ordered = sorted(feeds, key=lambda feed: (feed.country, feed.language, feed.id))
    for country, of_country in groupby(ordered, key=lambda feed: feed.country):
        group = etree.SubElement(body, "outline", {"text": countries().get(country, country or "Unknown")})
        for language, of_language in groupby(of_country, key=lambda feed: feed.language):
            inner = etree.SubElement(group, "outline", {"text": _LANGUAGE_NAMES.get(language, language)})
            for feed in of_language:
                etree.SubElement(inner, "outline", _attributes(feed, (str(group.get("text")), str(inner.get("text")))))
    etree.indent(root, "  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _attributes(feed: Feed, path: tuple[str, str]) -> dict[str, str]:
    is_feed = feed.kind is FeedKind.FEED
    shared = {
        "type": "rss" if is_feed else "link",
        "text": feed.title,
        "xmlUrl" if is_feed else "url": feed.url,
        "language": feed.language,
        "category": "/" + "/".join(part.replace("/", " ").replace(",", " ") for part in path),
    }
    values = {name: getattr(feed, field) for name, field in _OWN_KEYS.items()}
    values |= {"kind": None if is_feed else feed.kind.value, "verified": None if feed.verified else "false"}
    return shared | {f"{{{NAMESPACE}}}{name}": str(value) for name, value in values.items() if value}
