"""Links that lead to an article by way of somebody else: search engines, social networks, mail guards, AMP caches.

Many carry their target in themselves and are unwrapped without a request; of the rest we can only say that they are
unresolved: their address is not the article's, and two of them may lead to one article.
"""

import base64
import binascii
import re
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

# Host (with everything below it), beginning of the path, and the parameters that carry the target.
_CARRIERS = (
    ("google.com", "/url", ("q", "url")),
    ("facebook.com", "/l.php", ("u",)),
    ("instagram.com", "/", ("u",)),
    ("out.reddit.com", "/", ("url",)),
    ("t.umblr.com", "/redirect", ("z",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("youtube.com", "/redirect", ("q",)),
    ("linkedin.com", "/redir/redirect", ("url",)),
    ("slack-redir.net", "/link", ("url",)),
    ("safelinks.protection.outlook.com", "/", ("url",)),
    ("go.skimresources.com", "/", ("url",)),
    ("bing.com", "/news/apiclick.aspx", ("url",)),
    ("link.zhihu.com", "/", ("target",)),
    ("weibo.cn", "/sinaurl", ("u", "toasturl")),
    ("exit.sc", "/", ("url",)),
    ("vk.com", "/away.php", ("to",)),
    ("t.me", "/iv", ("url",)),
)

# Hosts whose every link leads elsewhere and does not say where.
_OPAQUE_NAMES = """
    bit.ly t.co tinyurl.com goo.gl ow.ly buff.ly dlvr.it ift.tt is.gd trib.al reut.rs apne.ws nyti.ms wapo.st bbc.in
    on.ft.com bloom.bg t.cn url.cn dwz.cn suo.im naver.me me2.do me2.kr han.gl vo.la lnkd.in fb.me feedproxy.google.com
"""
_OPAQUE_HOSTS = frozenset(_OPAQUE_NAMES.split())

_GOOGLE_NEWS = re.compile(r"/(?:rss/)?(?:articles|read)/(?P<token>[\w-]+)")
_AMP_CACHE = re.compile(r"/[cvi]/(?P<secure>s/)?(?P<rest>.+)")
_GOOGLE_AMP = re.compile(r"/amp/(?P<secure>s/)?(?P<rest>.+)")
_YAHOO_TARGET = re.compile(r"/RU=(?P<target>[^/]+)/")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)

# Field 4 of the message in an old Google News token: tag, length (one or two bytes, base 128), then the address.
_GOOGLE_NEWS_FIELD = re.compile(rb"\x08\x13\x22([\x80-\xff]?[\x00-\x7f])")

_DEEPEST = 5  # wrappers within wrappers; more is a loop


def unwrap_redirector(url: str) -> str:
    """Unwrap links that carry their target, wrappers within wrappers too; anything else is returned as it is.

    Raises:
        ValueError: where `urllib.parse.urlsplit` raises it.
    """
    for _ in range(_DEEPEST):
        target = _find_target(urlsplit(url))
        if target is None or not _WEB.match(target):
            break
        url = target
    return url


def read_google_token(host: str, path: str) -> str | None:
    """Read the token that names an article in a Google News link, of its feeds and of its pages alike; None for others."""
    found = _GOOGLE_NEWS.match(path) if host == "news.google.com" else None
    return found["token"] if found else None


def is_unresolved(url: str) -> bool:
    """Whether this is a link of a known redirector or shortener that does not tell where it leads."""
    try:
        parts = urlsplit(unwrap_redirector(url.strip()))
        host = parts.hostname or ""
    except ValueError:
        return False
    if read_google_token(host, parts.path):
        return True
    return host in _OPAQUE_HOSTS or (host == "feeds.feedburner.com" and "/~r/" in parts.path)


def _find_target(parts: SplitResult) -> str | None:
    host = parts.hostname or ""
    if token := read_google_token(host, parts.path):
        return _read_google_news(token)
    if host.endswith(".cdn.ampproject.org"):
        return _read_amp(_AMP_CACHE.match(parts.path), parts.query)
    if host == "r.search.yahoo.com" and (found := _YAHOO_TARGET.search(parts.path)):
        return unquote(found["target"])
    if _is_within(host, "google.com") and (found := _GOOGLE_AMP.match(parts.path)):
        return _read_amp(found, parts.query)
    for carrier, path, names in _CARRIERS:
        if _is_within(host, carrier) and parts.path.startswith(path):
            values = parse_qs(parts.query)
            return next((values[name][0] for name in names if name in values), None)
    return None


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _read_amp(found: re.Match[str] | None, query: str) -> str | None:
    if not found:
        return None
    return f"http{'s' if found['secure'] else ''}://{found['rest']}{'?' if query else ''}{query}"


def _read_google_news(token: str) -> str | None:
    """Read the address inside a Google News token. Tokens since 2024 are opaque keys and give None."""
    try:
        message = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except binascii.Error:
        return None
    field = _GOOGLE_NEWS_FIELD.match(message)
    if not field:
        return None
    length = field[1][0] & 0x7F | (field[1][1] << 7 if len(field[1]) > 1 else 0)
    return message[field.end() : field.end() + length].decode("utf-8", "replace")
