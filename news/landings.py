"""What sites show in place of an article that is gone or locked: their front page, a section, a sign-in, a notice.

They answer 200 there, so the address is all that tells. Taken for articles, all that lead to one such page would be one
article, and a page that was taken down would be one whose text was rewritten.
"""

import re
from urllib.parse import urlsplit

_FRONT = re.compile(r"/?(?:(?:index|main|home|default)(?:\.\w+)?/?)?", re.IGNORECASE)
_WORDS = r"log-?in|sign-?in|sso|auth|consent|captcha|404|403|error|errors|error-?page|not-?found"
_NOTICE = re.compile(rf"/(?:{_WORDS})(?:\.\w+)?(?:/|$)", re.IGNORECASE)
_DOOR = re.compile(r"(?:consent|login|auth|accounts?|sso)\.", re.IGNORECASE)

# The last part of a path that names one article: an id that is no day, several words, or a file.
_ARTICLE_NAME = re.compile(r"^(?!(?:19|20)\d{6}$).*\d{5}|-[^-]+-|\.\w+$")
# What follows the path of an article in another dress.
_VARIANT = re.compile(r"amp|print|mobile|index(?:\.\w+)?", re.IGNORECASE)


def stands_in(asked: str, landed: str) -> str | None:
    """Say what an address stands for that another one has led to, where it stands for no article.

    Both are canonical. What was announced itself as such an address may be an article all the same.
    """
    there, here = urlsplit(landed), urlsplit(asked)
    if landed == asked or (there.netloc, there.path) == (here.netloc, here.path):
        return None
    if _DOOR.match(there.netloc) or (_NOTICE.search(there.path) and not _NOTICE.search(here.path)):
        return "a sign-in or a notice"
    if _FRONT.fullmatch(there.path) and not there.query and not there.fragment:
        return "a front page"
    if not there.query and _is_above(there.path, here.path):
        return "a section"
    return None


def _names_article(path: str) -> bool:
    """Whether the last part of a path is the name of a single article."""
    return bool(_ARTICLE_NAME.search(path.rstrip("/").rpartition("/")[2]))


def _is_above(folder: str, path: str) -> bool:
    """Whether a path is a folder above another one, and not the same article without a suffix."""
    upper, lower = ([part for part in one.split("/") if part] for one in (folder, path))
    rest = lower[len(upper) :]
    if not rest or upper != lower[: len(upper)] or _names_article(folder):
        return False
    return len(rest) > 1 or not _VARIANT.fullmatch(rest[0])
