"""Whether all machines declare the same.

Each round mirrors its own machine's declarations in the database and in Prefect's schedules. Where two machines differ, each
undoes what the other declared: subscriptions and feeds come and go, and every round by itself looks good.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from storage.engine import Store
from storage.rounds import Declared, list_declared

# Long enough that a machine that gets one round in ten has had several, short enough that what was mended is soon well.
_SINCE = timedelta(hours=6)
_LATEST = 24

# One return to earlier declarations is an edit that was taken back, or one that reached a machine a round later.
_RETURNS = 2


def complain_of_declarations(store: Store, now: datetime) -> str:
    """Say that the rounds of the last hours take turns with different declarations, where and what to do; else nothing."""
    seen = list_declared(store, since_at=now - _SINCE, latest=_LATEST)
    if count_returns([one.declared for one in seen]) < _RETURNS:
        return ""
    return (
        f"Rounds take turns with different declarations, each undoing the other's: {_say_places(seen)}. Give every machine "
        "the same seeds (docs/scaling.md)"
    )


def count_returns(declared: Sequence[str]) -> int:
    """Count how often declarations, oldest first, went back to what they had been before they changed."""
    return sum(one != before and one in declared[:number] for number, (before, one) in enumerate(pairwise(declared)))


def _say_places(seen: Sequence[Declared]) -> str:
    """Say what was declared where, the latest of each place: `5d26c2d0 in w1:/var/lib/dateline, ...`."""
    places = {one.place: one.declared for one in seen}
    said: dict[str, list[str]] = {}
    for place, declared in sorted(places.items()):
        said.setdefault(declared, []).append(place)
    return "; ".join(f"{declared[:8]} in {', '.join(each)}" for declared, each in said.items())
