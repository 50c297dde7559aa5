"""Progress on long work: the latest log line beside a spinner on a terminal, nothing when piped."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.status import Status

from cli.app import err

Item = TypeVar("Item")


class _Ticker(logging.Handler):
    """Shows each log line in place of the one before."""

    def __init__(self, status: Status, title: str) -> None:
        super().__init__(logging.INFO)
        self._status = status
        self._title = title

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.INFO:
            self._status.update(f"{self._title}: {record.getMessage()}")


@contextmanager
def following(title: str) -> Iterator[None]:
    """Show what the steps log, for as long as the block lasts."""
    logger = logging.getLogger("flows")
    if not err.is_terminal:
        yield
        return
    with err.status(title) as status:
        ticker = _Ticker(status, title)
        level = logger.level
        logger.addHandler(ticker)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.removeHandler(ticker)
            logger.setLevel(level)


@contextmanager
def told(what: str) -> Iterator[Callable[[int], None]]:
    """Yield what is told how many are done so far, and shows it on a terminal."""
    if not err.is_terminal:
        yield lambda _: None
        return
    with err.status(what) as status:
        yield lambda number: status.update(f"{number:,} {what}")


def counting(items: Iterable[Item], what: str) -> Iterator[Item]:
    """Pass items on, with a running count of them on a terminal."""
    with told(what) as tell:
        for number, item in enumerate(items, start=1):
            tell(number)
            yield item
