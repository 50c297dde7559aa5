"""OPML, both ways: strictly for declared feeds, forgivingly for lists that come from elsewhere.

What OPML 2.0 has no word for (our id, the outlet, a listing's selectors) stands in a namespace of our own, as its
specification asks, so that any other reader takes the file and sees the feeds. A listing page is no feed: it is an
outline of type `link`, which other readers leave alone.
"""

import codecs
import html
import re
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
    "active": "active",
}
"""Our attributes, and the fields of `Feed` they stand for."""

HEAD_BYTES = 4096
"""Within which a document from elsewhere shows what it is, whatever a server wrote before it."""

_LANGUAGE_NAMES = {
    "en": "English",
    "ja": "Japanese",
    "ko": "Korean",
    "zh-Hans": "Chinese (simplified)",
    "zh-Hant": "Chinese (traditional)",
}

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
_NO_XML_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BEFORE = re.compile(r"\A.*?(?=<(?:opml|outline)\b)", re.DOTALL | re.IGNORECASE)
_FRAME = re.compile(r"<\?xml.*?\?>|<!DOCTYPE[^>]*>|</?(?:opml|body)\b[^>]*>", re.DOTALL | re.IGNORECASE)
_OUTLINE = re.compile(
    r"<(outline)\s((?:(?!<outline\s).){0,20000}?)(/?)>(?=\s*(?:</?(?:outline|body)\b|<!--))", re.DOTALL | re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:(["'])(.*?)\2(?=\s+[\w:.-]+\s*=|\s*$|\s*>)|([^\s"'<>]+))""", re.DOTALL)
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "euc-kr": "cp949", "shift_jis": "cp932"}
"""What is labelled with the small encoding is mostly written in the large one."""


@dataclass(frozen=True, slots=True)
class ImportedFeed:
    """A feed as a foreign list names it. `path` holds the headings above it, outermost first; nothing is checked yet."""

    url: str
    title: str = ""
    language: str = ""
    path: tuple[str, ...] = ()


def read_opml(document: bytes) -> list[ImportedFeed]:
    """Read the feeds of an OPML file from elsewhere; markup that is not well-formed is read as far as it goes.

    Raises:
        ParseError: where no outline can be found at all.
    """
    text = _BARE_AMPERSAND.sub("&amp;", _NO_XML_CHARACTER.sub("", _decode(document)))
    text = re.sub(r"^\s*<\?xml.*?\?>", "", text)  # it may name another encoding than the one we write below
    try:
        root = _parse(text, recover=False)
    except etree.XMLSyntaxError:
        root = _parse(_join_documents(text), recover=True)
    outlines = [] if root is None else [element for element in root.iter("*") if _is_outline(element)]
    if not outlines:
        raise ParseError("this is not OPML: it holds no outline")
    return [feed for feed in map(_read_outline, outlines) if feed]


def _decode(document: bytes) -> str:
    if document.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return document.decode("utf-16", errors="replace")
    declared = re.search(rb"""<\?xml[^>]{0,100}encoding=["']([\w.-]+)""", document[:HEAD_BYTES])
    name = declared[1].decode("ascii", errors="replace").lower() if declared else "utf-8"
    try:
        encoding = codecs.lookup(_SUPERSETS.get(name, name)).name
    except LookupError:
        encoding = "utf-8"
    return document.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")


def _parse(text: str, *, recover: bool) -> etree._Element | None:
    parser = etree.XMLParser(recover=recover, resolve_entities=False, no_network=True, encoding="utf-8")
    try:
        return etree.fromstring(text.encode(errors="replace"), parser)
    except etree.XMLSyntaxError as error:
        if recover:
            raise ParseError(f"this is not OPML: {error.msg}") from error
        raise


def _join_documents(text: str) -> str:
    """Make one document of one or more, without what a server wrote before the first: a warning, a page's beginning."""
    outlines = _OUTLINE.sub(_escape_values, _BEFORE.sub("", text, count=1))
    return f"<opml><body>{_FRAME.sub('', outlines)}</body></opml>"


def _escape_values(tag: re.Match[str]) -> str:
    """Write an outline's tag again, its values quoted, without what must not stand in them: quotation marks and `<`."""
    name, attributes, end = tag.groups()
    values = (
        (key, (value or bare).replace("<", "&lt;").replace('"', "&quot;"))
        for key, _, value, bare in _ATTRIBUTE.findall(attributes)
    )
    return f"<{name} " + " ".join(f'{key}="{value}"' for key, value in values) + f"{end}>"


def _is_outline(element: etree._Element) -> bool:
    # Read by hand: QName refuses the names that a recovering parser lets pass, such as ":".
    return str(element.tag).rpartition("}")[2].lower() == "outline"


def _read_outline(element: etree._Element) -> ImportedFeed | None:
    # Attribute names are written in every mixture of cases (xmlUrl, xmlurl, XMLURL), values escaped twice.
    values = {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}
    url = values.get("xmlurl", "").replace("&amp;", "&")
    if not url:
        return None
    above = [str(parent.get("text") or parent.get("title") or "") for parent in element.iterancestors("outline")]
    return ImportedFeed(
        url=url,
        title=html.unescape(values.get("title") or values.get("text") or ""),
        language=values.get("language", ""),
        path=tuple(html.unescape(text).strip() for text in reversed(above) if text.strip()),
    )


def read_declared_feeds(path: Path) -> Iterator[Placed[Feed]]:
    """Yield the feeds declared in an OPML file of ours, each with its line.

    Raises:
        SeedError: for markup that is not well-formed, an outline that is neither group nor feed, or a wrong value.
    """
    try:
        root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        reason = re.sub(r", line \d+, column \d+$", "", str(error.msg))
        hint = "; write & as &amp;" if "EntityRef" in reason else ""
        raise SeedError(path, f"this is not well-formed XML: {reason}{hint}", line=error.lineno) from error
    except OSError as error:
        raise SeedError(path, f"this file cannot be read: {error.strerror}") from error
    if root.tag != "opml":
        raise SeedError(path, f"this is <{root.tag}>, not <opml>", line=_line_of(root))
    for element in root.iter("outline"):
        if element.find("outline") is None or element.get("xmlUrl"):
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
        raise place.refuse("id", f'a feed needs an id of its own: dateline:id="...", in the namespace {NAMESPACE}')
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
    values["active"] = None if feed.active else "false"
    own = {f"{{{NAMESPACE}}}{name}": str(value) for name, value in values.items() if value}
    return {name: _NO_XML_CHARACTER.sub("", value) for name, value in (shared | own).items()}
