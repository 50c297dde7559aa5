"""The quality of careful reading, held against what was promised and measured on every fourth saved page."""

import pytest

from benchmarks.extraction import is_reached, measure_quality, predict, read_floors
from benchmarks.saved_pages import read_rows

PROMISED: dict[str, dict[str, float]] = {
    "all": {
        "scrapinghub": 0.968,
        "fundus+newspaper4k": 0.950,
        "segments": 0.926,
        "zh+ja+ko": 0.930,
        "title": 0.80,  # 0.90 was hoped for; a perfect choice among all that the pages give has 0.897
        "day": 0.945,
        "empty": 0,
    },
    "speed": {"careful": 0.9, "wide": 4.0, "two_workers": 1.85},
    "net": {"lost": 0},
    "memory": {"growth": 1.1},
}


@pytest.mark.parametrize("table", PROMISED)
def test_no_floor_was_lowered(table: str) -> None:
    floors = read_floors(table)
    assert [name for name, promised in PROMISED[table].items() if not is_reached(name, floors[name], promised)] == []


@pytest.mark.usefixtures("shared_data")
def test_every_fourth_page_keeps_the_floors() -> None:
    rows = read_rows(every=4)
    figures = measure_quality(rows, map(predict, rows))
    floors = read_floors("sample")
    assert {name: figures[name] for name in floors if not is_reached(name, figures[name], floors[name])} == {}
