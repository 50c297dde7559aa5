"""The fast way to read a feed: one strict pass of lxml, for well-formed documents with a known root and no DOCTYPE.

Nothing outside the document is ever opened: entities need a DOCTYPE, and a document that has one is left to the careful
way. Elements are known by name and namespace; what stands where it should not is left out, never an error.
"""

from collections.abc import Mapping
from functools import lru_cache

from lxml import etree

from extractors.announced import Announcement, FeedDocument

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
    "http://www.google.com/schemas/sitemap/0.84": "sitemap:",
    "http://www.google.com/schemas/sitemap-news/0.9": "news:",
}

# What a known root calls its items.
_ITEMS = {"rss": "item", "rdf:rdf": "item", "atom:feed": "atom:entry", "sitemap:urlset": "sitemap:url"}

# Where each field is looked for, best place first.
_IDS = ("guid", "atom:id", "id", "rdf:about", "dc:identifier")
_LINKS = ("feedburner:origlink", "link", "atom:link", "sitemap:loc", "permalink")
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
_UPDATED = ("atom:updated", "atom:modified", "updated", "modified", "dcterms:modified", "dc:date", "sitemap:lastmod")
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

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def read_strictly(document: bytes) -> FeedDocument | None:
    """Read a UTF-8 document; None when it is not strictly well-formed, has a DOCTYPE, no known root or no entries there."""
    root = parse_xml(document)
    item_name = _ITEMS.get(_short_name(root.tag)) if root is not None else None
    if root is None or item_name is None:
        return None
    with_base = b"xml:base" in document
    items = [
        element for element in root.iter("{*}" + item_name.rpartition(":")[2]) if _short_name(element.tag) == item_name
    ]
    if not items and item_name != "sitemap:url":
        return None
    feed = _read_head(root)
    feed.announcements = [_read_item(item, item.base if with_base else None) for item in items]
    return feed


def read_sitemap_index(root: etree._Element) -> list[tuple[str, str]]:
    """Read the address and the time of change of every sitemap in an index; empty for another document."""
    if _short_name(root.tag) != "sitemap:sitemapindex":
        return []
    sitemaps = [_read_children(child)[0] for child in root]
    return [(found["sitemap:loc"], found.get("sitemap:lastmod", "")) for found in sitemaps if "sitemap:loc" in found]


def parse_xml(document: bytes) -> etree._Element | None:
    """Parse UTF-8 XML safely and strictly: no DOCTYPE, no entities, nothing fetched, lxml's limits on depth and size."""
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        return None
    return root if root.getroottree().docinfo.internalDTD is None else None


@lru_cache(maxsize=4096)
def _short_name(tag: str) -> str:
    """A tag as `prefix:name` in lower case, with the usual prefix; empty for a namespace that we do not read."""
    namespace, _, name = tag.lower().rpartition("}")
    prefix = _NAMESPACES.get(namespace.removeprefix("{"))
    return "" if prefix is None else prefix + name


def _read_head(root: etree._Element) -> FeedDocument:
    """Read what stands about the feed itself, in `channel` for RSS and at the root for Atom."""
    channel = next((child for child in root if _short_name(child.tag) == "channel"), root)
    found, _ = _read_children(channel)
    return FeedDocument(
        title=_first(found, _TITLES),
        link=_first(found, ("link", "atom:link")),
        language=_first(found, _LANGUAGES) or channel.get(_LANG) or root.get(_LANG) or "",
        ttl=found.get("ttl", ""),
        period=found.get("sy:updateperiod", ""),
        frequency=found.get("sy:updatefrequency", ""),
    )


def _read_item(item: etree._Element, base: str | None) -> Announcement:
    found, authors = _read_children(item)
    if about := item.get(_ABOUT):
        found["rdf:about"] = about
    return Announcement(
        id=_first(found, _IDS),
        link=_first(found, _LINKS),
        title=_first(found, _TITLES),
        summary=_first(found, _SUMMARIES),
        content=_first(found, _CONTENTS) or _find_longer(found),
        authors=authors,
        published=_first(found, _PUBLISHED),
        updated=_first(found, _UPDATED),
        language=_first(found, _LANGUAGES) or item.get(_LANG) or "",
        base=base or "",
    )


def _first(found: Mapping[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        if name in found:
            return found[name]
    return ""


def _find_longer(found: Mapping[str, str]) -> str:
    """The longest of several summaries, where it is not the first: some feeds put the text into `itunes:summary`."""
    summaries = [found[name] for name in _SUMMARIES if name in found]
    longest = max(summaries, key=len, default="")
    return longest if len(summaries) > 1 and longest != summaries[0] else ""


def _read_children(parent: etree._Element) -> tuple[dict[str, str], list[str]]:
    """Collect the first non-empty value of every known child, and all authors."""
    found: dict[str, str] = {}
    authors: list[str] = []
    for child in parent:
        name = _short_name(child.tag)
        if name in _TEXTS:
            if name not in found and (value := _read_value(name, child)):
                found[name] = value
                if name in _PERMANENT and "link" not in found and _is_permanent(child, value):
                    found["permalink"] = value
        elif name in _AUTHORS:
            authors.append(_read_author(child))
        elif name in _GROUPS:
            inner, _ = _read_children(child)
            found = inner | found
    return found, authors


def _read_value(name: str, element: etree._Element) -> str:
    """An element's text; its markup where it has any; for a link without text, its target."""
    if len(element):
        return etree.tostring(element, encoding="unicode", with_tail=False)
    text: str | None = element.text
    if text and (text := text.strip()):
        return text
    return _read_target(element) if name in _TARGETS else ""


def _read_target(link: etree._Element) -> str:
    return link.get("href") or "" if link.get("rel", "alternate") == "alternate" else ""


def _is_permanent(element: etree._Element, identifier: str) -> bool:
    """Whether an id can be visited: an entry without a link has it for one."""
    return identifier[:4].lower() == "http" and element.get("isPermaLink", "true").lower() == "true"


def _read_author(element: etree._Element) -> str:
    """An author's name or else address: Atom has both inside elements of their own."""
    if not len(element):
        return element.text or ""
    parts = {_short_name(child.tag).rpartition(":")[2]: child.text or "" for child in element}
    return parts.get("name") or parts.get("email") or ""
