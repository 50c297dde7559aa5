"""Killable worker processes for pages and long feeds: what hangs, explodes or dies costs itself alone, and the pool goes on.

The pool knows nothing of what it runs: flows give it a function of their own that goes from bytes to matches.
"""

import asyncio
import contextlib
import fcntl
import os
import resource
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from news.errors import ReadError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

TIMEOUT = 20.0
"""Seconds that a page may take. The slowest of 840 saved news pages takes less than one."""

MEMORY = 2 * 1024**3
"""Bytes of address space that a worker may hold: ten times what libraries and the largest saved page need."""

_PAGES_EACH = 5_000  # pages after which a worker is replaced, so that what a parser leaks stays bounded
_AHEAD = 4  # items that wait for each worker: enough that none idles, few enough that pages do not pile up in memory

_PIPE = (
    1024**2
)  # bytes between us and the workers: some 30 pages; the usual 64 KiB are two, and a worker would wait for the next

# What a page may do to its worker. Anything else that a function raises is a bug, and is raised here again.
_EXPECTED = (ReadError, TimeoutError, MemoryError, ProcessExpired, BrokenExecutor)


class _Worker(SpawnProcess):
    """A spawned process that leaves our main module alone, which it would import: 0.7 s and 55 MB of Prefect in a flow run."""

    def start(self) -> None:
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main


class _Spawning(SpawnContext):
    Process = _Worker

    def Pipe(self, duplex: bool = True) -> "tuple[Connection, Connection]":  # noqa: N802 (as it is called)
        """A wider pipe, where the system lets us: while batches are stored its other end is served by fits and starts."""
        reader, writer = super().Pipe(duplex)
        if hasattr(fcntl, "F_SETPIPE_SZ") and not duplex:
            with contextlib.suppress(OSError):
                fcntl.fcntl(writer.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
        return reader, writer


class WorkerPool:
    """A pool of worker processes, open until `close` or the end of its `with` block."""

    def __init__(
        self,
        workers: int,
        *,
        initialiser: Callable[..., None] | None = None,
        arguments: tuple[object, ...] = (),
        timeout: float = TIMEOUT,
        memory: int = MEMORY,
    ) -> None:
        self.workers = workers
        self._timeout = timeout
        self._prepare = (memory, initialiser, arguments)
        self._pool = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop all workers at once; what still runs is lost."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def warm_up(self) -> None:
        """Start the workers, which else are started for the first item; it is a second until they have imported all they need."""
        _ = self._pool.active

    async def run(self, function: Callable[[Item], Answer], item: Item) -> Answer | ReadError:
        """Run a function on one item in a worker; an expected failure, or the worker's end, is the answer.

        It must be one of an imported module: a worker knows nothing of `__main__`.
        """
        try:
            return await asyncio.wrap_future(self._submit(function, item))
        except _EXPECTED as error:
            return self._explain(error)

    def run_each(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer | ReadError]:
        """Run a function on many items, in order, few of them ahead of the reader; failures as in `run`."""
        waiting: deque[Future[Answer]] = deque()
        for item in items:
            waiting.append(self._submit(function, item))
            if len(waiting) >= self.workers * _AHEAD:
                answer = self._take(waiting.popleft())
                yield answer
        while waiting:
            answer = self._take(waiting.popleft())
            yield answer

    def _start(self) -> ProcessPool:
        # Forked workers would inherit the locks of our threads; spawned ones import what they need.
        return ProcessPool(
            max_workers=self.workers,
            max_tasks=_PAGES_EACH,
            initializer=_prepare_worker,
            initargs=self._prepare,
            context=_Spawning(),
        )

    def _submit(self, function: Callable[[Item], Answer], item: Item) -> "Future[Answer]":
        if function.__module__ == "__main__":
            raise ValueError(
                f"{function.__qualname__} must stand in an imported module: workers know nothing of `__main__`"
            )
        if not self._pool.active:  # a worker that died between two items leaves the whole pool broken
            self.close()
            self._pool = self._start()
        submitted: Future[Answer] = self._pool.schedule(function, args=(item,), timeout=self._timeout)
        return submitted

    def _take(self, submitted: "Future[Answer]") -> Answer | ReadError:
        try:
            return submitted.result()
        except _EXPECTED as error:
            return self._explain(error)

    def _explain(self, error: Exception) -> ReadError:
        if isinstance(error, ReadError):
            return error
        if isinstance(error, TimeoutError):
            return ReadError(f"it took longer than {self._timeout:g} s to read")
        if isinstance(error, MemoryError):
            return ReadError("it needs more memory than a worker may use")
        return ReadError("the worker that read it died")


def open_pool(
    initialiser: Callable[..., None] | None = None,
    *arguments: object,
    workers: int | None = None,
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
) -> WorkerPool:
    """Start worker processes, one for each core unless told otherwise; each first calls `initialiser(*arguments)`."""
    count = workers or len(os.sched_getaffinity(0))
    return WorkerPool(count, initialiser=initialiser, arguments=arguments, timeout=timeout, memory=memory)


def run_alone(function: Callable[[Item], Answer], item: Item) -> Answer:
    """Run a function on one item in a worker of its own, with its limits; `function` as in `WorkerPool.run`.

    Raises:
        ReadError: what the function raises, or what became of the worker.
    """
    with open_pool(workers=1) as pool:
        [answer] = pool.run_each(function, [item])
    if isinstance(answer, ReadError):
        raise answer
    return answer


def _prepare_worker(memory: int, initialiser: Callable[..., None] | None, arguments: tuple[object, ...]) -> None:
    with contextlib.suppress(ValueError, OSError):  # a system that knows no such limit has the time limit alone
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    if initialiser:
        initialiser(*arguments)
