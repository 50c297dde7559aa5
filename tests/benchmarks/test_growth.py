"""What soak, serving and sharing are judged by: growth that goes on does not pass, nor what was not measured."""

import io
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from benchmarks import scale_out, serving, soak
from benchmarks.growth import end, find_trend

STEADY = soak.Sample(0, 0, 250, 19, 260, 25, 20, 36, 1000, 1000, 1800, 350)


def soak_month(
    grow: Callable[[soak.Sample], soak.Sample] = lambda sample: sample, *, days: float = 30
) -> list[soak.Sample]:
    """A sample for each round of two hours."""
    rounds = range(1, int(days * 12) + 1)
    return [grow(replace(STEADY, day=number / 12, rounds=number)) for number in rounds]


def serve_runs(
    grow: Callable[[serving.Sample], serving.Sample] = lambda sample: sample, *, runs: int = 1000
) -> list[serving.Sample]:
    """A sample for each five runs."""
    return [grow(serving.Sample(number, 200, 40, 300, 60)) for number in range(0, runs + 1, 5)]


def test_a_line_is_drawn_out_to_a_month_with_its_error() -> None:
    exact = find_trend([0, 1, 2, 3], [5, 7, 9, 11], 100)
    assert (exact.month, exact.error) == pytest.approx((200, 0))
    noisy = find_trend([0, 1, 2, 3], [0, 1, 0, 1], 10)
    # slope 0.2, residuals of 0.8 in all, over 2 degrees of freedom and a spread of 5
    assert (noisy.month, noisy.error) == pytest.approx((2, 2 * (0.8 / 2 / 5) ** 0.5 * 10))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0]])
def test_no_line_has_an_error_through_fewer_than_three(values: list[float]) -> None:
    with pytest.raises(ValueError, match="fewer than three"):
        find_trend(values, values, 1)


def test_a_steady_month_and_a_steady_service_pass() -> None:
    assert soak.judge(soak_month(), 30) == []
    assert serving.judge(serve_runs()) == []


@pytest.mark.parametrize(
    ("name", "grow"),
    [
        ("ours_mb", lambda sample: replace(sample, ours_mb=250 + 0.13 * sample.rounds)),
        ("prefect_files", lambda sample: replace(sample, prefect_files=25 + sample.rounds // 10)),
        ("refreshes", lambda sample: replace(sample, refreshes=int(360 * sample.day))),
        ("prefect_runs", lambda sample: replace(sample, prefect_runs=int(60 * sample.day))),
        ("prefect_database_mb", lambda sample: replace(sample, prefect_database_mb=10 * sample.day)),
    ],
)
def test_what_grows_in_the_month_is_named(name: str, grow: Callable[[soak.Sample], soak.Sample]) -> None:
    [problem] = soak.judge(soak_month(grow), 30)
    assert problem.startswith(f"{name} gr")


def test_what_is_filled_in_the_first_half_does_not_grow() -> None:
    assert serving.judge(serve_runs(lambda sample: replace(sample, prefect_mb=300 + min(sample.runs, 400) / 10))) == []


def test_a_month_that_did_not_fit_does_not_pass() -> None:
    problems = soak.judge(soak_month(days=5), 30)
    assert all(problem.startswith("not judged: ") for problem in problems)
    unseen = " ".join(problems)
    assert "day 5 of 30" in unseen
    assert all(name in unseen for name in ("refreshes", "prefect_runs", "prefect_database_mb"))


@pytest.mark.parametrize(
    ("name", "grow"),
    [
        ("serve_mb", lambda sample: replace(sample, serve_mb=200 + 0.02 * sample.runs)),
        ("prefect_mb", lambda sample: replace(sample, prefect_mb=300 + 0.04 * sample.runs)),
        ("serve_files", lambda sample: replace(sample, serve_files=40 + sample.runs // 25)),
    ],
)
def test_a_leak_with_each_run_is_seen(name: str, grow: Callable[[serving.Sample], serving.Sample]) -> None:
    [problem] = serving.judge(serve_runs(grow))
    assert problem.startswith(f"{name} grows: ")


def test_connections_that_come_and_go_are_no_leak() -> None:
    chance = random.Random(7)  # noqa: S311 (no secret)
    samples = serve_runs(lambda sample: replace(sample, prefect_files=60 + chance.randint(0, 30)))
    assert serving.judge(samples) == []


def test_too_few_runs_tell_nothing() -> None:
    [problem] = serving.judge(serve_runs(runs=60))
    assert problem.startswith("not judged: serve_mb, ")
    [problem] = serving.judge(serve_runs(lambda sample: replace(sample, serve_files=sample.runs % 3 * 30), runs=150))
    assert problem.startswith("not judged: serve_files: ")


def test_problems_end_a_benchmark_with_1() -> None:
    said = io.StringIO()
    assert end(Console(file=said), []) == 0
    assert end(Console(file=said), ["it grows"]) == 1
    assert said.getvalue() == "it grows\n"


def test_two_passes_of_the_same_rounds_count_together() -> None:
    both = scale_out.Shared((600, 400), 20, 40, left=1) + scale_out.Shared((500, 500), 30, 50)
    assert both == scale_out.Shared((1100, 900), 50, 90, left=1)
    assert (both.rate, both.cost) == (40, 45)


def test_sharing_is_judged_against_a_single_round() -> None:
    first = scale_out.Shared((1000,), 20, 40)
    assert scale_out.judge({1: first}) == []
    assert scale_out.judge({1: first, 2: scale_out.Shared((500, 500), 22, 44)}) == []
    assert scale_out.judge({1: first, 2: scale_out.Shared((500, 500), 25, 40)}) == [
        "2 rounds read 0.80 of the first line's rate"
    ]
    assert scale_out.judge({1: first, 3: scale_out.Shared((500, 500), 20, 48)}) == [
        "3 rounds take 1.20 of the first line's CPU"
    ]
    assert scale_out.judge({1: replace(first, left=3)}) == ["3 pages were not read, rounds: 1"]
