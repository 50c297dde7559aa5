"""The quick text of a page, some ten times faster than the careful one: for a wide stream under back-pressure."""

from resiliparse.extract.html2text import extract_plain_text


def read_quick_body(markup: str) -> str:
    """Read the text of a page, one paragraph a line, with more of what surrounds it than the careful reading leaves."""
    text = extract_plain_text(
        markup, main_content=True, alt_texts=False, links=False, comments=False, list_bullets=False
    )
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
