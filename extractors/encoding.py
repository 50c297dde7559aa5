"""Bytes to text: which of a document's own claims about its encoding is true.

A byte-order mark is never wrong. UTF-8 comes next whatever is claimed: text in another encoding is almost never valid
UTF-8, and UTF-8 under a false label is common. Then the claims, each read with the widest codec of its family: most
documents labelled GB2312, EUC-KR or Shift_JIS hold characters that only GB18030, CP949 or CP932 know. A claim of several
bytes a character comes before one of single bytes, which fits anything and is many a server's default; of two alike, HTTP's
before the document's own. A claim that a few bytes contradict (a summary cut in the middle of a character) still stands;
one that many bytes contradict is given up for a guess by content.
"""

import codecs
import re
import zlib
from collections.abc import Sequence

from resiliparse.parse.encoding import detect_encoding

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# How `<?xm` or `<` and a following ASCII character look in encodings that are no superset of ASCII (XML 1.0, appendix F).
_WIDE_STARTS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)

# Python's codec for a label, where a wider one reads everything that the labelled one does. ISO-8859-1 means
# Windows-1252 on the web, since the characters that differ are control codes nobody sends.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}

_LABELS = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "x-euc-jp": "euc_jp",
    "x-euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "windows-949": "cp949",
    "x-gbk": "gb18030",
    "chinese": "gb18030",
    "x-x-big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "utf8mb4": "utf-8",
    "unicode": "utf-8",
}

_ASCII = frozenset({"ascii", "us-ascii"})

# Codecs that few texts of another encoding fit; one of single bytes fits nearly any text.
_MULTIBYTE = frozenset({"utf-8", "gb18030", "cp949", "cp932", "big5hkscs", "euc_jp", "johab"})

# Encodings that hide in ASCII bytes and so pass for UTF-8; each is recognised by the escape that opens it.
_SEVEN_BIT = {"iso2022_jp": b"\x1b", "iso2022_kr": b"\x1b", "hz": b"~{"}

# Codecs of Python that are no encoding of documents, or that change meaning without a mark.
_REFUSED = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "utf-16", "utf-32"})

_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:+-]+)""", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:+-]+)""", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:+-]+)""", re.IGNORECASE)

# Declarations stand at the start; 4 KB is four times what HTML asks browsers to look at.
_DECLARED_WITHIN = 4096

# Enough bytes for a guess by content (0.1 ms); more makes it slower, not better.
_GUESSED_FROM = 20_000

# A claim survives this share of undecodable characters among those beyond ASCII. Cut summaries give below 1 %, a false
# label of another East Asian encoding above 10 %.
_BEARABLE = 0.05


_LARGEST_UNPACKED = 50 * 1024 * 1024


def decode_document(body: bytes, *, content_type: str = "") -> str:
    """Decode a feed or page. Never fails: bytes that fit nothing become U+FFFD, so that one bad byte costs one character.

    `content_type` is the HTTP header as sent; its charset counts more than what the document says of itself, unless it is
    of single bytes and the document's own is not.
    """
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    for start, codec in _WIDE_STARTS:
        if body.startswith(start):
            return body.decode(codec, "replace")
    return _decode_by_claims(body, _find_claims(body, content_type))


def unpack_gzip(body: bytes) -> bytes:
    """Unpack a gzip file (recognised by its first bytes) up to 50 MB, the limit of the sitemap protocol; others pass through."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _LARGEST_UNPACKED)
    except zlib.error:
        return body


def find_codec(label: str) -> str | None:
    """Find Python's codec for an encoding label of the web, widened to its superset; None for an unknown label."""
    name = label.strip().lower()
    try:
        name = codecs.lookup(_LABELS.get(name, name)).name
        reads_ascii = b"a".decode(name) == "a"  # what is no text codec raises; EBCDIC was sniffed already
    except (LookupError, ValueError):
        return None
    return _WIDER.get(name, name) if reads_ascii and name not in _REFUSED else None


def hides_in_ascii(body: bytes, content_type: str) -> bool:
    """Whether a document claims an encoding that hides in ASCII bytes, and so would pass for UTF-8 that it is not."""
    return any(codec in _SEVEN_BIT and _SEVEN_BIT[codec] in body for codec in _find_claims(body, content_type))


def _find_claims(body: bytes, content_type: str) -> list[str]:
    """The codecs that HTTP and the document itself name, HTTP first, known ones only.

    ASCII is what servers say that were told nothing: where bytes are beyond it, any other claim is truer.
    """
    head = body[:_DECLARED_WITHIN]
    labels = _CHARSET.findall(content_type)
    declared = (pattern.search(head) for pattern in (_XML_DECLARATION, _META_CHARSET))
    labels += [match[1].decode("ascii", "replace") for match in declared if match]
    claims = {label.lower(): codec for label in labels if (codec := find_codec(label))}
    return [codec for label, codec in claims.items() if label not in _ASCII] or list(claims.values())


def _decode_by_claims(body: bytes, claims: list[str]) -> str:
    hidden = [codec for codec in claims if codec in _SEVEN_BIT and _SEVEN_BIT[codec] in body]
    wide = [codec for codec in claims if codec in _MULTIBYTE]
    narrow = [codec for codec in claims if codec not in _MULTIBYTE]
    texts = (_decode_with(codecs, body) for codecs in ([*hidden, "utf-8"], wide, narrow))
    text = next((text for text in texts if text is not None), None)
    return _decode_by_content(body) if text is None else text


def _decode_with(names: Sequence[str], body: bytes) -> str | None:
    """Decode with the first codec that all bytes fit, or else nearly all."""
    for codec in names:
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    texts = (body.decode(codec, "replace") for codec in names)
    return next((text for text in texts if _share_lost(text) < _BEARABLE), None)


def _share_lost(text: str) -> float:
    """Which share of the characters beyond ASCII is U+FFFD."""
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") / max(beyond, 1)


def _decode_by_content(body: bytes) -> str:
    """Decode by what the bytes look like. The detector has no name for Korean and says UTF-8 there, so CP949 is tried."""
    guess = find_codec(detect_encoding(body[:_GUESSED_FROM]) or "utf-8")
    for codec in (guess, "cp949"):
        if codec and codec != "utf-8":
            text = body.decode(codec, "replace")
            if _share_lost(text) < _BEARABLE:
                return text
    return body.decode("utf-8", "replace")
