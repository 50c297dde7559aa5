"""The fast way to read a feed: one strict pass of lxml, for well-formed documents with a known root and no DOCTYPE.

Nothing outside the document is ever opened: entities need a DOCTYPE, and a document that has one is left to the careful
way. Elements are known by name and namespace; what stands where it should not is left out, never an error.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from extractors.announced import Announcement, FeedDocument
from extractors.feed_mending import clean_xml, mend_sitemap

# Namespaces by their usual prefix. RSS has called several its own; most feeds use none.
_NAMESPACES = {
    "": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "https://cyber.harvard.edu/rss/rss.html": "",
    "http://www.w3.org/2005/atom": "atom:",
    "http://purl.org/atom/ns#": "atom:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/elements/1.0/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/rss/1.0/modules/syndication/": "sy:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
    "http://www.sitemaps.org/schemas/sitemap/0.9": "sitemap:",
    "https://www.sitemaps.org/schemas/sitemap/0.9": "sitemap:",
    "http://www.google.com/schemas/sitemap/0.84": "sitemap:",
    "http://www.google.com/schemas/sitemap-news/0.9": "news:",
    "https://www.google.com/schemas/sitemap-news/0.9": "news:",
}

# What a known root calls its items.
_ITEMS = {"rss": "item", "rdf:rdf": "item", "atom:feed": "atom:entry", "sitemap:urlset": "sitemap:url"}

# Where each field is looked for, best place first.
_IDS = ("guid", "atom:id", "id", "rdf:about", "dc:identifier")
_LINKS = ("feedburner:origlink", "link", "atom:link", "sitemap:loc")
_TITLES = ("title", "atom:title", "news:title", "dc:title", "media:title", "itunes:title")
_SUMMARIES = (
    "description",
    "summary",
    "atom:summary",
    "dc:description",
    "itunes:summary",
    "media:description",
    "itunes:subtitle",
)
_CONTENTS = ("content:encoded", "atom:content", "content", "xhtml:body", "xhtml:div", "body", "fullitem")
_UPDATED = (
    *("atom:updated", "atom:modified", "updated", "modified", "dcterms:modified", "dc:date", "date", "lastbuilddate"),
    "sitemap:lastmod",
)
# An Atom entry must say when it was updated and may say when it was published; a sitemap's `lastmod` says neither.
_PUBLISHED = (
    *("pubdate", "published", "atom:published", "atom:issued", "news:publication_date", "dcterms:issued", "dc:date"),
    *("dcterms:created", "atom:created", *_UPDATED[:-1]),
)
_LANGUAGES = ("language", "dc:language", "news:language")
_AUTHORS = frozenset({"author", "atom:author", "dc:creator", "dc:author", "itunes:author"})
_OTHERS = ("ttl", "sy:updateperiod", "sy:updatefrequency", "guid")
_TEXTS = frozenset((*_IDS, *_LINKS, *_TITLES, *_SUMMARIES, *_CONTENTS, *_PUBLISHED, *_UPDATED, *_LANGUAGES, *_OTHERS))
_GROUPS = frozenset({"media:group", "news:news", "news:publication"})

_TARGETS = frozenset({"link", "atom:link"})
_PERMANENT = frozenset({"guid", "atom:id", "id"})

_ALTERNATE = re.compile(r"(?:https?://www\.iana\.org/assignments/relation/)?alternate", re.IGNORECASE)

_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)

# RSS asks for the address of an author, and says that a name may stand in brackets behind it; many put the name first.
_NAME_AND_MAIL = re.compile(r"(?P<first>[^()@]+?)\s*\([^()\s]+@[^()\s]+\)|[^()\s]+@[^()\s]+\s*\((?P<last>[^()]+)\)")
_LONGEST_NAME = 200  # characters

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ATOM_03 = "{http://purl.org/atom/ns#}feed"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def read_strictly(document: bytes) -> FeedDocument | None:
    """Read a UTF-8 document; None when it is not strictly well-formed, has a DOCTYPE, no known root or no entries there."""
    try:
        return _read_tree(parse_xml(document, indented=False))
    except _MarkupInsideError:
        return _read_tree(parse_xml(document))


def read_broken_sitemap(document: bytes) -> FeedDocument | None:
    """Read a UTF-8 sitemap that is not strictly well-formed, as far as it goes; None for another document, or no entries."""
    mended = mend_sitemap(document, b"urlset")
    feed = _read_tree(_parse_loosely(mended)) if mended else None
    if feed is None or not feed.announcements:
        return None
    feed.problems.append("not a strictly well-formed sitemap: what could be read of it was")
    return feed


class _MarkupInsideError(Exception):
    """A text has elements of its own, and the blanks between them were dropped: between two words of it they matter."""


def _read_tree(root: etree._Element | None) -> FeedDocument | None:
    item_name = _ITEMS.get(_NAMES[root.tag]) if root is not None else None
    if root is None or item_name is None:
        return None
    channel = next((child for child in root if _NAMES[child.tag] == "channel"), root)
    items, others = _sort_out(channel, item_name)
    if channel is not root:
        items += _sort_out((child for child in root if child is not channel), item_name)[0]
    if not items and item_name != "sitemap:url":
        return None
    if root.tag == _ATOM_03:
        _unpack_texts(root)
    feed = _read_head(root, channel, others)
    has_base = _BASE in root.attrib or _BASE in channel.attrib
    feed.announcements = [_read_item(item, has_base=has_base) for item in items]
    return feed


def read_sitemap_index(document: bytes) -> list[tuple[str, str]]:
    """Read the address and the time of change of every sitemap in an index; empty for another document.

    One that is not strictly well-formed is read as far as it goes.
    """
    root = parse_xml(document)
    if (root is None or root.tag == "sitemapindex") and (mended := mend_sitemap(document, b"sitemapindex")):
        root = _parse_loosely(mended)
    if root is None or _NAMES[root.tag] != "sitemap:sitemapindex":
        return []
    sitemaps = [_read_children(child)[0] for child in root]
    return [
        (found["sitemap:loc"].strip(), found.get("sitemap:lastmod", "").strip())
        for found in sitemaps
        if "sitemap:loc" in found
    ]


def _parse_loosely(document: bytes) -> etree._Element | None:
    """Parse what was mended as far as it goes; nothing in it refers to an entity."""
    try:
        return etree.fromstring(document, _make_parser(indented=True, recover=True))
    except etree.XMLSyntaxError:  # not one element
        return None


def parse_xml(document: bytes, *, indented: bool = True) -> etree._Element | None:
    """Parse UTF-8 XML safely and strictly: no DOCTYPE, no entities, nothing fetched, lxml's limits on depth and size.

    Without the blanks that indent elements (`indented`) it takes a fifteenth less time.
    A prefix that no namespace was declared for is a defect of namespaces and not of XML: its elements keep it in their
    names, so that the usual prefixes are understood all the same.
    """
    parser = _make_parser(indented=indented)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        if any(error.domain != etree.ErrorDomains.NAMESPACE for error in parser.error_log):
            return None
        root = etree.fromstring(document, _make_parser(indented=indented, recover=True))
    return root if root.getroottree().docinfo.internalDTD is None else None


class _DenseParser(etree.XMLParser):
    """A parser that drops the blanks between elements; a tree knows by its class that they are gone."""


def _make_parser(*, indented: bool, recover: bool = False) -> etree.XMLParser:
    return (etree.XMLParser if indented else _DenseParser)(
        encoding="utf-8",
        recover=recover,
        remove_blank_text=not indented,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        # A twentieth of the time, both: a table of `xml:id`s that nobody asks, and text nodes made of what `text` reads as well.
        collect_ids=False,
        strip_cdata=False,
    )


class _Names(dict[str, str]):
    """Tags by their short names: `prefix:name` in lower case with the usual prefix, empty in a namespace that we do not read.

    A dictionary and no function, since it is asked about every element of every feed.
    """

    def __missing__(self, tag: str) -> str:
        namespace, _, name = tag.lower().rpartition("}")
        prefix = _NAMESPACES.get(namespace.removeprefix("{"))
        if len(self) >= _MOST_NAMES:  # hostile feeds invent names
            self.clear()
        self[tag] = "" if prefix is None else prefix + name
        return self[tag]


_MOST_NAMES = 4096
_NAMES = _Names()


def _sort_out(children: Iterable[etree._Element], item_name: str) -> tuple[list[etree._Element], list[etree._Element]]:
    """Sort children into items and others; items inside the others are found too."""
    items: list[etree._Element] = []
    others: list[etree._Element] = []
    for child in children:
        (items if _NAMES[child.tag] == item_name else others).append(child)
    local_name = "{*}" + item_name.rpartition(":")[2]
    for other in others:
        if len(other):
            items += [inner for inner in other.iter(local_name) if _NAMES[inner.tag] == item_name]
    return items, others


def _read_head(root: etree._Element, channel: etree._Element, children: Iterable[etree._Element]) -> FeedDocument:
    """Read what stands about the feed itself, in `channel` for RSS and at the root for Atom."""
    found, _ = _read_children(children)
    return FeedDocument(
        title=_first(found, _TITLES),
        link=_first(found, ("link", "atom:link")),
        language=_first(found, _LANGUAGES) or channel.get(_LANG) or root.get(_LANG) or "",
        ttl=found.get("ttl", ""),
        period=found.get("sy:updateperiod", ""),
        frequency=found.get("sy:updatefrequency", ""),
    )


def _read_item(item: etree._Element, *, has_base: bool) -> Announcement:
    found, authors = _read_children(item)
    item_language = ""
    for name, value in item.items():
        if name == _ABOUT and value:
            found["rdf:about"] = str(value)
        elif name == _LANG:
            item_language = str(value)
        elif name == _BASE:
            has_base = True
    base = (item.base or "") if has_base else ""
    pick, other_summaries = _plan(tuple(found))
    identifier, link, title, summary, content, published, updated, language = pick(found)
    if other_summaries and not content:
        content = _find_longer(summary, [found[name] for name in other_summaries])
    if not title or not (summary or content):
        title, summary = _read_media(item, title, summary)
    return Announcement(
        identifier,
        link or _find_other_link(item) or _find_permalink(item),
        title or _find_title_inside(item),
        summary,
        content,
        authors,
        published,
        updated,
        language or item_language,
        base,
    )


class _Plan(NamedTuple):
    """Where an item that holds certain names has its fields: `pick` takes all eight out of what was found."""

    pick: Callable[[Mapping[str, str]], tuple[str, ...]]
    other_summaries: tuple[str, ...]


_FIELDS = (_IDS, _LINKS, _TITLES, _SUMMARIES, _CONTENTS, _PUBLISHED, _UPDATED, _LANGUAGES)


@lru_cache(maxsize=1024)
def _plan(names: tuple[str, ...]) -> _Plan:
    """Plan once for all items that hold the same names; the items of one feed mostly do."""
    best = [next((name for name in places if name in names), "") for places in _FIELDS]
    return _Plan(itemgetter(*best), tuple(name for name in _SUMMARIES if name in names)[1:])


def _first(found: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((found[name] for name in names if name in found), "")


def _find_other_link(item: etree._Element) -> str:
    """A link to something else than a page, or one whose `rel` is written in full or in capitals: better than none."""
    links = (child for child in item if _NAMES[child.tag] in _TARGETS)
    others = (link.get("href") for link in links if _ALTERNATE.fullmatch(link.get("rel", "alternate")))
    return next(filter(None, others), "")


def _find_permalink(item: etree._Element) -> str:
    """An id that can be visited: an item without a link has it for one."""
    ids = (
        child
        for child in item
        if _NAMES[child.tag] in _PERMANENT and child.get("isPermaLink", "true").lower() == "true"
    )
    return next((one.text for one in ids if one.text and one.text.lstrip()[:4].lower() == "http"), "")


def _read_media(item: etree._Element, title: str, summary: str) -> tuple[str, str]:
    """Title and summary, from inside an item's pictures or films where it has none of its own."""
    inside = (child for media in item if _NAMES[media.tag] == "media:content" for child in media)
    found, _ = _read_children(inside)
    return title or _first(found, _TITLES), summary or _first(found, _SUMMARIES)


def _find_title_inside(item: etree._Element) -> str:
    """A title that stands deeper in an item without one of its own, as that of a picture: better than none."""
    return next((title.text for title in item.iter("title") if title.text), "")


def _find_longer(summary: str, others: list[str]) -> str:
    """The longest of several summaries, where it is not the first: some feeds put the text into `itunes:summary`."""
    longest = max(others, key=len)
    return longest if len(longest) > len(summary) else ""


def _read_children(children: Iterable[etree._Element]) -> tuple[dict[str, str], list[str]]:
    """Collect the first non-empty value of every known element, with an empty one under no name, and all authors."""
    found = {"": ""}
    authors: list[str] = []
    for child in children:
        name = _NAMES[child.tag]
        if name in found:
            continue
        if name in _TEXTS:
            text: str | None = _write_markup(child) if len(child) else child.text
            if text and not text.isspace():  # stripping would copy every article
                found[name] = text
            elif name in _TARGETS and (target := _read_target(child)):
                found[name] = target
        elif name in _AUTHORS:
            authors.append(_read_author(child))
        elif name in _GROUPS:
            inner, _ = _read_children(child)
            found = inner | found
    return found, authors


def _write_markup(element: etree._Element) -> str:
    if isinstance(element.getroottree().parser, _DenseParser):
        raise _MarkupInsideError
    markup = etree.tostring(element, encoding="unicode", with_tail=False)
    return _CDATA.sub(lambda found: escape(found[1]), markup) if "<![CDATA[" in markup else markup


def _read_target(link: etree._Element) -> str:
    """The page that a link leads to; an alternative to it, such as JSON, may stand first."""
    is_page = link.get("rel", "alternate") == "alternate" and "html" in link.get("type", "html")
    return link.get("href") or "" if is_page else ""


def _unpack_texts(root: etree._Element) -> None:
    """Undo the base64 in which Atom 0.3 may hold a text; what is none stays."""
    for packed in root.iterfind(".//*[@mode='base64']"):
        with suppress(ValueError):
            packed.text = clean_xml(b64decode(packed.text or "").decode("utf-8", "replace")).decode()


def _read_author(element: etree._Element) -> str:
    """An author's name or else address: Atom has both inside elements of their own."""
    if not len(element):
        text = element.text or ""
        found = _NAME_AND_MAIL.fullmatch(text.strip()) if "@" in text and len(text) < _LONGEST_NAME else None
        return (found["first"] or found["last"]) if found else text
    parts = {_NAMES[child.tag].rpartition(":")[2]: child.text or "" for child in element}
    return parts.get("name") or parts.get("email") or ""
