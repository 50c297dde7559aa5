"""Copies of mails against what may have cut off their senders, and the runs that a kill finds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.site import kill
from benchmarks.striking import Strike, count_unexplained, find_runs, noting


def strike(at: float, senders: int = 1) -> Strike:
    return Strike("worker and its runs", at, at, senders)


@pytest.mark.parametrize(
    ("received", "strikes", "unexplained"),
    [
        ({"a": [100], "b": [200]}, [], 0),
        ({"a": [100, 200]}, [], 1),
        ({"a": [100, 200]}, [strike(101)], 0),
        ({"a": [200, 100]}, [strike(101)], 0),  # as noted by two servers, one after the other
        ({"a": [100, 200]}, [strike(101, senders=0)], 1),  # no run that sends was hit
        ({"a": [100, 200]}, [strike(201)], 1),  # nothing had happened when it came again
        ({"a": [100, 200]}, [strike(20)], 1),  # nor since it came first
        ({"a": [100, 200]}, [strike(99)], 0),  # what was handed over before the strike is accepted after it
        ({"a": [100, 200, 300]}, [strike(101)], 1),
        ({"a": [100, 200], "b": [100, 200]}, [strike(101)], 1),  # a run sends one mail at a time
        ({"a": [100, 200], "b": [100, 200]}, [strike(101, senders=2)], 0),
        ({"a": [100, 300], "b": [100, 200]}, [strike(250), strike(150)], 0),  # each has a strike of its own
        ({"a": [100, 300]}, [Strike("PostgreSQL", 50, 110, 1)], 0),
    ],
)
def test_a_copy_needs_a_sender_cut_off_between_it_and_the_one_before(
    received: dict[str, list[float]], strikes: list[Strike], unexplained: int
) -> None:
    assert count_unexplained(received, strikes) == unexplained


@contextmanager
def running(**told: str) -> Iterator[int]:
    """A process that was told these things, and waits."""
    command = [sys.executable, "-c", "input(print(flush=True) or '')"]
    environment = os.environ | told
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_runs_are_found_by_what_their_processes_were_told() -> None:
    deliver = {"PREFECT__FLOW_RUN_ID": "1", "PREFECT__FLOW_NAME": "deliver"}
    watch = {"PREFECT__FLOW_RUN_ID": "2", "PREFECT__FLOW_NAME": "watch"}
    with running(**deliver) as first, running(**deliver) as second, running(**watch) as third, running() as none:
        found = {run.id: run for run in find_runs([none, first, second, third])}
        assert {run.flow for run in found.values()} == {"deliver", "watch"}
        assert found["1"].processes == (first, second)
        assert found["2"].own_processes == (third,)


def test_a_strike_counts_the_runs_that_send_and_that_it_hit() -> None:
    strikes: list[Strike] = []
    deliver = {"PREFECT__FLOW_RUN_ID": "1", "PREFECT__FLOW_NAME": "deliver"}
    watch = {"PREFECT__FLOW_RUN_ID": "2", "PREFECT__FLOW_NAME": "watch"}
    with running(**deliver) as sender, running(**watch) as other:
        with noting(strikes, "worker alone", lambda: [other]):
            pass
        with noting(strikes, "worker and its runs", lambda: [sender, other]):
            kill(sender)
    assert [(each.what, each.senders) for each in strikes] == [("worker alone", 0), ("worker and its runs", 1)]
    assert strikes[1].began <= strikes[1].ended
