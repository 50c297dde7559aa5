"""When everything fails at once, it is not the sources."""

import pytest

from fetching.failures import looks_offline
from news.errors import FetchFailure


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([FetchFailure.DNS] * 3, True),
        ([FetchFailure.DNS, FetchFailure.CONNECT, FetchFailure.TIMEOUT], True),
        ([FetchFailure.NO_NETWORK], True),
        ([FetchFailure.NO_NETWORK, FetchFailure.DNS], True),
        ([FetchFailure.DNS] * 2, False),
        ([FetchFailure.DNS] * 2 + [FetchFailure.PACED], False),
        ([FetchFailure.DNS] * 3 + [FetchFailure.PACED], True),
        ([FetchFailure.PACED] * 5, False),
        ([FetchFailure.DNS] * 50 + [None], False),
        ([FetchFailure.DNS] * 50 + [FetchFailure.STATUS], False),
        ([FetchFailure.REFUSED_ADDRESS] * 5, False),
        ([], False),
        ([None], False),
    ],
)
def test_offline_is_when_nobody_at_all_was_reached(outcomes: list[FetchFailure | None], expected: bool) -> None:
    assert looks_offline(outcomes) is expected
