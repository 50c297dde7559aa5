"""Canonical URLs: one address for one article, offline.

What readers share, what newsletters wrap and what trackers append is taken off; what identifies an article stays. A
canonical URL can still be visited: http is not turned into https, since several government sites answer only the former.
"""

import re
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from news.errors import AddressError
from news.redirectors import read_google_token, unwrap_redirector

# Parameters that never identify an article: the click ids of ad and mail systems, the campaign parameters of publishers,
# and what portals and messengers of East Asia append when a link is shared.
_TRACKING_NAMES = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id rdt_cid epik
    mc_cid mc_eid mkt_tok _hsenc _hsmi __hstc __hssc __hsfp hsctatracking vero_id vero_conv oly_anon_id oly_enc_id
    wickedid s_kwcid ef_id cmpid ncid ocid icid smid smtyp xtor ito _ga _gl guccounter guce_referrer guce_referrer_sig
    ns_mchannel ns_source ns_campaign ns_linkname ns_fee at_medium at_campaign at_link_id at_link_type at_link_origin
    at_format at_ptr_name at_bbc_team soc_src soc_trk tsrc ftag ref_src ref_url __twitter_impression
    spm scm spm_id_from share_token share_source share_medium share_plat share_session_id share_tag share_from bd_vid
    isappinstalled from_isappinstalled nsukey wfr wxshare_count sharefrom shareuid cxrecs_s sr_share_source
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
_TRACKING_PREFIXES = ("utm_", "utm-", "pk_", "mtm_", "matomo_", "piwik_", "hmb_", "wt.", "trk_", "itm_", "dm_i")

# Parameters that name articles on some sites and track on others: dropped only with a value that tracks.
_TRACKING_VALUES = {
    "from": r"timeline|singlemessage|groupmessage|rss|feed|wechat|weibo|twitter|facebook|kakao\w*|newsletter",
    "ref": r"(?:rss|feed|twitter|facebook|share|newsletter|homepage|google|naver|daum|yahoo)\w*",
    "source": r"(?:rss|feed|twitter|facebook|social|newsletter|email|share|googlenews)\w*",
    "src": r"rss|feed|twitter|facebook|social|newsletter|email|share|tw|fb",
    "partner": r"rss|feed\w*",
    "for": r"pc",
    "outputtype": r"amp",
    "amp": r"1?",
    "rss": r"1?|yes|true",
}
_TRACKS = {name: re.compile(values, re.IGNORECASE) for name, values in _TRACKING_VALUES.items()}

# Hosts known to serve the same pages at the same paths under another name. Kept short on purpose: a wrong pair breaks
# links, and for all others the page's own canonical link tells.
_SAME_AS = {
    "m.yna.co.kr": "www.yna.co.kr",
    "m-en.yna.co.kr": "en.yna.co.kr",
    "m-cn.yna.co.kr": "cn.yna.co.kr",
    "m-jp.yna.co.kr": "jp.yna.co.kr",
    "m.hankookilbo.com": "www.hankookilbo.com",
    "m.thepaper.cn": "www.thepaper.cn",
    "m.cna.com.tw": "www.cna.com.tw",
    "m.ltn.com.tw": "news.ltn.com.tw",
    "amp.scmp.com": "www.scmp.com",
    "amp.theguardian.com": "www.theguardian.com",
    "news.v.daum.net": "v.daum.net",
    "m.v.daum.net": "v.daum.net",
    "m.news.naver.com": "news.naver.com",
}

# Sites on which only these parameters name the article, whatever else a shared link carries.
_IDENTIFYING = {"mp.weixin.qq.com": frozenset({"__biz", "mid", "idx", "sn"}), "baijiahao.baidu.com": frozenset({"id"})}

_NAVER_PATH = re.compile(r"/(?:mnews/)?(?:\w+/)?article/(?P<oid>\d{3})/(?P<aid>\d{10})")
_NAVER_QUERY = re.compile(r"(?=(?:.*&)?oid=(?P<oid>\d{3})(?:&|$))(?=(?:.*&)?aid=(?P<aid>\d{10})(?:&|$))")

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)
_AMP_PATH = re.compile(r"(?<=[\d-])(?P<slug>[^/]*)/amp/?$|\.amp(?=\.html?$)")
_DEFAULT_PORTS = {"http": 80, "https": 443}

# In characters: what mail guards wrap and trackers append to comes to some thousands; what is left must fit into the indexes
# of a database. Every pattern here is quadratic at worst, which within these bounds is a matter of milliseconds.
_LONGEST_SHARED, _LONGEST = 8_000, 2_000

_REMEMBERED = 4_096  # answers; every step of an article's way asks for its address again

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|[^\w\-.~!$&'()*+,;=:@/?]|[^\x00-\x7f]", re.ASCII)
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")


# Up to the last `@` of what stands before the path; of what has a colon there, up to the last at all: a password may hold a
# slash, whatever the rules say, and then no parser finds its end.
_CREDENTIALS = re.compile(r"(?<=//)(?:[^/?#]*|[^/?#@]*:\S*)@")


def hide_credentials(url: str) -> str:
    """Give a URL without its user name and password, fit for logs, messages and the store; also one that is none."""
    return _CREDENTIALS.sub("", url, count=1) if "@" in url else url


# Of a user name the operator may see which it is. What a query gives as a password counts as one, whoever reads it there.
# It may hold what no parser expects there: all up to the last @ goes.
_PASSWORD = re.compile(r"(?<=://)([^/?#@:]*):\S*@")
_PASSWORD_IN_QUERY = re.compile(
    r"(?<=[?&])([\w.-]*(?:password|passwd|secret|token)|scram_\w+_key)=[^&#\s]*", re.IGNORECASE
)

# Of a database's address every other value is hidden too: a password's name may be misspelt.
_IN_QUERY = re.compile(r"(?<=[?&])([^=&#\s]+)=[^&#\s]*")
_SHOWN_NAMES = """
    host hostaddr port user dbname application_name connect_timeout options client_encoding service passfile
    sslmode sslcert sslkey sslrootcert sslcrl sslcrldir gssencmode channel_binding target_session_attrs load_balance_hosts
    keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout
"""
_SHOWN = frozenset(_SHOWN_NAMES.split())


def hide_passwords(address: str) -> str:
    """Give an address, of a database too, with `(hidden)` for every password before the host or in the query."""
    hidden = _PASSWORD_IN_QUERY.sub(r"\1=(hidden)", _PASSWORD.sub(r"\1:(hidden)@", address))
    if not hidden.startswith("postgres"):
        return hidden
    return _IN_QUERY.sub(lambda found: found[0] if found[1] in _SHOWN else f"{found[1]}=(hidden)", hidden)


def join_address(base: str, link: str) -> str | None:
    """Make a link that somebody wrote absolute; None where one of the two is nothing that could be an address."""
    try:
        return urljoin(base, link.strip())
    except ValueError:  # on brackets without an end, and on characters that look like a slash once they are folded
        return None


@lru_cache(_REMEMBERED)
def canonical_url(url: str) -> str:
    """Find the canonical form of an article's address: the same text for every way in which it is shared.

    Known redirectors are unwrapped where their link tells the target (`is_unresolved` says where not); the host is
    lower-case ASCII; default ports, credentials, session ids and fragments go; escapes are written one way; tracking
    parameters go and the others are sorted by name, unless some have no name. Applying it twice changes nothing.

    Raises:
        AddressError: for a text that is no http or https address, or longer than any that leads to an article.
    """
    url = url.strip()
    shown = hide_credentials(url)
    if len(url) > _LONGEST_SHARED:
        raise AddressError(
            f"this address has {len(url):,} characters, none that leads to an article has so many: {shown[:80]!r}"
        )
    try:
        canonical = _canonicalise(urlsplit(unwrap_redirector(url)))
    except ValueError as error:  # urlsplit on brackets and ports, UTF-8 and IDNA encoding on odd characters
        raise AddressError(f"this is not a web address: {shown[:200]!r} ({error})") from error
    if len(canonical) > _LONGEST:
        raise AddressError(f"this address has {len(canonical):,} characters, too many to be known by: {shown[:80]!r}")
    return canonical


def _canonicalise(parts: SplitResult) -> str:
    scheme, host = parts.scheme or "https", _canonical_host(parts)
    if scheme not in _DEFAULT_PORTS:
        raise AddressError(f"only http and https addresses can be read, not {parts.geturl()[:200]!r}")
    if naver := _find_naver_article(host, parts):
        return naver
    if token := read_google_token(host, parts.path):  # its language and edition tell nothing of the article
        return f"https://{host}/rss/articles/{token}"
    port = f":{parts.port}" if parts.port not in {None, _DEFAULT_PORTS[scheme]} else ""
    query = _canonical_query(parts.query, _IDENTIFYING.get(host))
    fragment = f"#{_write_escapes(parts.fragment)}" if parts.fragment.startswith(("!/", "/")) else ""
    return f"{scheme}://{host}{port}{_canonical_path(parts.path)}{'?' if query else ''}{query}{fragment}"


def _canonical_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(host):
        raise AddressError(f"this is not a web address, it names no host: {parts.geturl()[:200]!r}")
    return _SAME_AS.get(host, host)


def _canonical_path(path: str) -> str:
    """Resolve dots, drop session ids and the suffix of the AMP page (only behind what looks like an article's name)."""
    path = _AMP_PATH.sub(r"\g<slug>", _SESSION.sub("", path))
    kept: list[str] = []
    segments = _write_escapes(path).split("/")
    for segment in segments[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _canonical_query(query: str, identifying: frozenset[str] | None) -> str:
    pairs = [(_name(part), _write_escapes(part)) for part in query.split("&") if part]
    kept = [
        (name, part) for name, part in pairs if (name in identifying if identifying else not _is_tracking(name, part))
    ]
    if all("=" in part for _, part in kept):
        kept.sort(key=lambda pair: pair[0])
    return "&".join(part for _, part in kept)


def _name(parameter: str) -> str:
    return unquote(parameter.partition("=")[0]).lower()


def _is_tracking(name: str, parameter: str) -> bool:
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES):
        return True
    values = _TRACKS.get(name)
    return bool(values and values.fullmatch(unquote(parameter.partition("=")[2])))


def _find_naver_article(host: str, parts: SplitResult) -> str | None:
    """Naver shows one article under half a dozen addresses; its numbers of outlet and article are what stays."""
    if not host.endswith("news.naver.com"):
        return None
    found = _NAVER_PATH.match(parts.path) or _NAVER_QUERY.match(parts.query)
    return f"https://n.news.naver.com/article/{found['oid']}/{found['aid']}" if found else None


def _write_escapes(text: str) -> str:
    """Write every character one way: unreserved ones plain, others beyond ASCII and unsafe ones as upper-case escapes."""
    return _ESCAPE.sub(_write_escape, text)


def _write_escape(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) == 1:
        return "".join(f"%{byte:02X}" for byte in text.encode("utf-8"))
    character = chr(int(text[1:], 16))
    return character if _UNRESERVED.fullmatch(character) else text.upper()
