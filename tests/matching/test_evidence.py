from hypothesis import given
from hypothesis import strategies as st

from matching.evidence import Piece, highlight
from news.topics import Hit, Where


def hit(start: int, end: int, label: str = "L", where: Where = Where.TEXT) -> Hit:
    return Hit(label.lower(), label, where, start, end, "")


def test_cuts_a_text_at_its_hits() -> None:
    pieces = highlight(
        "China and Taiwan", [hit(10, 16, "Taiwan"), hit(0, 5, "China"), hit(0, 3, "T", Where.TITLE)], Where.TEXT
    )
    assert pieces == [Piece("China", ("China",)), Piece(" and ", ()), Piece("Taiwan", ("Taiwan",))]


def test_joins_hits_that_overlap() -> None:
    pieces = highlight("中日韓首脳会談", [hit(0, 2, "China"), hit(0, 2, "Japan"), hit(1, 3, "Korea")], Where.TEXT)
    assert pieces == [Piece("中日韓", ("China", "Japan", "Korea")), Piece("首脳会談", ())]


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 29), st.integers(1, 10)), max_size=6))
def test_the_pieces_are_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    hits = [hit(start, min(len(text), start + length)) for start, length in spans if start < len(text)]
    assert "".join(piece.text for piece in highlight(text, hits, Where.TEXT)) == text
