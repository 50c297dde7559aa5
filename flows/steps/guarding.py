"""Whether the watch goes on: what is wrong now, and a warning to the operator when rounds fail while the machine lives.

The dead man's switch outside (`flows.heartbeat`) speaks up when the machine is silent; this check speaks up from inside.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from digests.stored import digest_to_json
from digests.wording import say_date
from news.digests import OPERATOR, Digest
from storage.digests import Composed
from storage.engine import Store, reading
from storage.health import TroubledDelivery, list_troubled_deliveries
from storage.rounds import RoundsSeen, see_rounds
from storage.setbacks import heed_clock
from storage.vigils import Compose, Vigil, find_vigil, keep_vigil

log = logging.getLogger(__name__)

# A machine that was asleep or stopped for this long has not failed; it gets the whole time to do a good round again.
_ASLEEP_AFTER = timedelta(minutes=15)

# Networks have bad hours and servers reboot: an hour without a good round, and at least twelve of them, is no such thing.
_PATIENCE = timedelta(hours=1)
_PATIENT_ROUNDS = 12

# It is over after three good rounds in a row: one that succeeds among failing ones neither ends the warning nor brings
# a second one.
_GOOD_IN_A_ROW = 3

# Mail servers greylist for minutes and restart; a digest that is two hours late, or was given up today, is an outage.
_LATE_AFTER = timedelta(hours=2)
_GIVEN_UP_SINCE = timedelta(days=1)


class Change(StrEnum):
    """What there is to tell the operator."""

    FAILING = "failing"
    WELL_AGAIN = "well-again"


@dataclass(frozen=True, slots=True)
class Lookout:
    """What a process that looks every minute remembers itself, since the database may be what fails.

    Since when it looks without a gap, when it last did, when the database last answered it, and when it has warned of that.
    """

    awake_since: datetime
    looked_at: datetime
    answered_at: datetime
    warned_at: datetime | None = None


def look_again(lookout: Lookout | None, now: datetime) -> Lookout:
    """Note a look; after a gap, as at the start, everything gets its time again."""
    if lookout and now - lookout.looked_at <= _ASLEEP_AFTER:
        return replace(lookout, looked_at=now)
    return Lookout(now, now, now, lookout.warned_at if lookout else None)


def is_blind(lookout: Lookout, now: datetime, *, interval: timedelta) -> bool:
    """Whether the database has not answered for so long that somebody must hear of it, who has not yet."""
    return lookout.warned_at is None and now - lookout.answered_at > be_patient(interval)


def be_patient(interval: timedelta) -> timedelta:
    """Return how long there may be no good round before somebody must look, given the time between rounds."""
    return max(_PATIENCE, _PATIENT_ROUNDS * interval)


def judge_rounds(
    vigil: Vigil, seen: RoundsSeen, now: datetime, *, patience: timedelta, lookout: Lookout | None = None
) -> tuple[Vigil, Change | None]:
    """Decide whether there is something to tell; return what the check must remember."""
    is_new_start = now - vigil.checked_at > _ASLEEP_AFTER
    looked = replace(vigil, checked_at=now, awake_since=now if is_new_start else vigil.awake_since)
    if lookout:  # it was awake while the database could not be told so, and may have warned of that
        awake_since = min(looked.awake_since, lookout.awake_since)
        looked = replace(looked, awake_since=awake_since, warned_at=vigil.warned_at or lookout.warned_at)
    if looked.warned_at:
        is_over = len(seen.complaints) == _GOOD_IN_A_ROW and not any(seen.complaints)
        is_over &= seen.good_at is not None and seen.good_at > looked.warned_at
        return (replace(looked, warned_at=None), Change.WELL_AGAIN) if is_over else (looked, None)
    since = max(looked.awake_since, seen.good_at or looked.awake_since)
    if now - since > patience:
        return replace(looked, warned_at=now), Change.FAILING
    return looked, None


def guard_rounds(
    store: Store,
    channels: Callable[[], Sequence[str]],
    now: datetime,
    *,
    zone: str,
    interval: timedelta,
    lookout: Lookout | None = None,
) -> bool:
    """Look how rounds go; return whether a message to the operator was put into the ledger, to be delivered.

    `channels` is asked only when there is something to tell; `lookout` is for who looks again and again.
    """

    def look(vigil: Vigil, seen: RoundsSeen) -> tuple[Vigil, Compose | None]:
        looked, change = judge_rounds(vigil, seen, now, patience=be_patient(interval), lookout=lookout)
        if change is None:
            return looked, None
        title, text = say_change(change, vigil, seen)
        log.warning("%s. %s", title, text)
        told = tuple(channels())
        if not told:  # as on a machine without the declarations; what nobody was told is not noted as told
            log.warning("Nobody can be told: no subscription is declared here. Set DATELINE_WARN_CHANNELS")
            earlier = vigil.warned_at or (lookout.warned_at if lookout else None)
            return replace(looked, warned_at=earlier), None

        def compose(number: int) -> Composed:
            return Composed(digest_to_json(write_warning(number, title, text, now, zone)), told, {})

        return looked, compose

    return keep_vigil(store, look, now)


def heed_time(store: Store, now: datetime) -> None:
    """Note what time it is; where the clock has been set back since, what was planned meanwhile is made due."""
    if ahead := heed_clock(store, now):
        log.warning("The clock was ahead by %s and has been set back: what was planned meanwhile is due now", ahead)


def complain(store: Store, now: datetime, *, interval: timedelta) -> list[str]:
    """Say what is wrong now: no good round for long, or a digest that nobody gets."""
    of_rounds = complain_of_rounds(store, now, interval=interval)
    return [*filter(None, [of_rounds]), *complain_of_deliveries(store, now)]


def is_all_well(store: Store, now: datetime, *, interval: timedelta) -> bool:
    """Whether nothing is wrong, and the latest round was not the first that failed, of which nobody complains yet."""
    with reading(store) as connection:
        latest = see_rounds(connection, now, latest=1).complaints
    return not any(latest) and not complain(store, now, interval=interval)


def complain_of_rounds(store: Store, now: datetime, *, interval: timedelta) -> str:
    """Say that there has been no good round for long, and what the latest said; nothing where it is not so.

    Where none has ever ended, those that began tell: each may have been killed, or hang. Where none has begun, the check
    of rounds does: it has warned, or has waited for one for long.
    """
    with reading(store) as connection:
        seen, vigil = see_rounds(connection, now), find_vigil(connection)
    is_long = _lasts_long(seen, vigil, now, patience=be_patient(interval))
    return f"{_say_since(seen)} {_say_latest(seen)}" if is_long else ""


def _lasts_long(seen: RoundsSeen, vigil: Vigil | None, now: datetime, *, patience: timedelta) -> bool:
    if since := seen.good_at or (None if seen.complaints else seen.unended_since):
        return now - since > patience
    if seen.complaints or vigil is None:
        return bool(seen.complaints)
    return vigil.warned_at is not None or now - vigil.awake_since > patience


def complain_of_deliveries(store: Store, now: datetime) -> list[str]:
    """Say which digests nobody gets: an outage too, however good the rounds are."""
    return [
        f"Digest {one.digest} did not reach {one.channel}: {one.reason or _say_untold(one)}"
        for one in list_troubled_deliveries(store, now, since_at=now - _GIVEN_UP_SINCE)
        if one.state == "failed" or now - one.composed_at > _LATE_AFTER
    ]


def _say_untold(one: TroubledDelivery) -> str:
    """Say why a delivery waits of which no attempt has told a reason."""
    return "no attempt has come to its end" if one.attempts else "not tried; does the flow `deliver` run?"


def say_change(change: Change, vigil: Vigil, seen: RoundsSeen) -> tuple[str, str]:
    """Say a change as title and text."""
    if change is Change.WELL_AGAIN:
        warned = f" The warning was from {vigil.warned_at:%Y-%m-%d %H:%M} UTC." if vigil.warned_at else ""
        return "Dateline reads the news again", f"Rounds succeed again; what the feeds still held was read.{warned}"
    remedy = "`./dateline doctor` says what is wrong. Feeds are tried on; you are told when rounds succeed again."
    return "Dateline's rounds do not succeed", f"{_say_since(seen)} {_say_latest(seen)} {remedy}"


def say_blindness(lookout: Lookout, reason: str) -> tuple[str, str]:
    """Say that the database has not answered for long, as title and text."""
    since = f"Its database has not answered since {lookout.answered_at:%Y-%m-%d %H:%M} UTC"
    remedy = "`./dateline doctor` says what is wrong. You are told when rounds succeed again."
    return "Dateline cannot reach its database", f"{since}: {reason.removesuffix('.')}. {remedy}"


def _say_since(seen: RoundsSeen) -> str:
    return f"No round has succeeded {f'since {seen.good_at:%Y-%m-%d %H:%M} UTC' if seen.good_at else 'yet'}."


def _say_latest(seen: RoundsSeen) -> str:
    if complaint := next(iter(seen.complaints), "").removesuffix("."):
        return f"The latest said: {complaint}."
    since = " since" if seen.good_at else ""
    if seen.unended_since:
        return f"None has come to its end{since}; are workers killed, or does one hang?"
    return f"None has begun{since}; does `serve` or a worker run?"


def write_warning(number: int, title: str, text: str, now: datetime, zone: str) -> Digest:
    """Write a warning as the digest without stories that it is to the channels."""
    return Digest(
        subscription=OPERATOR,
        title=title,
        number=number,
        composed_at=now,
        zone=zone,
        date=say_date(now, zone),
        opening=text,
    )
