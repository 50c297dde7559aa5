"""What sharing costs: `python -m benchmarks.scale_out [--articles 5000] [--rounds 1,2,3]`.

The same stream of saved pages is read by one round with two reading processes, by two rounds with one each, and by three,
on PostgreSQL and one Prefect server, all on this machine: its cores are busy in each case, so what is lost between the
lines is coordination. The feeds are polled before the clock runs, so that all rounds begin with the same backlog; each
round is a process that has imported what it needs, as a worker's flow run has when it begins. What it then costs to begin
(reading the declarations, starting readers) is counted: some 2 s of CPU a round, which a backlog of 2,000 feels. Each number
of rounds is measured twice, forth and back (1, 2, 3, 3, 2, 1), since a machine is rarely as fast at the end as at the beginning.

Exits 1 where some pages were not read, where sharing falls below 0.9 of the first line's rate, or where an article takes more
than 1/0.9 of its CPU. A machine that does other things at the same time decides nothing: repeat it on one that does not.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from operator import add
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from benchmarks.end_to_end import SavedPress, draw_stream, load_matcher, make_settings
from benchmarks.growth import end
from benchmarks.newsroom import declare, open_newsroom
from benchmarks.postgres import Cluster, open_cluster
from benchmarks.site import free_port, run_prefect
from benchmarks.stopwatch import read_cpu
from flows.rounds import open_round
from flows.settings import read_settings
from flows.steps.watching import poll_batch
from flows.wiring import open_bureau
from flows.worker_end import find_tree
from storage.engine import open_store, reading
from storage.tables import entries

console = Console()
_CORES = 2
_LEAST = 0.9  # of what a single round reads in a second, and with a second of CPU


@dataclass(frozen=True, slots=True)
class Shared:
    """How a backlog was read: by so many rounds, with so many articles each, in so many seconds and CPU seconds.

    `left` counts the pages of the stream that nobody read.
    """

    articles: tuple[int, ...]
    seconds: float
    cpu: float
    left: int = 0

    def __add__(self, other: "Shared") -> "Shared":
        """Both passes of the same rounds together."""
        articles = tuple(map(add, self.articles, other.articles))
        return Shared(articles, self.seconds + other.seconds, self.cpu + other.cpu, self.left + other.left)

    @property
    def rate(self) -> float:
        """Articles a second."""
        return sum(self.articles) / self.seconds

    @property
    def cost(self) -> float:
        """CPU milliseconds an article, newsroom and Prefect's server included."""
        return 1000 * self.cpu / sum(self.articles)


def poll_all(settings: Mapping[str, str]) -> None:
    """Fill the backlog."""

    async def poll() -> None:
        with open_bureau(read_settings({f"DATELINE_{k.upper()}": v for k, v in settings.items()})) as bureau:
            async with open_round(bureau) as round_:
                assert round_
                while await poll_batch(round_):
                    pass

    asyncio.run(poll())


def run_rounds(settings: Mapping[str, str], rounds: int, others: tuple[int, ...]) -> Shared:
    """Let rounds share a backlog; `others` are processes that serve them."""
    context = get_context("spawn")
    barrier, answers = context.Barrier(rounds + 1), context.Queue()
    processes = [context.Process(target=_watch, args=(settings, n, barrier, answers)) for n in range(rounds)]
    for process in processes:
        process.start()
    barrier.wait(300)
    before, began = sum(read_cpu(*find_tree(pid)) for pid in others), time.perf_counter()
    got = [answers.get(timeout=420) for _ in processes]
    seconds = time.perf_counter() - began
    served = sum(read_cpu(*find_tree(pid)) for pid in others) - before
    for process in processes:
        process.join()
    return Shared(tuple(articles for articles, _ in got), seconds, served + sum(cpu for _, cpu in got))


def _watch(settings: Mapping[str, str], number: int, barrier: Barrier, answers: "Queue[tuple[int, float]]") -> None:
    os.environ |= {f"DATELINE_{name.upper()}": value for name, value in settings.items()}
    os.environ["DATELINE_HOME"] += f"-{number}"
    import psycopg  # noqa: F401, PLC0415 (which opening the store imports)

    from flows.watch import watch  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    barrier.wait(300)
    before = _cpu()
    figures = asyncio.run(watch())
    answers.put((figures["articles"], _cpu() - before))


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def postgres_process(cluster: Cluster) -> int:
    """The id of the cluster's first process."""
    return int((cluster.folder / "data/postmaster.pid").read_text(encoding="ascii").splitlines()[0])


def show(found: Mapping[int, Shared]) -> None:
    """Print rates beside those of the first line."""
    first = next(iter(found.values()))
    table = Table("rounds", "articles/s", "of the first", "CPU ms/article", "of the first", "articles of each round")
    for rounds, shared in found.items():
        table.add_row(
            str(rounds),
            f"{shared.rate:.1f}",
            f"{shared.rate / first.rate:.2f}",
            f"{shared.cost:.1f}",
            f"{shared.cost / first.cost:.2f}",
            " ".join(map(str, shared.articles)),
        )
    console.print(table)


def count_left(url: str, pages: int) -> int:
    """How many of so many pages no round has read."""
    store = open_store(url)
    with reading(store) as connection:
        query = sa.select(sa.func.count()).select_from(entries).where(entries.c.state == "stored")
        read = connection.scalar(query) or 0
    store.dispose()
    return pages - read


def judge(found: Mapping[int, Shared]) -> list[str]:
    """Say what was not read, and where sharing costs more than it may, against the first line."""
    problems = [
        f"{shared.left} pages were not read, rounds: {rounds}" for rounds, shared in found.items() if shared.left
    ]
    (_, first), *others = found.items()
    for rounds, shared in others:
        if shared.rate < _LEAST * first.rate:
            problems.append(f"{rounds} rounds read {shared.rate / first.rate:.2f} of the first line's rate")
        if shared.cost * _LEAST > first.cost:
            problems.append(f"{rounds} rounds take {shared.cost / first.cost:.2f} of the first line's CPU")
    return problems


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--rounds", default="1,2,3")
    options = parser.parse_args()
    os.environ["DATELINE_ENV_FILE"] = os.devnull
    stream = draw_stream(load_matcher(), options.articles, 0.05)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-scale-out-")))
        cluster, port = stack.enter_context(open_cluster()), free_port()
        origin_of = stack.enter_context(open_newsroom(SavedPress(stream), port))
        declare(SavedPress(stream), folder / "seeds", origin_of)
        server = stack.enter_context(run_prefect(folder))
        found: dict[int, Shared] = {}
        order = [int(rounds) for rounds in options.rounds.split(",")]
        for turn, rounds in enumerate([*order, *reversed(order)]):
            cluster.make_database(f"turn{turn}")
            url, readers = cluster.url(f"turn{turn}"), max(1, _CORES // rounds)
            settings = make_settings(folder / str(turn), folder / "seeds", port, url, "careful")
            settings["workers"] = str(readers)
            poll_all(settings)
            shared = run_rounds(settings, rounds, (server, origin_of.process, postgres_process(cluster)))
            shared = replace(shared, left=count_left(url, len(stream)))
            console.print(f"{rounds} rounds: {shared.rate:.1f} articles/s, {shared.cost:.1f} ms of CPU each")
            found[rounds] = found[rounds] + shared if rounds in found else shared
        show(found)
    return end(console, judge(found))


if __name__ == "__main__":
    sys.exit(main())
