"""Warnings to the operator: what the check of a subject remembers, and the message that tells of a change, stored once.

A warning is a digest without stories to a subscription of our own, so it takes the way of every digest: through the
ledger, to any channel, tried again until it is accepted, and never sent twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from news.digests import OPERATOR
from storage.digests import Composed, store_digest
from storage.engine import Store, insert_new, writing
from storage.rounds import RoundsSeen, see_rounds
from storage.tables import subscriptions, vigils

_ROUNDS = "rounds"


@dataclass(frozen=True, slots=True)
class Vigil:
    """What a check remembers: since when it looks without a gap, when it last did, and since when it has warned."""

    awake_since: datetime
    checked_at: datetime
    warned_at: datetime | None = None


Compose = Callable[[int], Composed]
"""Makes the message with the number that it will bear."""


def keep_vigil(store: Store, look: Callable[[Vigil, RoundsSeen], tuple[Vigil, Compose | None]], now: datetime) -> bool:
    """Look at how rounds go, and store what `look` decides; return whether there is a message to deliver.

    Decision and message are one transaction under a lock of the vigil's row: any number of processes may look.
    """
    with writing(store) as connection:
        insert_new(connection, vigils, [{"subject": _ROUNDS, "awake_since": now, "checked_at": now}])
        row = connection.execute(vigils.select().where(vigils.c.subject == _ROUNDS).with_for_update()).one()
        seen = see_rounds(connection, now)
        vigil, compose = look(_to_vigil(row), seen)
        values = {"awake_since": vigil.awake_since, "checked_at": vigil.checked_at, "warned_at": vigil.warned_at}
        connection.execute(vigils.update().where(vigils.c.subject == _ROUNDS).values(values))
        if compose:
            _tell_operator(connection, compose, now)
    return compose is not None


def find_vigil(connection: sa.Connection) -> Vigil | None:
    """Return what the check of rounds remembers; None before its first look."""
    row = connection.execute(vigils.select().where(vigils.c.subject == _ROUNDS)).one_or_none()
    return _to_vigil(row) if row else None


def _to_vigil(row: Any) -> Vigil:  # noqa: ANN401 (a row of vigils)
    return Vigil(row.awake_since, row.checked_at, row.warned_at)


def _tell_operator(connection: sa.Connection, compose: Compose, now: datetime) -> None:
    insert_new(connection, subscriptions, [{"id": OPERATOR, "since_at": now, "is_declared": False}])
    ours = subscriptions.c.id == OPERATOR
    last: int = connection.execute(sa.select(subscriptions.c.last_number).where(ours).with_for_update()).scalar_one()
    store_digest(connection, OPERATOR, last + 1, compose(last + 1), now)
    connection.execute(subscriptions.update().where(ours).values(last_number=last + 1))
