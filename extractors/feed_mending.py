"""Bytes that were meant to be XML, mended where it is plain what was meant."""

import re

from extractors.encoding import decode_document

# What XML forbids and feeds contain all the same, pasted from word processors: control characters, which are one byte in UTF-8.
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\r")) + b"\x7f"

# References to NUL and to halves of surrogate pairs, at which feedparser gives up the whole document.
_BAD_REFERENCE = re.compile(
    rb"&#(?:x0*(?:d[89a-f][0-9a-f]{2}|0)|0*(?:5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]|0));",
    re.IGNORECASE,
)

_LEADING_JUNK = "\ufeff\0 \t\r\n"

# The root of a sitemap or index, behind a declaration, style sheets and comments; bytes that what else stands there may take.
_PROLOGUE = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ROOT_WITHIN = 4096
_SITEMAP_ROOT = re.compile(rb"<(?P<prefix>[\w-]+:)?(?P<name>urlset|sitemapindex)\b(?P<attributes>[^<>]*)")
_ITEM_ENDS = {
    root: re.compile(rb"</(?:[\w-]+:)?%b\s*>" % item)
    for root, item in ((b"urlset", b"url"), (b"sitemapindex", b"sitemap"))
}
_NAMESPACE = rb' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HAS_NAMESPACE = re.compile(rb"\sxmlns\s*=")

# An ampersand that begins none of XML's own references, and sections in which it stands for itself.
_LOOSE_AMPERSAND = re.compile(
    rb"(?P<section><!\[CDATA\[.*?(?:\]\]>|\Z))|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)", re.DOTALL
)


def decode_feed(body: bytes, content_type: str) -> str:
    """Decode a document, without the blanks, marks and NULs that stand before it."""
    return decode_document(body, content_type=content_type).lstrip(_LEADING_JUNK)


def clean_xml(text: str) -> bytes:
    """Write a document as UTF-8 without what no XML may hold."""
    return _BAD_REFERENCE.sub(b"", text.encode("utf-8", "replace").translate(None, _CONTROL_BYTES))


def mend_sitemap(document: bytes, root: bytes) -> bytes | None:
    """Mend a sitemap, whose `root` is `urlset`, or an index of them (`sitemapindex`); None for any other document.

    A bare `&` stands for itself, as do names of entities, which only a DOCTYPE could explain: so none is ever expanded.
    What breaks off ends with its last whole item, since half an address is a wrong one.
    """
    before = _PROLOGUE.match(document)
    begin = before.end() if before else 0
    start = _SITEMAP_ROOT.search(document, begin, begin + _ROOT_WITHIN)
    if start is None or start["name"] != root:
        return None
    if b"</" + (start["prefix"] or b"") + root not in document:
        whole = [end.end() for end in _ITEM_ENDS[root].finditer(document, start.end())]
        document = document[: max(whole, default=start.end())]
    is_bare = not start["prefix"] and not _HAS_NAMESPACE.search(start["attributes"])
    document = document[: start.end("name")] + (_NAMESPACE if is_bare else b"") + document[start.end("name") :]
    return _LOOSE_AMPERSAND.sub(lambda found: found["section"] or b"&amp;", document)
