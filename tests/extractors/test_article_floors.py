"""The quality of careful reading, held against what was promised and measured on every fourth saved page."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {"scrapinghub": 0.968, "fundus+newspaper4k": 0.950, "segments": 0.926, "zh+ja+ko": 0.930, "empty": 0}


@pytest.fixture
def _quiet() -> Iterator[None]:
    """Silence what libraries log about pages that they find nothing on."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def test_no_floor_was_lowered() -> None:
    from benchmarks.extraction import read_floors  # noqa: PLC0415

    floors = read_floors("all")
    assert {name: floors[name] for name in PROMISED if floors[name] < PROMISED[name]} == {}


@pytest.mark.usefixtures("_quiet", "shared_data")
def test_every_fourth_page_keeps_the_floors() -> None:
    from benchmarks.extraction import is_reached, measure_quality, predict, read_floors, read_rows  # noqa: PLC0415

    rows = read_rows(every=4)
    figures = measure_quality(rows, map(predict, rows))
    missed = {
        name: figures[name]
        for name, floor in read_floors("sample").items()
        if not is_reached(name, figures[name], floor)
    }
    assert missed == {}
