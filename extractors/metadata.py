"""What a page says about its article beside the text: address, authors, section, image, and whether it is all there."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ahocorasick_rs import AhoCorasick

from extractors.boilerplate import is_paragraph
from extractors.head import Head
from extractors.page import Page
from extractors.page_tree import join_url
from news.errors import AddressError
from news.landings import stands_in
from news.urls import canonical_url, join_address

_AUTHOR_PREFIX = re.compile(
    r"^(?:(?:by|von|par|por|di|door|av|från|文|作者|[责責]任[编編][辑輯]|[责責][编編])[\s:：/／]+"
    r"|[一-龥]{0,10}[記记]者[\s:：/／]*(?=[一-龥]))",  # 新华社记者 李华, and without a space
    re.IGNORECASE,
)
_AUTHOR_SUFFIX = re.compile(r"\s*(?:기자|특파원|記者|记者)$")
_AUTHOR_PLACE = re.compile(r"[\s/／]{1,3}[一-龥]{2,8}(?:[報报][導导道]|[電电])$")  # 記者王小明／台北報導
_AUTHOR_MAIL = re.compile(r"[(（<\[]?[\w.+-]{1,64}@[\w.-]+[)）>\]]?")
_AUTHOR_BREAK = re.compile(r"\s*(?:[;,、/／·|]|\s(?:and|und|et|y|och|og)\s|&)\s*")
IMAGE_NAMES = ("og:image", "og:image:url", "twitter:image", "twitter:image:src")
"""Meta values that name the lead image, surest first."""

_NAME_LENGTH = 60  # characters; a longer "author" is a sentence about one

# What names one article in a query: a number that is no year and no day, or any under a name that is used for it.
_NUMBER = re.compile(r"(?<!\d)(?!(?:19|20)\d\d(?:(?:0\d|1[0-2])[0-3]\d)?(?!\d))\d{4}")
_NUMBERED = re.compile(r"(?:id|idx|no|num|seq)=\d", re.IGNORECASE)
_SLUG = re.compile(r"/(?!\d+[-_]\d+[-_])[^-_/]+[-_][^-_/]+[-_][^-_/]")  # three words of a headline, and no day
_SHORT_LINK = re.compile(r"p=\d+")  # by which WordPress announces what it shows at a name of any length
_LISTINGS = frozenset(
    {"category", "categories", "tag", "tags", "section", "sections", "list", "lists", "topic", "topics"}
)
_ASIDE = re.compile(r"(?:page|day|date|lang|hl|locale|print|output|mode|ref|share)=", re.IGNORECASE)
"""Parameters that show an article in another dress."""

_SHORT = 1_500  # characters of a text below which "not free" means that the rest is missing, not that it is hidden
# What stands where a text breaks off, in lower case; looked for all at once, a third of the time of one after the other.
_CUT_OFF = AhoCorasick(
    [
        *(
            "この記事は有料",
            "この記事は会員",
            "有料会員になると続き",
            "会員限定記事です",
            "有料会員限定です",
            "続きは有料",
            "続きは会員",
        ),
        *(
            "유료 기사입니다",
            "유료회원만",
            "유료회원 전용",
            "구독자 전용",
            "로그인 후 전문",
            "로그인하시면 전문",
            "로그인하시면 기사 전문",
            "구독 후 전문",
            "구독하시면 전문",
            "회원 전용 기사",
        ),
        *("付费阅读全文", "付費閱讀全文", "订阅后阅读全文", "訂閱後閱讀全文", "剩余内容需", "訂閱後可閱讀"),
        *("订阅以继续阅读", "訂閱以繼續閱讀"),
        *("subscribe to continue reading", "subscribe to keep reading", "this article is for subscribers"),
        *("log in to continue reading", "sign in to continue reading", "to continue reading, subscribe"),
        *("to continue reading this article", "subscribe to read the full"),
        *(
            "this article is reserved for subscribers",
            "mit abo weiterlesen",
            "article réservé aux abonnés",
            "article est réservé aux abonnés",
            "la suite est réservée aux abonnés",
        ),
    ]
)
_REST = re.compile(r"残り\s?[\d,]+\s?文字")  # what Japanese papers count of the text that is not shown
_BELOW = 5  # lines from the text's end on in which such words stand; elsewhere on a page they are a menu's or another article's

_SIGN_IN = "already a subscriber?"  # stands below a text that breaks off, and in the footer of pages that are free

_TEASER = 1_000  # characters; summaries in feeds stay below, what is longer is the article as it is
_GOES_ON = re.compile(
    r"(?:…|\.\.\.|\bread more|continue reading|더 ?보기|전문 ?보기|続きを読む|もっと見る|[阅閱][读讀]全文|查看更多)"
    r"\W*$",
    re.IGNORECASE,
)


def find_address(head: Head, url: str) -> str:
    """The page's own canonical link where it stays on the site, else the address it was fetched from, both canonical."""
    own = _canonicalise(join_address(url, head.canonical) or "") if head.canonical else None
    fetched = _canonicalise(url) or url
    return own if own and _is_same_site(own, fetched) else fetched


def find_authors(head: Head) -> tuple[str, ...]:
    """The names of the authors, in the page's order; of the linked data where it names any, else of the meta values."""
    linked = list(_split_names(head.find_all("author")))
    named = linked or _split_names(
        [head.first("author", "article:author", "dc.creator", "byl", "sailthru.author") or ""]
    )
    return tuple(dict.fromkeys(named))


def find_section(head: Head) -> str | None:
    """The section of the paper, as it calls it."""
    return next(head.find_all("articleSection"), None) or head.first("article:section", "section", "articlesection")


def find_image(head: Head, url: str) -> str | None:
    """The address of the lead image."""
    found = head.first(*IMAGE_NAMES) or next(head.find_all("image", told_by=("contentUrl", "url")), "")
    return join_url(url, found.replace(" ", "%20")) if found else None


def is_cut_off(page: Page, text: str) -> bool:
    """Whether the publisher shows only the beginning: it says so below a paragraph, or calls a short text not free.

    A text that the linked data calls free is whole. `metered` is no sign: saved pages that say so have long texts all the same.
    """
    free = set(_read_free(page.head))
    if free == {"true"}:
        return False
    visible = "\n".join(page.lines).lower()
    if _breaks_off(visible) and _breaks_off_below(page.lines, text):
        return True
    if len(text) >= _SHORT:
        return False
    return "false" in free or page.head.first("article:content_tier") == "locked" or _SIGN_IN in visible


def _breaks_off(visible: str) -> bool:
    return bool(_CUT_OFF.find_matches_as_indexes(visible) or _REST.search(visible))


def _breaks_off_below(lines: Sequence[str], text: str) -> bool:
    """Whether the words stand at the end of the text, or shortly below any paragraph: a quick text ends where the page does."""
    end = text.rpartition("\n")[2]
    told = (number for number, line in enumerate(lines) if _breaks_off(line.lower()))
    above = (line for number in told for line in lines[max(0, number - _BELOW) : number + 1])
    return any(line == end or is_paragraph(line) for line in above)


def is_teaser(text: str) -> bool:
    """Whether what a feed gives as an article's text is its beginning or a summary: short, or it says that it goes on."""
    return len(text) < _TEASER or bool(_GOES_ON.search(text))


def _read_free(head: Head) -> Iterator[str]:
    """What the linked data calls free, `true` or `false`: each article, or else its parts; also as an address of schema.org."""
    for article in head.articles:
        parts = article.get("hasPart")
        listed = [part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)]
        for each in [article] if "isAccessibleForFree" in article else listed:
            yield str(each.get("isAccessibleForFree")).lower().rpartition("/")[2]


def _split_names(texts: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for text in texts:
        bare = _AUTHOR_PLACE.sub("", _AUTHOR_MAIL.sub("", text).strip())
        for part in _AUTHOR_BREAK.split(_AUTHOR_PREFIX.sub("", bare)):
            name = _AUTHOR_SUFFIX.sub("", _AUTHOR_PREFIX.sub("", part.strip()))
            if name and len(name) <= _NAME_LENGTH and "//" not in text and "@" not in name:
                yield name


def _is_same_site(own: str, fetched: str) -> bool:
    """A canonical link counts for another page of the same site only: not for a stranger's, nor for a place of many articles.

    Some pages name the front page or their section: all articles of it would be one, and be read again as that page.
    """
    mine, theirs = (urlsplit(one).netloc.removeprefix("www.") for one in (own, fetched))
    is_related = mine == theirs or mine.endswith(f".{theirs}") or theirs.endswith(f".{mine}")
    return is_related and not stands_in(fetched, own) and not _is_listing(own, fetched)


def _is_listing(own: str, fetched: str) -> bool:
    """Whether a canonical link names a place of many articles: it loses what names the page's own and gains no such name.

    A single word that is not the page's own, and what stands under `category` and the like, is a section in any case.
    """
    upper, lower = ([part for part in urlsplit(one).path.split("/") if part] for one in (own, fetched))
    if not upper:
        return True
    if upper == lower:
        return _drops_name(own, fetched)
    if _names_one(own):
        return False
    if upper[0] in _LISTINGS - set(lower):
        return True
    if not lower and _SHORT_LINK.fullmatch(urlsplit(fetched).query):
        return False
    return _names_one(fetched) or (len(upper) == 1 and upper[0].isalpha() and upper[0] not in lower)


def _drops_name(own: str, fetched: str) -> bool:
    """Whether a canonical link to the same path leaves out the parameter that tells its articles apart."""
    if _names_one(own):
        return False
    asked = urlsplit(fetched).query
    is_bare = not urlsplit(own).query and any(not _ASIDE.match(part) for part in asked.split("&") if part)
    return is_bare or _is_numbered(asked)


def _names_one(url: str) -> bool:
    """Whether an address names a single article: by a number, or by words of its headline outside a list's folder."""
    path, query = urlsplit(url).path, urlsplit(url).query
    is_headed = bool(_SLUG.search(path)) and path.split("/")[1] not in _LISTINGS
    return bool(_NUMBER.search(path)) or is_headed or _is_numbered(query)


def _is_numbered(query: str) -> bool:
    return bool(_NUMBER.search(query) or _NUMBERED.search(query))


def _canonicalise(url: str) -> str | None:
    try:
        return canonical_url(url)
    except AddressError:
        return None
