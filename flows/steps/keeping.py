"""Holding shared work for as long as we live, and putting it down in good order when we are told to stop."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread, current_thread, main_thread

from news.errors import StorageError
from storage.engine import Store
from storage.stories import give_back_lease, take_lease

log = logging.getLogger(__name__)

STOPS = (signal.SIGTERM, signal.SIGINT)
"""What tells a process to stop: a service manager, and Ctrl-C at a terminal, which tells all that runs there."""

LEASE_FOR = timedelta(seconds=90)
"""A claim lasts this long unless it is renewed, so what a killed process held is soon due again.

Long enough for machines whose clocks differ by a minute; what two do at once all the same is stored once.
"""

RENEW_EVERY = LEASE_FOR / 4
"""Three renewals may fail, as when the database restarts, before a lease is lost."""


@contextmanager
def keeping(renew: Callable[[], object], every: timedelta = RENEW_EVERY) -> Iterator[None]:
    """Call `renew` every so often, in a thread, until the block ends; a database out of reach is asked again."""
    is_over = Event()

    def keep() -> None:
        while not is_over.wait(every.total_seconds()):
            try:
                renew()
            except StorageError as error:
                log.warning("What is held here could not be renewed: %s", error)

    thread = Thread(target=keep, name="keeping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        with finishing():  # a renewal under way must not come after what is given back next
            is_over.set()
            thread.join()


@contextmanager
def holding(
    store: Store, name: str, clock: Callable[[], datetime], *, lease_for: timedelta = LEASE_FOR
) -> Iterator[str | None]:
    """Hold a lease while the block runs, and give its holder's name; None where another process holds it.

    A stopped process is told so more than once (systemd tells every process, and Prefect's worker its runs), so neither
    the taking nor the giving back may be interrupted.
    """
    holder = None
    try:
        with finishing():
            holder = take_lease(store, name, clock(), lease_for=lease_for)
        yield holder
    finally:
        if holder is not None:
            with finishing():
                give_back_lease(store, name, holder)


@contextmanager
def finishing() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C take effect after the block, not in it: for what must not stop between two steps.

    Elsewhere than in the main thread nothing is done, since signals interrupt no other.
    """
    if current_thread() is not main_thread():
        yield
        return
    noted: list[int] = []
    before = {told: signal.signal(told, lambda number, _frame: noted.append(number)) for told in STOPS}
    try:
        yield
    finally:
        for told, handler in before.items():
            signal.signal(told, handler)
        if noted:
            signal.raise_signal(noted[0])
