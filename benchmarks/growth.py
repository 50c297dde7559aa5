"""What grows over a long run: samples as a table, a line through the last half of them, and what that line makes of a month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import sqrt
from statistics import linear_regression
from typing import Any

from rich.console import Console
from rich.table import Table

_LINES = 15
_FEWEST = 10
"""Samples without which no line is drawn: fewer say nothing of its error."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How much something grows in a month, and twice the standard error of that."""

    month: float
    error: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What growth is counted by: a field of the samples, and how much of that a month has."""

    field: str
    month: float


def find_trend(steps: Sequence[float], values: Sequence[float], month: float) -> Trend:
    """Draw the line of least squares through values, and draw it out to the steps of a month.

    Raises:
        ValueError: for fewer than three values, or where all belong to one step.
    """
    if len(steps) < 3:
        raise ValueError("a line through fewer than three values has no error")
    slope, rise = linear_regression(steps, values)
    mean = sum(steps) / len(steps)
    rest = sum((value - rise - slope * step) ** 2 for step, value in zip(steps, values, strict=True))
    error = sqrt(rest / (len(steps) - 2) / sum((step - mean) ** 2 for step in steps))
    return Trend(slope * month, 2 * error * month)


def judge_trends(samples: Sequence[Any], pace: Pace, most: Mapping[str, float]) -> list[str]:
    """Say which fields of the samples grow in a month by more than they may, and which were measured too little to tell.

    The first half of the run is left out: what is filled once is filled by then.
    """
    last = getattr(samples[-1], pace.field)
    half = [sample for sample in samples if getattr(sample, pace.field) >= last / 2]
    if len(half) < _FEWEST:
        return [f"not judged: {', '.join(most)}; {len(half)} samples in the last half of the run, {_FEWEST} are needed"]
    steps = [float(getattr(sample, pace.field)) for sample in half]
    problems = []
    for name, limit in most.items():
        trend = find_trend(steps, [float(getattr(sample, name)) for sample in half], pace.month)
        said = (
            f"{trend.month:+,.0f} (give or take {trend.error:,.0f}) in {pace.month:,.0f} {pace.field}, a month of them"
        )
        if trend.month - trend.error > limit:
            problems.append(f"{name} grows: {said}; {limit:,.0f} are bearable")
        elif trend.month + trend.error > limit:
            problems.append(f"not judged: {name}: {said}, which may be beyond {limit:,.0f}: more {pace.field} tell")
    return problems


def show_samples(console: Console, title: str, samples: Sequence[Any]) -> None:
    """Print some fifteen of the samples, the last among them."""
    table = Table(*(each.name.replace("_", " ") for each in fields(samples[0])), title=title)
    for number in sorted({*range(0, len(samples), max(1, len(samples) // _LINES)), len(samples) - 1}):
        table.add_row(*(f"{getattr(samples[number], each.name):,.0f}" for each in fields(samples[0])))
    console.print(table)


def end(console: Console, problems: Iterable[str]) -> int:
    """Print what is wrong; the exit status: 1 where something is."""
    said = list(problems)
    for problem in said:
        console.print(problem, style="red")
    return int(bool(said))
