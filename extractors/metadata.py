"""What a page says about its article beside the text: address, authors, section, image, and whether it is all there."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ahocorasick_rs import AhoCorasick

from extractors.head import Head
from extractors.page import Page
from extractors.page_tree import join_url
from news.errors import AddressError
from news.landings import stands_in
from news.urls import canonical_url, join_address

_AUTHOR_PREFIX = re.compile(r"^(?:by|von|par|por|di|door|av|från|文|記者|记者|作者)[\s:：/／]+", re.IGNORECASE)
_AUTHOR_SUFFIX = re.compile(r"\s*(?:기자|특파원|記者|记者)$")
_AUTHOR_BREAK = re.compile(r"\s*(?:[;,、/·|]|\s(?:and|und|et|y|och|og)\s|&)\s*")
IMAGE_NAMES = ("og:image", "og:image:url", "twitter:image", "twitter:image:src")
"""Meta values that name the lead image, surest first."""

_NAME_LENGTH = 60  # characters; a longer "author" is a sentence about one

# The last part of a path that names one article: an id that is no day, several words, or a file.
_ARTICLE_NAME = re.compile(r"^(?!(?:19|20)\d{6}$).*\d{5}|-[^-]+-|\.\w+$")
_VARIANT = re.compile(r"amp|print|mobile", re.IGNORECASE)  # what follows the path of an article in another dress

_SHORT = 1_500  # characters of a text below which "not free" means that the rest is missing, not that it is hidden
# What stands where a text breaks off, in lower case; looked for all at once, a third of the time of one after the other.
_CUT_OFF = AhoCorasick(
    [
        *(
            "この記事は有料",
            "この記事は会員",
            "有料会員になると",
            "会員限定記事",
            "有料会員限定",
            "続きは有料",
            "続きは会員",
        ),
        *(
            "유료 기사",
            "유료회원",
            "구독자 전용",
            "로그인 후 전문",
            "구독 후 전문",
            "구독하시면 전문",
            "회원 전용 기사",
        ),
        *("付费阅读全文", "付費閱讀全文", "订阅后阅读全文", "訂閱後閱讀全文", "剩余内容需", "訂閱後可閱讀"),
        *("subscribe to continue reading", "subscribe to keep reading", "this article is for subscribers"),
        *(
            "this article is reserved for subscribers",
            "mit abo weiterlesen",
            "réservé aux abonnés",
        ),
    ]
)

_SIGN_IN = "already a subscriber?"  # stands below a text that breaks off, and in the footer of pages that are free


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
    found = head.first(*IMAGE_NAMES) or next(head.find_all("image"), "")
    return join_url(url, found) if found else None


def is_cut_off(page: Page, text: str) -> bool:
    """Whether the publisher shows only the beginning: it says so, or calls a short text not free."""
    visible = "\n".join(page.lines).lower()
    if _CUT_OFF.find_matches_as_indexes(visible):
        return True
    if len(text) >= _SHORT:
        return False
    free = set(_read_free(page.head))
    is_paid = "false" in free or page.head.first("article:content_tier") == "locked"
    return is_paid or (_SIGN_IN in visible and "true" not in free)


def _read_free(head: Head) -> Iterator[str]:
    """What the linked data calls free, `true` or `false`: each article, or else its parts; also as an address of schema.org."""
    for article in head.articles:
        parts = article.get("hasPart")
        listed = [part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)]
        for each in [article] if "isAccessibleForFree" in article else listed:
            yield str(each.get("isAccessibleForFree")).lower().rpartition("/")[2]


def _split_names(texts: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for text in texts:
        for part in _AUTHOR_BREAK.split(text):
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
    """Whether a canonical link names a folder above the page, or a section: a single word that is not the page's own."""
    upper, lower = ([part for part in urlsplit(one).path.split("/") if part] for one in (own, fetched))
    if not upper:
        return True
    if upper == lower or urlsplit(own).query or _ARTICLE_NAME.search(upper[-1]):
        return False
    if upper == lower[: len(upper)]:
        rest = lower[len(upper) :]
        return len(rest) > 1 or not _VARIANT.fullmatch(rest[0])
    return len(upper) == 1 and upper[0].isalpha() and upper[0] not in lower


def _canonicalise(url: str) -> str | None:
    try:
        return canonical_url(url)
    except AddressError:
        return None
