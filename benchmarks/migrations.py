"""What migrating a full database costs its readers: `python -m benchmarks.migrations URL`.

URL names a database that `benchmarks.storage` filled; it is taken to the newest version, down to the first and up again,
step by step, while a reader in another process asks for a search, an article, the latest round and a story over and over. Limit:
no reader waits for more than 1 s.
"""

import subprocess
import sys
import time
from collections.abc import Sequence

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from benchmarks.archive import NOW
from news.errors import StorageError
from storage.engine import open_store, reading
from storage.queries import parse_query
from storage.schema import find_version, migrate, versions
from storage.search import search_articles

_QUESTIONS = (
    "SELECT title FROM articles ORDER BY id DESC LIMIT 1",
    "SELECT count(*) FROM (SELECT 1 FROM revisions LIMIT 1000) AS few",
    "SELECT started_at FROM rounds ORDER BY id DESC LIMIT 1",
    "SELECT opened_at FROM stories ORDER BY id DESC LIMIT 1",
    "SELECT count(*) FROM (SELECT 1 FROM tagged_items LIMIT 100) AS few",
)
_READ_ON_SECONDS = 0.5  # behind the change, so that a reader that waits for it is counted


def read_on(url: str) -> None:
    """Ask until standard input ends; print the longest that an answer took, in seconds, and how many there were."""
    import select  # noqa: PLC0415 (only the reading process)

    store = open_store(url)
    query = parse_query("중국", NOW)
    worst, count = 0.0, 0
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for ask in (*_QUESTIONS, None):
            began = time.perf_counter()
            if ask is None:
                search_articles(store, query, NOW)
            else:
                with reading(store) as connection:
                    connection.execute(sa.text(ask)).all()
            worst, count = max(worst, time.perf_counter() - began), count + 1
    print(worst, count, flush=True)


def step(url: str, target: str) -> tuple[float, float, int]:
    """Migrate to a version while a reader asks; return seconds, the reader's longest wait, and its answers."""
    command = [sys.executable, "-m", "benchmarks.migrations", url, "--read"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:  # noqa: S603 (our own words)
        assert reader.stdout
        assert reader.stdin
        reader.stdout.readline()
        store = open_store(url)
        began = time.perf_counter()
        migrate(store, target)
        spent = time.perf_counter() - began
        store.dispose()
        time.sleep(_READ_ON_SECONDS)
        reader.stdin.close()
        worst, count = reader.stdout.readline().split()
    return spent, float(worst), int(count)


def main(arguments: Sequence[str]) -> None:
    """Go to the newest version, down to the first and up again, and print what each step cost."""
    url = arguments[0]
    if "--read" in arguments:
        try:
            read_on(url)
        except StorageError as error:
            print(error)
        return
    store = open_store(url)
    with reading(store) as connection:
        size = connection.scalar(sa.text("SELECT count(*) FROM articles"))
    known = versions()
    here = known.index(str(find_version(store)))
    steps = [*known[here + 1 :], *reversed(known[:-1]), *known[1:]]
    table = Table("to version", "seconds", "longest wait of a reader, s", "answers", title=f"{size:,} articles")
    for target in steps:
        spent, worst, count = step(url, target)
        table.add_row(target, f"{spent:.2f}", f"{worst:.3f}", f"{count:,}")
    Console().print(store.dialect.name, table)


if __name__ == "__main__":
    main(sys.argv[1:])
