"""Quality and speed of reading pages: `python -m benchmarks.extraction --help`.

Quality is measured on the saved pages in `../shared/data/pages` with `../shared/tools/score.py`; speed is CPU time on a
sample of them, as ratios to trafilatura's default with metadata in the same run, so that the machine does not matter.
"""

import argparse
import contextlib
import importlib.util
import io
import re
import resource
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from itertools import cycle, islice
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.ceilings import find_ceilings
from benchmarks.net import list_lost, make_matcher, measure_net
from benchmarks.saved_pages import HINTS, PAGES, SHARED, Row, read_body, read_rows
from extractors.article import article_record, read_article, read_wide
from extractors.workers import open_pool
from matching.matcher import Matcher
from news.articles import Article
from news.errors import ReadError
from news.topics import Mention

FLOORS = Path(__file__).with_name("extraction_floors.toml")
Reader = Callable[[str, bytes], object]

_WARM = 5  # pages read before time counts
PASSED = 0.05  # share of a wide stream that the net catches


def predict(row: Row) -> dict[str, Any]:
    """What we read from a labelled page; only its id where it cannot be read."""
    try:
        article = read_article(read_body(row), url=row["url"] or "", hints=HINTS)
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
    """Whether a figure keeps its floor, or its ceiling where less is better: what is empty, lost, caught or held."""
    return figure <= floor if name in {"empty", "lost", "growth"} or "caught" in name else figure >= floor


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
    figures = find_ceilings(read_rows(), fold=score.fold, near=score.near)
    return show(console, "A perfect choice among what the pages give", figures, {})


def show_net(console: Console, every: int) -> bool:
    """Measure how much the wide net catches, and that it loses no labelled article on any page."""
    matcher = make_matcher()
    pairs, lost = list_lost(matcher, every=every)
    for article, page in lost:
        console.print(f"lost: {article} on {page}")
    title = f"The wide net, and {pairs:,} labelled articles on pages"
    return show(console, title, {**measure_net(matcher), "lost": float(len(lost))}, read_floors("net"))


def show_speed(console: Console, pages: int) -> bool:
    """Measure speed on some pages; whether every floor is kept."""
    rows = read_rows()
    sample = [(row["url"] or "", read_body(row)) for row in rows[:: max(1, len(rows) // pages)]]
    readers = {
        "trafilatura with metadata": read_with_trafilatura,
        "careful": attempt,
        "wide": WideReader(make_matcher()).read,
    }
    default, careful, wide = time_cpu(readers.values(), sample)
    one, two = (time_pool(sample, workers) for workers in (1, 2))
    for name, seconds in zip(readers, (default, careful, wide), strict=True):
        console.print(f"{name:26} {len(sample) / seconds:7.1f} pages/s per core")
    ratios = {"careful": default / careful, "wide": default / wide, "two_workers": one / two}
    title = f"Speed on {len(sample)} pages; wide: {PASSED:.0%} pass the net"
    return show(console, title, ratios, read_floors("speed"))


class WideReader:
    """Reads as a worker does on a wide stream: the net is cast over every page, and lets one in so many pass."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._pages = 0

    def read(self, url: str, body: bytes) -> str | None:
        """Read a page wide; its title, or None where it cannot be read."""
        try:
            return read_wide(body, url=url, hints=HINTS, sift=self._sift)[0].title
        except ReadError:
            return None

    def _sift(self, article: Article) -> tuple[Mention, ...] | None:
        named = self._matcher.sift(article.title, article.text, article.language)
        self._pages += 1
        return None if self._pages % round(1 / PASSED) == 0 else named or ()


def show_memory(console: Console, pages: int) -> bool:
    """Read many pages in one process, as a worker does; whether it holds no more memory at the end than early on."""
    held, rows = list[int](), read_rows()
    for number, row in enumerate(islice(cycle(rows), pages), start=1):
        attempt(row["url"] or "", read_body(row))
        if number % len(rows) == 0 or number == pages:
            held.append(_read_memory())
            console.print(f"{number:7,} pages: {held[-1] / 1e6:6.1f} MB held")
    growth = held[-1] / held[0]
    return show(console, f"Memory over {pages:,} pages", {"growth": growth}, read_floors("memory"))


def _read_memory() -> int:
    """Bytes of memory that this process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def show(console: Console, title: str, figures: Mapping[str, float], floors: Mapping[str, float]) -> bool:
    """Print figures beside their floors; whether all are kept."""
    table = Table("figure", "value", "floor", "", title=title)
    for name, figure in figures.items():
        floor = floors.get(name)
        verdict = "" if floor is None else "ok" if is_reached(name, figure, floor) else "TOO LOW"
        table.add_row(name, f"{figure:.4f}", "" if floor is None else f"{floor:g}", verdict)
    console.print(table)
    return all(is_reached(name, figures[name], floor) for name, floor in floors.items())


def time_cpu(readers: Iterable[Reader], sample: list[tuple[str, bytes]]) -> list[float]:
    """CPU seconds of each reader for the sample, after a few pages that load models and tables.

    They read each page in turn, so that what else the machine does weighs on all alike.
    """
    readers = list(readers)
    seconds = [0.0] * len(readers)
    for number, (url, body) in enumerate([*sample[:_WARM], *sample]):
        for one, read in enumerate(readers):
            started = time.process_time()
            read(url, body)
            seconds[one] += (time.process_time() - started) * (number >= _WARM)
    return seconds


def time_pool(sample: list[tuple[str, bytes]], workers: int) -> float:
    """Seconds on the clock for reading the sample carefully in so many workers that are warm."""
    with open_pool(workers=workers) as pool:
        # All of it: what a worker loads when first asked for, few pages ask for.
        list(pool.run_each(read_in_worker, sample))
        started = time.perf_counter()
        list(pool.run_each(read_in_worker, sample))
        return time.perf_counter() - started


def read_in_worker(page: tuple[str, bytes]) -> str | None:
    """Read one page carefully; its title."""
    return attempt(*page)


def attempt(url: str, body: bytes) -> str | None:
    """Read a page carefully; its title, or None where it cannot be read."""
    try:
        return read_article(body, url=url, hints=HINTS).title
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
    parser.add_argument("--net", action="store_true", help="the wide net alone")
    parser.add_argument("--every", type=int, default=4, help="set each labelled article into every so-manyth page")
    parser.add_argument("--memory", type=int, metavar="N", help="memory alone, over N pages; 10,000 take some minutes")
    parser.add_argument("--ceilings", action="store_true", help="what a perfect choice of title and date would reach")
    parser.add_argument("--speed", action="store_true", help="speed alone")
    parser.add_argument("--pages", type=int, default=170, help="pages in the sample for speed")
    options = parser.parse_args()
    if not PAGES.is_dir():
        raise SystemExit(f"{PAGES} is not here: it holds the saved pages")
    console, everything = Console(), not (options.quality or options.speed or options.net)
    if options.ceilings:
        return 0 if show_ceilings(console) else 1
    if options.memory:
        return 0 if show_memory(console, options.memory) else 1
    kept = [show_quality(console)] if options.quality or everything else []
    kept += [show_speed(console, options.pages)] if options.speed or everything else []
    kept += [show_net(console, options.every)] if options.net or everything else []
    return 0 if all(kept) else 1


if __name__ == "__main__":
    from benchmarks import extraction  # its functions go to workers, who know nothing of `__main__`

    sys.exit(extraction.main())
