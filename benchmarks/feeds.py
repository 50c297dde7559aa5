"""Feeds: how fast they are read against feedparser with its defaults, and what differs, over every feed at hand.

    python -m benchmarks.feeds [rounds]

Bytes in memory to finished entries, decoding included, in CPU seconds of one core; both parsers in every round, so that
the ratio does not depend on what else the machine does. Medians of the rounds (5 by default). Summaries and whole texts
become plain text when asked for, so both are shown: entries as a poll needs them, and with every text read. feedparser
sanitises all markup at once and gives no plain text; it reads no JSON feeds and no sitemaps, so none is timed.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.feed_audit import FEEDS, URL, compare, list_feeds, parse_with_feedparser, read_feed
from extractors.feed import parse_feed
from news.errors import ParseError

SETS = ("real", "replay", "derived_encodings", "conformance")


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    rounds = parser.parse_args().rounds
    if not FEEDS.is_dir():
        sys.exit("the evaluation feeds are not here")
    console = Console()
    console.print(compare_speed(rounds))
    console.print(compare_fields())


def compare_speed(rounds: int) -> Table:
    """Feeds a second of both parsers on the real sets."""
    rates = ("ours, feeds/s", "with texts", "feedparser", "times", "with texts")
    table = Table("set", "feeds", "MB", *rates, title=f"Speed, medians of {rounds}")
    parsers = (parse_ours, read_ours, parse_with_feedparser)
    for name in SETS[:2]:
        bodies = [body for body in map(read_feed, list_feeds(name)) if parse_with_feedparser(body).entries]
        timed = [[time_all(bodies, parse) for parse in parsers] for _ in range(rounds)]
        feeds_per_second = [len(bodies) / median(seconds) for seconds in zip(*timed, strict=True)]
        times = [median(seconds[2] / seconds[mine] for seconds in timed) for mine in (0, 1)]
        size = sum(map(len, bodies)) / 1e6
        figures = (size, *feeds_per_second, *times)
        table.add_row(name, f"{len(bodies)}", *(f"{figure:.1f}" for figure in figures))
    return table


def time_all(bodies: list[bytes], parse: Callable[[bytes], object]) -> float:
    """CPU seconds for parsing every body once."""
    started = time.process_time()
    for body in bodies:
        parse(body)
    return time.process_time() - started


def parse_ours(body: bytes) -> None:
    """Parse with our reading; what is no feed costs its time too."""
    with suppress(ParseError):
        parse_feed(body, url=URL)


def read_ours(body: bytes) -> int:
    """Parse with our reading and turn every summary and whole text into plain text too; returns their length."""
    with suppress(ParseError):
        return sum(len(entry.summary) + len(entry.content) for entry in parse_feed(body, url=URL).entries)
    return 0


def compare_fields() -> Table:
    """Count of the fields that differ from feedparser's, and of those that it has and we have not."""
    table = Table("set", "feeds", "entries", "differing", "lost", "which", title="Fields against feedparser")
    for name in SETS:
        files = list_feeds(name)
        bodies = [read_feed(path) for path in files]
        entries = sum(len(parse_with_feedparser(body).entries) for body in bodies)
        differences = [difference for body in bodies for difference in compare(body)]
        which = Counter(difference.field for difference in differences)
        table.add_row(
            name,
            f"{len(files)}",
            f"{entries}",
            f"{len(differences)}",
            f"{sum(difference.lost for difference in differences)}",
            ", ".join(f"{field} {count}" for field, count in which.most_common()),
        )
    return table


if __name__ == "__main__":
    main()
