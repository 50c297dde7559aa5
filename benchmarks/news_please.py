"""The rate of news-please on saved pages, for `benchmarks.end_to_end --news-please PYTHON`; not to be run by itself.

news-please is no dependency of ours, and heavy: PYTHON is the interpreter of an environment of its own,

    python3 -m venv /tmp/news-please && /tmp/news-please/bin/pip install news-please

Reads paths of compressed pages, one a line, and prints pages a second in two processes that are warm. Images, which it
would fetch over the network while it parses, are left out in its favour.
"""

import gzip
import sys
import time
from contextlib import suppress
from multiprocessing import Pool
from pathlib import Path

PROCESSES = 2


def read(path: str) -> None:
    """Read one page; what it cannot read counts as read."""
    from newsplease import NewsPlease  # type: ignore[import-not-found]  # noqa: PLC0415 (each process loads it once)

    html = gzip.decompress(Path(path).read_bytes()).decode("utf-8", "replace")
    with suppress(Exception):  # it raises whatever its parsers do
        NewsPlease.from_html(html, url="https://example.org/", fetch_images=False)


if __name__ == "__main__":
    paths = sys.stdin.read().splitlines()
    with Pool(PROCESSES) as pool:
        pool.map(read, paths[:4], chunksize=2)
        began = time.perf_counter()
        pool.map(read, paths, chunksize=2)
        print(len(paths) / (time.perf_counter() - began))
