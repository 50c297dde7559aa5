"""Composing what a subscription has not been told yet, and storing it with its deliveries in one transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digests.compose import compose_digest, told_states
from digests.stored import digest_to_json
from news.digests import BlindSource, Digest, Mode, Subscription
from storage.digests import Composed, Opening, count_volumes, open_digest, preview_opening
from storage.engine import Store
from storage.health import list_blind

_BAR_DAYS = 14
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called in a digest: topics and entities by id."""

    topics: Mapping[str, str]
    entities: Mapping[str, str]


def brief(
    store: Store, subscription: Subscription, names: Names, now: datetime, *, due_at: datetime | None = None
) -> int | None:
    """Compose and store a subscription's next digest; return its number, None when there is nothing to send.

    `due_at` is the scheduled moment that it is for; a moment that was briefed before gives nothing.
    """
    volumes = _count_volumes(store, subscription, now)
    blind = list_blind(store, now)

    def compose(opening: Opening) -> Composed:
        digest = compose_from(opening, subscription, names, volumes, now, blind=blind)
        told = told_states(digest, opening.stories)
        if not digest.stories and not subscription.send_empty:
            return Composed(None, (), told)
        return Composed(digest_to_json(digest), subscription.channels, told)

    return open_digest(store, subscription, compose, now, due_at=due_at)


def alert(store: Store, subscription: Subscription, names: Names, now: datetime, *, limit: int) -> int | None:
    """Compose an alert of at most `limit` stories that the subscription wants to hear at once; None when there are none."""

    def compose(opening: Opening) -> Composed:
        digest = compose_from(opening, subscription, names, {}, now, limit=limit, is_alert=True)
        told = told_states(digest, opening.stories, alerts_only=subscription.mode is Mode.IMMEDIATE)
        if not digest.stories:
            return Composed(None, (), told)
        return Composed(digest_to_json(digest), subscription.channels, told, is_alert=True)

    return open_digest(store, subscription, compose, now)


def preview(
    store: Store, subscription: Subscription, names: Names, now: datetime, *, since_at: datetime | None = None
) -> Digest:
    """Compose the digest that a subscription would get now; one that has not begun would get the last 24 hours.

    With `since_at` it is the one of a reader who begins then, so what was told already is told again.
    """
    opening = preview_opening(store, subscription, now, since_at=since_at)
    volumes, blind = _count_volumes(store, subscription, now), list_blind(store, now)
    return compose_from(opening, subscription, names, volumes, now, blind=blind)


def _count_volumes(store: Store, subscription: Subscription, now: datetime) -> dict[str, list[int]]:
    times = count_volumes(store, subscription.topics, since_at=now - _BAR_DAYS * _DAY)
    return count_days(times, now)


def compose_from(
    opening: Opening,
    subscription: Subscription,
    names: Names,
    volumes: Mapping[str, Sequence[int]],
    now: datetime,
    *,
    blind: Sequence[BlindSource] = (),
    limit: int | None = None,
    is_alert: bool = False,
) -> Digest:
    """Compose the digest that an opening gives, without storing anything."""
    return compose_digest(
        subscription,
        opening.stories,
        topics=names.topics,
        labels=names.entities,
        number=opening.number,
        since_at=opening.since_at,
        now=now,
        first=opening.is_first,
        blind=blind,
        volumes=volumes,
        alert=is_alert,
        limit=limit,
    )


def count_days(times: Mapping[str, Sequence[datetime]], now: datetime) -> dict[str, list[int]]:
    """Count times by days that end at the hour of `now`: for each topic the last 14, the latest last.

    A reader's calendar day would have hardly begun when a morning's digest is composed.
    """
    back = {topic: Counter((now - at) // _DAY for at in found) for topic, found in times.items()}
    return {topic: [counter[days] for days in reversed(range(_BAR_DAYS))] for topic, counter in back.items()}
