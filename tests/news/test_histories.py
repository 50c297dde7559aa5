from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from news.articles import Quality
from news.histories import Change, Revision, compare_revisions

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def make(text: str, title: str = "Talks", quality: Quality = Quality.CAREFUL) -> Revision:
    return Revision(1, title, text, quality, NOW)


def test_changes_are_told_by_paragraph() -> None:
    old, new = make("They met.\nNothing was said."), make("They met.\nBoth spoke of trade.", title="Talks end")
    expected = (Change(("Talks",), ("Talks end",)), Change(("Nothing was said.",), ("Both spoke of trade.",)))
    assert compare_revisions(old, new) == expected


def test_a_better_reading_or_a_forgotten_text_is_no_change() -> None:
    assert compare_revisions(make("Menu\nThey met.", quality=Quality.QUICK), make("They met.")) == ()
    assert compare_revisions(make(""), make("They met.")) == ()


PARAGRAPHS = st.lists(st.text("abc ", min_size=1), min_size=1, max_size=8).map("\n".join)


@given(PARAGRAPHS, PARAGRAPHS)
def test_what_is_taken_out_stood_there_and_what_is_put_in_stands_there(before: str, after: str) -> None:
    changes = compare_revisions(make(before), make(after))
    assert all(line in before.splitlines() for change in changes for line in change.removed)
    assert all(line in after.splitlines() for change in changes for line in change.added)
    assert bool(changes) == (before.splitlines() != after.splitlines())
