"""How much CPU the stages of a round take: wraps what a round calls, and adds up the CPU time of the threads it runs in."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Stopwatch:
    """CPU seconds by stage, while the block lasts. `stages`: a module or class, a function of it, the name of its stage."""

    stages: tuple[tuple[ModuleType | type, str, str], ...]
    cpu: dict[str, float] = field(default_factory=dict)
    _before: list[tuple[ModuleType | type, str, Callable[..., Any]]] = field(default_factory=list)

    @classmethod
    def over_a_round(cls) -> "Stopwatch":
        """The blocking stages of a round, each of which runs in a thread of its own."""
        from flows.steps import watching  # noqa: PLC0415 (imported when measured)
        from storage import budget, recording  # noqa: PLC0415

        return cls(
            (
                (watching, "record_polls", "storing polls and entries"),
                (watching, "claim_due_feeds", "claiming"),
                (watching, "claim_unread_entries", "claiming"),
                (watching, "claim_due_rereads", "claiming"),
                (watching, "count_unread_entries", "claiming"),
                (watching, "settle_known_entries", "claiming"),
                (recording, "index_articles", "indexing for search"),
                (watching, "record_articles", "storing articles"),
                (watching, "group_articles", "grouping"),
                (budget.SharedBudget, "grant_now", "the hosts' budget"),
            )
        )

    def __enter__(self) -> Self:
        for module, name, stage in self.stages:
            function = getattr(module, name)
            self._before.append((module, name, function))
            setattr(module, name, self._time(function, stage))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        for module, name, function in self._before:
            setattr(module, name, function)
        # What is indexed is indexed while articles are stored.
        self.cpu["storing articles"] = self.cpu.get("storing articles", 0) - self.cpu.get("indexing for search", 0)

    def _time(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        self.cpu.setdefault(stage, 0.0)

        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (whatever it is)
            began = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                self.cpu[stage] += time.thread_time() - began

        return timed


def read_cpu(*pids: int) -> float:
    """CPU seconds that processes have taken so far, with those of their children that are gone."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += sum(map(int, numbers[11:15]))
    return ticks / _TICKS
