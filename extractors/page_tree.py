"""A web page as a tree, for what is found by its structure: the links of a listing, the feeds that a site names."""

from lxml import etree, html

from extractors.encoding import decode_document
from news.errors import ParseError
from news.plain_text import read_line
from news.urls import join_address


def parse_page(body: bytes, *, url: str, content_type: str = "") -> tuple[html.HtmlElement, str]:
    """Parse a page into its tree and the address that its links are relative to (`<base>`, else `url`).

    Raises:
        ParseError: for a document without any markup or text.
    """
    text = decode_document(body, content_type=content_type)
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ParseError("this page is empty") from error
    return page, _find_base(page, url)


def _find_base(page: html.HtmlElement, url: str) -> str:
    declared = next((element.get("href") for element in page.iter("base")), None)
    return join_url(url, declared or "") or url


def join_url(base: str, link: str) -> str | None:
    """Make a link of a page absolute, without its fragment; None for one that leads to no page."""
    joined = (join_address(base, link) or "").partition("#")[0]
    return joined if joined.startswith(("http://", "https://")) else None


def read_text(element: html.HtmlElement) -> str:
    """An element's text on one line, its parts set apart by spaces where the markup does."""
    return read_line(html.tostring(element, encoding="unicode", with_tail=False))


def read_parts(element: html.HtmlElement) -> str:
    """An element's text on one line, with a space wherever a tag stands."""
    return " ".join(" ".join(element.itertext()).split())


def find_title(page: html.HtmlElement) -> str:
    """The page's title, or an empty string."""
    title = next(page.iter("title"), None)
    return read_text(title) if title is not None else ""
