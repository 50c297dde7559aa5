"""What a document is that is no feed, in words that tell the operator where to look."""

import re

from news.plain_text import read_line

_TITLE = re.compile(r"<title\b[^<>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_PASSWORD_FIELD = re.compile(r"""<input\b[^<>]*type\s*=\s*["']?password""", re.IGNORECASE)
_LOGIN_WORDS = re.compile(r"\b(?:log|sign)[ -]?in\b|登录|登入|登錄|로그인|ログイン|會員登入", re.IGNORECASE)
_MAINTENANCE_WORDS = re.compile(
    r"\bmaintenance\b|temporarily unavailable|be right back|under construction|维护|維護|점검|メンテナンス|工事中",
    re.IGNORECASE,
)
_BOT_WALL_WORDS = re.compile(
    r"just a moment|attention required|checking your browser|verify (?:you are|you're|that you are) (?:a )?human"
    r"|captcha|cf-browser-verification|access denied|请完成安全验证|安全验证|人机验证",
    re.IGNORECASE,
)
_NOT_FOUND_WORDS = re.compile(r"\b404\b|not found|页面不存在|找不到|찾을 수 없|見つかりません", re.IGNORECASE)

_PAGE_START = re.compile(r"(?>(?><\?xml[^<>]*>|<!--.*?-->|\s+)*)<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_PAGE_PART = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)

_LOOKED_AT = 50_000  # characters; a page says what it is near its top


def is_web_page(text: str) -> bool:
    """Whether a document begins as a web page does; such a one holds no feed, however much it speaks of them."""
    return bool(_PAGE_START.match(text))


def explain_non_feed(text: str) -> str:
    """Say in one sentence what this text is, given that it is no feed."""
    text = text[:_LOOKED_AT]
    if not text.strip():
        return "this document is empty, not a feed"
    if "<sitemapindex" in text:
        return 'this is an index of sitemaps, not a feed; declare it with kind = "sitemap"'
    if not _PAGE_PART.search(text):
        return f"this is not a feed; it begins with {' '.join(text.split())[:60]!r}"
    found = _TITLE.search(text)
    title = read_line(found[1]) if found else ""
    named = f"{name_page(text, title)} (title {title!r})" if title else name_page(text, title)
    return f"this is {named}, not a feed"


def name_page(markup: str, title: str) -> str:
    """Name the kind of a web page that stands where something else was expected.

    The title decides; only a password field counts wherever it stands, since any page may mention maintenance.
    """
    kinds = (
        (_BOT_WALL_WORDS, "a page that wants proof of a human reader"),
        (_MAINTENANCE_WORDS, "a maintenance page"),
        (_LOGIN_WORDS, "a login page"),
        (_NOT_FOUND_WORDS, "a page that says 'not found'"),
    )
    for words, kind in kinds:
        if words.search(title):
            return kind
    return "a login page" if _PASSWORD_FIELD.search(markup) else "a web page"
