"""How stories are shown: nothing of a line is lost, however narrow the terminal."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from cli.stories import _tabulate
from storage.story_files import StoryLine

AT = datetime(2026, 1, 5, 7, tzinfo=UTC)
TITLE = "中國續停日本水產品 要求高市早苗收回涉台言論 and a good deal more that is said of it"
LINE = StoryLine(12345, TITLE, AT, AT, 678, 90, 11, ("en", "ja", "ko", "zh-Hans", "zh-Hant"), ("taiwan",), None)


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_list_keeps_every_column(width: int) -> None:
    console = Console(width=width, record=True, file=None)
    with console.capture() as shown:
        console.print(_tabulate([LINE], ZoneInfo("UTC")))
    words = "".join(shown.get().split())
    for part in ("12345", "01-0507:00", "678", "90", "11"):
        assert part in words
