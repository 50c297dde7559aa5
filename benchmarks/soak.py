"""A month of rounds in less than an hour: what grows? `python -m benchmarks.soak [--minutes 40] [--every 120]`.

The `watch` flow runs again and again in one process, as a long-lived service would have it, each round two hours after the
one before by a clock of its own; `deliver` runs once a round or an hour of that clock, `prune` once a day. Rounds five
minutes apart (`--every 5`), as in production, take hours, since each costs a second. A newsroom publishes all the month, and
Prefect's server keeps the runs. Its own clock cannot be moved, so its rows are made a day older once a day, and it forgets
what is older than two weeks as it does in production.

Prints memory, open files and the sizes of both databases over the month. What is kept for good (articles, matches) grows
with the news; what is kept for a time must stop growing when that time has passed. Fails where something grows in the last
third beyond its bound, where memory or open files would in a month of rounds five minutes apart, and where the month did not
fit into `--minutes`, or something could not be judged. `serve` itself is measured by `benchmarks.serving`.
"""

import argparse
import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console

from benchmarks.ageing import QUICK_VACUUM, age_prefect
from benchmarks.growth import Pace, end, judge_trends, show_samples
from benchmarks.newsroom import RollingPress, declare, open_newsroom
from benchmarks.site import count_files, free_port, measure_resident, run_prefect
from flows.worker_end import find_tree
from storage.engine import open_store, reading
from storage.tables import articles, entries, refreshes

console = Console(width=None if sys.stdout.isatty() else 140)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_BURST = 4 * 3600.0  # news comes six times a day: workers start for it, and rest in between

_SUBSCRIPTION = """
[subscriptions.ada]
title = "Ada"
topics = ["sino-korean-summitry", "taiwan", "japan-relations"]
channels = ["file"]
cron = "0 7 * * *"
"""


class MovedClock:
    """A clock that stands still until it is moved; the newsroom's process sees the same."""

    def __init__(self, now: float) -> None:
        self._now = get_context("spawn").Value("d", now)

    def __call__(self) -> float:
        """Seconds since 1970."""
        return float(self._now.value)

    def now(self) -> datetime:
        """The same as a time."""
        return datetime.fromtimestamp(self(), UTC)

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._now.value += by.total_seconds()


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands at a moment."""

    day: float
    rounds: int
    ours_mb: float
    ours_files: int
    prefect_mb: float
    prefect_files: int
    database_mb: float
    prefect_database_mb: float
    articles: int
    entries: int
    refreshes: int
    prefect_runs: int


@dataclass(frozen=True, slots=True)
class Bound:
    """How much something may grow in the last third of the month: by a factor, and by a rest that is noise.

    What is kept for `days` can be judged only when those have passed before the last third begins.
    """

    factor: float
    rest: float
    days: float = 0


_BOUNDS = {
    "database_mb": Bound(1.5, 10),  # as the news, and no faster
    "refreshes": Bound(1.2, 100, days=6),  # five days, pruned once a day
    "prefect_runs": Bound(1.2, 100, days=15),  # two weeks
    "prefect_database_mb": Bound(1.2, 30, days=15),
}

# What a machine of 2 GB bears in a month of rounds five minutes apart, and the files that a process may open.
_PACE = Pace("rounds", 30 * (DAY // timedelta(minutes=5)))
_MOST = {"ours_mb": 1_000.0, "ours_files": 500.0, "prefect_mb": 1_000.0, "prefect_files": 500.0}


def judge(samples: Sequence[Sample], days: float) -> list[str]:
    """Say what grew beyond its bound, and what of a month of so many days could not be judged."""
    last = samples[-1]
    begin = next(sample for sample in samples if sample.rounds >= last.rounds * 2 / 3)
    problems = judge_trends(samples, _PACE, _MOST)
    if last.day < days - 1:
        problems.append(f"not judged: the time was up on day {last.day:.0f} of {days:.0f}: give it more --minutes")
    for name, bound in _BOUNDS.items():
        before, after = getattr(begin, name), getattr(last, name)
        if begin.day < bound.days:
            problems.append(
                f"not judged: {name}; the last third begins on day {begin.day:.0f}, before {bound.days:.0f}"
            )
        elif after > before * bound.factor + bound.rest:
            problems.append(f"{name} grew from {before:,.0f} to {after:,.0f} in the last third")
    return problems


def measure(home: Path, server: int, clock: MovedClock, began: float, rounds: int) -> Sample:
    """Look at processes, files and tables."""
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    with reading(store) as connection:
        counts = [
            connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (articles, entries, refreshes)
        ]
    store.dispose()
    prefect = find_tree(server)
    return Sample(
        (clock() - began) / DAY.total_seconds(),
        rounds,
        measure_resident(os.getpid()),
        count_files(os.getpid()),
        sum(map(measure_resident, prefect)),
        sum(map(count_files, prefect)),
        _size(home / "dateline.db"),
        _size(home / "prefect/prefect.db"),
        counts[0],
        counts[1],
        counts[2],
        _count_runs(home),
    )


def _size(path: Path) -> float:
    return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*")) / 1e6


def _count_runs(home: Path) -> int:
    with sqlite3.connect(home / "prefect/prefect.db", timeout=60) as connection:
        return int(connection.execute("SELECT count(*) FROM flow_run").fetchone()[0])


def run_month(
    clock: MovedClock, home: Path, server: int, rounds: int, every: timedelta, minutes: float
) -> list[Sample]:
    """Run rounds until there were enough, or the time is up."""
    from flows import deliver as delivering  # noqa: PLC0415 (Prefect reads its settings when it is imported)
    from flows import prune as pruning  # noqa: PLC0415
    from flows import watch as watching  # noqa: PLC0415
    from flows.wiring import open_bureau  # noqa: PLC0415

    for module in (watching, delivering, pruning):
        module.open_bureau = partial(open_bureau, now=clock.now)  # type: ignore[attr-defined]
    began, until = clock(), time.monotonic() + 60 * minutes
    samples: list[Sample] = []
    for number in range(1, rounds + 1):
        asyncio.run(watching.watch())
        clock.move(every)
        if number % max(1, HOUR // every) == 0:
            delivering.deliver()
        if number % (DAY // every) == 0:
            pruning.prune()
            age_prefect(home)
        if number % max(1, DAY // every // 8) == 0 or number == 10:
            samples.append(measure(home, server, clock, began, number))
            console.print({each.name: round(getattr(samples[-1], each.name), 1) for each in fields(Sample)})
        if time.monotonic() > until:
            break
    return samples


def prepare(home: Path, port: int) -> None:
    """Settings of a small machine whose rules forget within the month."""
    values: dict[str, Any] = {
        "home": home,
        "seeds": home / "shipped",
        "env_file": os.devnull,
        "allowed_networks": "127.0.0.0/8",
        "allowed_ports": port,
        "host_seconds": 0,
        "per_host": 8,
        "workers": 1,
        "keep_unmatched_texts_days": 5,
        "keep_unmatched_articles_days": 10,
        "keep_texts_days": 28,
        "keep_entries_days": 5,
        "keep_refreshes_days": 5,
    }
    os.environ |= {f"DATELINE_{name.upper()}": str(value) for name, value in values.items()}


def main() -> int:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=40, help="stop after so many")
    parser.add_argument("--rounds", type=int, help="stop after so many; default: those of 30 days")
    parser.add_argument("--every", type=float, default=120, help="minutes between rounds by their clock (120)")
    parser.add_argument("--feeds", type=int, default=60)
    parser.add_argument("--articles", type=int, default=6_000, help="that appear within the month")
    options = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-soak-")))
        clock, port = MovedClock(time.time()), free_port()
        every = timedelta(minutes=options.every)
        rounds = options.rounds or 30 * (DAY // every)
        month = (rounds * every).total_seconds()
        press = RollingPress(options.feeds, options.articles, clock(), month, hosts=options.feeds, burst=_BURST)
        origin_of = stack.enter_context(open_newsroom(press, port, clock))
        declare(press, home / "shipped", origin_of, _SUBSCRIPTION)
        prepare(home, port)
        server = stack.enter_context(run_prefect(home, **QUICK_VACUUM))
        samples = run_month(clock, home, server, rounds, every, options.minutes)
    show_samples(console, "A month of rounds", samples)
    return end(console, judge(samples, month / DAY.total_seconds()))


if __name__ == "__main__":
    sys.exit(main())
