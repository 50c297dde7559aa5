"""Quality and speed of reading pages: `python benchmarks/extraction.py [--quality | --speed] [--pages N]`.

Quality is measured on the saved pages in `../shared/data/pages` with `../shared/tools/score.py`; speed is CPU time on a
sample of them, as ratios to trafilatura's default with metadata in the same run, so that the machine does not matter.
"""

import argparse
import contextlib
import gzip
import importlib.util
import io
import json
import re
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ceilings import find_ceilings  # noqa: E402
from extractors.article import article_record, read_article  # noqa: E402 - the project runs from its checkout
from extractors.workers import open_pool  # noqa: E402
from news.articles import Quality, ReadingHints  # noqa: E402
from news.errors import ReadError  # noqa: E402

SHARED = ROOT.parent / "shared"
PAGES = SHARED / "data" / "pages"
FLOORS = Path(__file__).with_name("extraction_floors.toml")
HINTS = ReadingHints(first_seen_at=datetime(2026, 12, 31, tzinfo=UTC))  # later than every saved page
PASSED = 0.05  # share of a wide stream that the net catches

Row = Mapping[str, Any]


def read_rows(every: int = 1) -> list[Row]:
    """The labelled pages, or every so-manyth of them."""
    with gzip.open(PAGES / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines][::every]


def read_body(row: Row) -> bytes:
    """The bytes of a saved page."""
    return gzip.decompress((PAGES / row["html"]).read_bytes())


def predict(row: Row, quality: Quality = Quality.CAREFUL) -> dict[str, Any]:
    """What we read from a labelled page; only its id where it cannot be read."""
    try:
        article = read_article(read_body(row), url=row["url"] or "", hints=HINTS, quality=quality)
    except ReadError:
        return {"id": row["id"]}
    return article_record(article) | {"id": row["id"]}


def measure_quality(rows: Iterable[Row], predicted: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The scorer's figures by name, with the number of `empty` pages."""
    score = _load_scorer()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        figures: dict[str, float] = score.pages(list(rows), list(predicted))
    empty = re.search(r"empty pages (\d+)", printed.getvalue())
    return figures | {"empty": float(empty[1]) if empty else 0.0}


def _load_scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SHARED / "tools" / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{SHARED / 'tools' / 'score.py'} is not here: it holds the measures")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    return score


def read_floors(table: str) -> dict[str, float]:
    """The floors of one table of the floors file."""
    floors: dict[str, float] = tomllib.loads(FLOORS.read_text(encoding="utf-8"))[table]
    return floors


def is_reached(name: str, figure: float, floor: float) -> bool:
    """Whether a figure keeps its floor; of empty pages, fewer are better."""
    return figure <= floor if name == "empty" else figure >= floor


def show_quality(console: Console) -> bool:
    """Measure the careful reading on all pages; whether every floor is kept."""
    rows = read_rows()
    with open_pool() as pool:
        predicted = [answer for answer in pool.run_each(predict, rows) if not isinstance(answer, ReadError)]
    figures = measure_quality(rows, predicted)
    return show(console, f"Careful reading of {len(rows)} saved pages", figures, read_floors("all"))


def show_ceilings(console: Console) -> bool:
    """Measure what a perfect choice among the titles and dates that pages give would reach."""
    score = _load_scorer()
    figures = find_ceilings(read_rows(), read_body, HINTS, fold=score.fold, near=score.near)
    return show(console, "A perfect choice among what the pages give", figures, {})


def show_speed(console: Console, pages: int) -> bool:
    """Measure speed on some pages; whether every floor is kept."""
    rows = read_rows()
    sample = [(row["url"] or "", read_body(row)) for row in rows[:: max(1, len(rows) // pages)]]
    default = time_cpu(read_with_trafilatura, sample)
    careful = time_cpu(lambda url, body: attempt(url, body, Quality.CAREFUL), sample)
    quick = time_cpu(lambda url, body: attempt(url, body, Quality.QUICK), sample)
    one, two = (time_pool(sample, workers) for workers in (1, 2))
    for name, seconds in (("trafilatura with metadata", default), ("careful", careful), ("quick", quick)):
        console.print(f"{name:26} {len(sample) / seconds:7.1f} pages/s per core")
    ratios = {"careful": default / careful, "wide": default / (quick + PASSED * careful), "two_workers": one / two}
    title = f"Speed on {len(sample)} pages; wide: {PASSED:.0%} pass the net"
    return show(console, title, ratios, read_floors("speed"))


def show(console: Console, title: str, figures: Mapping[str, float], floors: Mapping[str, float]) -> bool:
    """Print figures beside their floors; whether all are kept."""
    table = Table("figure", "value", "floor", "", title=title)
    for name, figure in figures.items():
        floor = floors.get(name)
        verdict = "" if floor is None else "ok" if is_reached(name, figure, floor) else "TOO LOW"
        table.add_row(name, f"{figure:.4f}", "" if floor is None else f"{floor:g}", verdict)
    console.print(table)
    return all(is_reached(name, figures[name], floor) for name, floor in floors.items())


def time_cpu(read: Callable[[str, bytes], object], sample: list[tuple[str, bytes]]) -> float:
    """CPU seconds for the sample, after a few pages that load models and tables."""
    for url, body in sample[:5]:
        read(url, body)
    started = time.process_time()
    for url, body in sample:
        read(url, body)
    return time.process_time() - started


def time_pool(sample: list[tuple[str, bytes]], workers: int) -> float:
    """Seconds on the clock for reading the sample carefully in so many workers that are warm."""
    with open_pool(workers=workers) as pool:
        list(pool.run_each(read_in_worker, sample[: 8 * workers]))
        started = time.perf_counter()
        list(pool.run_each(read_in_worker, sample))
        return time.perf_counter() - started


def read_in_worker(page: tuple[str, bytes]) -> str | None:
    """Read one page carefully; its title."""
    return attempt(*page, Quality.CAREFUL)


def attempt(url: str, body: bytes, quality: Quality) -> str | None:
    """Read a page; its title, or None where it cannot be read."""
    try:
        return read_article(body, url=url, hints=HINTS, quality=quality).title
    except ReadError:
        return None


def read_with_trafilatura(url: str, body: bytes) -> object:
    """What we compare with: trafilatura's default with metadata."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - workers that only read need not load it twice

    return bare_extraction(body, url=url, with_metadata=True)


def main() -> int:
    """Measure what was asked for; 1 where a floor is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quality", action="store_true", help="quality alone")
    parser.add_argument("--ceilings", action="store_true", help="what a perfect choice of title and date would reach")
    parser.add_argument("--speed", action="store_true", help="speed alone")
    parser.add_argument("--pages", type=int, default=170, help="pages in the sample for speed")
    options = parser.parse_args()
    if not PAGES.is_dir():
        raise SystemExit(f"{PAGES} is not here: it holds the saved pages")
    console, everything = Console(), options.quality == options.speed
    if options.ceilings:
        return 0 if show_ceilings(console) else 1
    kept = [show_quality(console)] if options.quality or everything else []
    kept += [show_speed(console, options.pages)] if options.speed or everything else []
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
