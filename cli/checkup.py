"""What can be wrong with a running Dateline, each finding with its remedy. Facts are asked elsewhere; here they are judged."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cli.findings import Finding, Grade
from cli.surroundings import examine_surroundings
from cli.wording import say_ago
from digests.channels.opening import check_channel, send_test
from fetching.guard import redact_url
from flows.settings import Settings, read_settings
from flows.telling import channel_settings
from flows.wiring import make_home, read_declarations
from news.errors import DeliveryError, FetchFailure, NewsError, StorageError
from news.sources import Feed, FeedState
from seeds.declarations import Declarations
from storage.engine import Store, open_store
from storage.feeds import list_feeds
from storage.health import (
    FeedHealth,
    QuickTexts,
    TroubledDelivery,
    count_quick_texts,
    list_feed_health,
    list_troubled_deliveries,
    read_clock,
)
from storage.rounds import latest_round
from storage.schema import find_version, newest_version
from storage.yields import FeedYield, OutletVolume, list_feed_yields, list_gaps, list_outlet_volumes

_LITTLE_ROOM = 1_000_000_000
"""Bytes free below which it is time to look: a busy month of 140 feeds takes about as much."""
_NO_ROOM = 50_000_000
"""Bytes free below which a backup or the write-ahead log may not fit any more."""
_CLOCK_MAY_DIFFER = timedelta(minutes=1)
_FAILING_IS_WRONG_AFTER = timedelta(days=1)
"""Servers have bad hours; what lasts longer needs somebody."""
_DELIVERIES_SINCE = timedelta(days=7)
_ROUNDS_MISSED = 3

_REMEDIES = {
    FetchFailure.DNS: "its host is not found: look for the outlet's new address with `./dateline feeds discover`",
    FetchFailure.TLS: "its certificate is not valid: tell the publisher, or wait until it is renewed",
    FetchFailure.ROBOTS: "its robots.txt forbids fetching: ask the publisher, or leave the feed out with active = false",
    FetchFailure.BLOCKED: "a wall against robots answers: set DATELINE_CONTACT, ask the publisher, or take another feed",
    FetchFailure.NOT_A_FEED: "something else stands there now: look for the feed with `./dateline feeds discover`",
    FetchFailure.RATE_LIMITED: "it asks for fewer requests: raise DATELINE_HOST_SECONDS; it is polled less until then",
    FetchFailure.REFUSED_ADDRESS: "our guard refuses its address: see DATELINE_ALLOWED_NETWORKS and DATELINE_ALLOWED_PORTS",
    FetchFailure.NO_NETWORK: "this machine reaches no network: check its connection",
    FetchFailure.DEFECT: "report it with the lines of the log that name it; it is polled on, more and more rarely",
    FetchFailure.TOO_LARGE: "it is larger than DATELINE_FETCH_MEGABYTES allows",
}
_EMPTY_REMEDY = "open its address in a browser; look for another feed with `./dateline feeds discover`"
_OTHER_REMEDY = "open its address in a browser; it is polled on, more and more rarely"


def examine(now: datetime, *, tests_channels: bool) -> Iterator[Finding]:
    """Examine everything, from the settings outwards; what cannot be known for an earlier fault is left out."""
    try:
        settings = read_settings()
        make_home(settings.home_path)
        yield Finding("settings", Grade.GOOD, f"every setting is known; the home is {settings.home_path}")
    except NewsError as error:
        yield Finding("settings", Grade.WRONG, str(error))
        return
    yield judge_room(settings.home_path, shutil.disk_usage(settings.home_path).free)
    yield from examine_surroundings(settings, os.environ, now)
    declared: Declarations | None = None
    try:
        declared = read_declarations(settings, keeps_last_good=False).declarations
        yield Finding("declarations", Grade.GOOD, f"{len(declared.feeds)} feeds and {len(declared.topics)} topics")
        yield from _examine_channels(settings, declared, now, tests=tests_channels)
    except NewsError as error:
        yield Finding("declarations", Grade.WRONG, str(error), "a running Dateline goes on with the last good ones")
    yield from _examine_database(settings, declared, now)


def judge_room(home: Path, free: int) -> Finding:
    """Judge the bytes that are free where the home is."""
    grade = Grade.WRONG if free < _NO_ROOM else Grade.NOTICE if free < _LITTLE_ROOM else Grade.GOOD
    remedy = "" if grade is Grade.GOOD else "make room, or move DATELINE_HOME"
    return Finding("disk", grade, f"{free / 1e9:,.1f} GB are free at {home}", remedy)


def _examine_channels(settings: Settings, declared: Declarations, now: datetime, *, tests: bool) -> Iterator[Finding]:
    if not declared.subscriptions:
        yield Finding("subscriptions", Grade.NOTICE, "nobody is told anything", "run `./dateline init`")
    told = {channel for one in declared.subscriptions.values() for channel in one.channels}
    channels = sorted(told | set(settings.warn_channels))
    for channel in channels:
        try:
            if tests:
                send_test(channel, channel_settings(settings), now)
            else:
                check_channel(channel, channel_settings(settings))
        except DeliveryError as error:
            yield Finding(
                f"channel {channel}", Grade.WRONG, str(error), "correct the setting, or run `./dateline init`"
            )
        else:
            done = "took a test message" if tests else "has what it needs; --test-channels sends a test message"
            yield Finding(f"channel {channel}", Grade.GOOD, done)


def _examine_database(settings: Settings, declared: Declarations | None, now: datetime) -> Iterator[Finding]:
    try:
        store = open_store(settings.store_url)
    except StorageError as error:
        yield Finding("database", Grade.WRONG, str(error))
        return
    try:
        found, wanted = find_version(store), newest_version()
        if found != wanted:
            yield _judge_version(found, wanted)
            return
        yield Finding("database", Grade.GOOD, f"version {found} of {store.url.render_as_string(hide_password=True)}")
        yield from _examine_contents(store, settings, declared, now)
    except StorageError as error:
        yield Finding("database", Grade.WRONG, str(error))
    finally:
        store.dispose()


def _judge_version(found: str | None, wanted: str | None) -> Finding:
    if found is None:
        return Finding("database", Grade.NOTICE, "it is empty", "the first `./dateline run` or `serve` fills it")
    return Finding(
        "database", Grade.WRONG, f"it is at version {found}, this Dateline needs {wanted}", "run `make upgrade`"
    )


def _examine_contents(
    store: Store, settings: Settings, declared: Declarations | None, now: datetime
) -> Iterator[Finding]:
    latest = latest_round(store)
    yield judge_clock(now, read_clock(store), latest[0] if latest else None)
    yield judge_round(now, latest and latest[:2], timedelta(minutes=settings.poll_minutes))
    yield judge_texts(count_quick_texts(store))
    yield from judge_feeds(list_feed_health(store), now)
    yield from judge_yields(list_feed_yields(store, now), list_outlet_volumes(store, now), now)
    yield from judge_gaps(list_gaps(store, since_at=now - _GAPS_SINCE), now)
    yield from judge_unverified(declared.feeds.values() if declared else (), list_feeds(store))
    yield from judge_deliveries(list_troubled_deliveries(store, now, since_at=now - _DELIVERIES_SINCE), now)


def judge_clock(now: datetime, server_at: datetime | None, round_at: datetime | None) -> Finding:
    """Compare our clock with the database server's, and with the times that stand in the database already."""
    if server_at and abs(server_at - now) > _CLOCK_MAY_DIFFER:
        apart = int(abs((server_at - now).total_seconds()))
        return Finding("clock", Grade.WRONG, f"ours and the database server's are {apart:,} s apart", "set both by NTP")
    if round_at and round_at - now > _CLOCK_MAY_DIFFER:
        return Finding("clock", Grade.WRONG, f"the latest round began {say_ago(round_at, now)}", "set the clock by NTP")
    return Finding("clock", Grade.GOOD, f"{now:%Y-%m-%d %H:%M} UTC")


def judge_round(now: datetime, latest: tuple[datetime, datetime | None] | None, interval: timedelta) -> Finding:
    """Judge when the latest round began, given the time between rounds."""
    if latest is None:
        return Finding("rounds", Grade.NOTICE, "there has been none yet", "run `./dateline run` or `./dateline serve`")
    began_at, ended_at = latest
    if now - began_at > _ROUNDS_MISSED * interval:
        return Finding(
            "rounds", Grade.NOTICE, f"the latest began {say_ago(began_at, now)}", "is `./dateline serve` running?"
        )
    return Finding(
        "rounds", Grade.GOOD, f"the latest began {say_ago(began_at, now)}{'' if ended_at else ' and is running'}"
    )


def judge_texts(quick: QuickTexts) -> Finding:
    """Judge how many articles have their quick text alone: some are usual after a rush, not that they are left so."""
    if not quick.articles:
        return Finding("texts", Grade.GOOD, "no page waits to be read carefully")
    text = f"{quick.articles:,} articles have only the quick text, which no topic caught"
    if not quick.left:
        return Finding("texts", Grade.GOOD, f"{text}; rounds with time to spare read them carefully")
    remedy = "raise DATELINE_WORKERS; `./dateline topics replay` asks for those that a changed topic may concern"
    return Finding("texts", Grade.NOTICE, f"{text}; {quick.left:,} of them are past their last look", remedy)


def judge_feeds(feeds: Iterable[FeedHealth], now: datetime) -> Iterator[Finding]:
    """Judge every feed: gone, failing, silent or moved; those that fare well are counted."""
    well = 0
    for feed in feeds:
        if finding := _judge_feed(feed, now):
            yield finding
        else:
            well += feed.checked_at is not None
    yield Finding("feeds", Grade.GOOD, f"{well} answer and bring what is usual for them")


def _judge_feed(feed: FeedHealth, now: datetime) -> Finding | None:
    subject = f"feed {feed.feed_id}"
    if feed.gone_at:
        remedy = "look for its new address with `./dateline feeds discover`, or leave it out with active = false"
        return Finding(subject, Grade.WRONG, f"it was ended by its publisher {say_ago(feed.gone_at, now)}", remedy)
    if feed.failing_since:
        grade = Grade.WRONG if now - feed.failing_since > _FAILING_IS_WRONG_AFTER else Grade.NOTICE
        remedy = _REMEDIES.get(FetchFailure(feed.failure), _OTHER_REMEDY) if feed.failure else _OTHER_REMEDY
        return Finding(subject, grade, f"failing since {feed.failing_since:%Y-%m-%d %H:%M} UTC: {feed.reason}", remedy)
    if feed.is_empty:
        return Finding(subject, Grade.NOTICE, "it answers, but has never held an entry", _EMPTY_REMEDY)
    if feed.is_silent(now):
        text = f"it answers, but its newest entry is from {say_ago(feed.newest_at, now)}, which is unusual for it"
        return Finding(subject, Grade.NOTICE, text, "see whether the outlet has a new feed")
    if feed.url != feed.declared_url:
        return Finding(
            subject,
            Grade.NOTICE,
            f"it has moved to {redact_url(feed.url)}",
            "declare it there when you like; it is polled there",
        )
    return None


def judge_yields(yields: Iterable[FeedYield], volumes: Iterable[OutletVolume], now: datetime) -> Iterator[Finding]:
    """Judge what sources bring: language, whole texts, and volume against what is usual for the outlet."""
    for one in yields:
        if fault := one.find_fault():
            yield Finding(
                f"feed {one.feed_id}", Grade.NOTICE, f"{fault}, seen {say_ago(one.since_at, now)}", _YIELD_REMEDY
            )
    usual = number = count = 0.0
    for volume in volumes:
        usual, number, count = usual + volume.usual, number + volume.number, count + 1
        if fault := volume.find_fault():
            yield Finding(f"outlet {volume.outlet_id}", Grade.NOTICE, fault, _VOLUME_REMEDY)
    if count:
        said = f"{number:,.0f} new entries in the last 7 days from {count:.0f} outlets, where {usual:,.0f} a week are usual"
        yield Finding("volume", Grade.GOOD, said)


_YIELD_REMEDY = "correct its declaration, or take another feed of the outlet"
_VOLUME_REMEDY = "see whether the outlet has new feeds: `./dateline feeds discover`"
_GAPS_SINCE = timedelta(days=7)


def judge_gaps(gaps: Mapping[str, tuple[datetime, str]], now: datetime) -> Iterator[Finding]:
    """Judge what good polls remarked: entries that may have been missed, or were held back."""
    for feed_id, (at, reason) in gaps.items():
        remedy = "it is polled more often while it is this busy; a gap after a long stop is past mending"
        yield Finding(f"feed {feed_id}", Grade.NOTICE, f"{say_ago(at, now)}: {reason}", remedy)


def judge_unverified(declared: Iterable[Feed], known: Iterable[tuple[Feed, FeedState]]) -> Iterator[Finding]:
    """Judge how many feeds nobody has seen answer yet: neither who declared them, nor this Dateline."""
    answered = {state.feed_id for _, state in known if state.has_answered}
    waiting = sorted(feed.id for feed in declared if not feed.verified and feed.id not in answered)
    if waiting:
        text = f"{len(waiting)} are declared unverified and have not answered yet, such as {', '.join(waiting[:3])}"
        remedy = "each is verified by its first good poll; `./dateline feeds list` marks those that are not"
        yield Finding("feeds", Grade.NOTICE, text, remedy)


def judge_deliveries(troubled: Iterable[TroubledDelivery], now: datetime) -> Iterator[Finding]:
    """Judge deliveries that failed or wait; one finding says so when there are none."""
    is_well = True
    for one in troubled:
        is_well = False
        said = "was given up" if one.state == "failed" else f"waits after {one.attempts} attempts"
        text = f"digest {one.digest}, composed {say_ago(one.composed_at, now)}, {said}: {one.reason or 'not tried yet'}"
        remedy = (
            f"mend the channel, then `./dateline digest resend {one.digest}`"
            if one.state == "failed"
            else "it is tried again"
        )
        yield Finding(
            f"delivery to {one.channel}", Grade.WRONG if one.state == "failed" else Grade.NOTICE, text, remedy
        )
    if is_well:
        yield Finding("deliveries", Grade.GOOD, "none failed or waits")
