"""The careful text of a page: a cascade of extractors, judged on pages whose text is known."""

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document


def read_body(tree: HtmlElement) -> str:
    """Read the main text of a page, one paragraph a line; empty where there is none. The tree is left as it is."""
    found = bare_extraction(tree, favor_precision=True, include_comments=False, with_metadata=False)
    return (found.text or "").strip() if isinstance(found, Document) else ""
