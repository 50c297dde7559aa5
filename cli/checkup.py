"""What can be wrong with a running Dateline, each finding with its remedy. Facts are asked elsewhere; here they are judged."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from cli.findings import Finding, Grade
from cli.source_findings import judge_defects, judge_feeds, judge_remarks, judge_unverified, judge_yields
from cli.surroundings import examine_surroundings
from cli.wording import say_ago
from digests.channels.opening import check_channel, send_test
from flows.settings import Settings, read_settings
from flows.steps.agreeing import complain_of_declarations
from flows.steps.guarding import complain_of_rounds
from flows.telling import channel_settings
from flows.wiring import make_home, read_declarations
from news.errors import DeliveryError, NewsError, StorageError
from seeds.declarations import Declarations
from storage.clocks import AHEAD
from storage.engine import Store, name_place, open_store
from storage.feeds import list_feeds
from storage.health import (
    QuickTexts,
    TroubledDelivery,
    count_quick_texts,
    list_feed_health,
    list_troubled_deliveries,
    read_clock,
)
from storage.indexes import REMEDY, find_unindexed
from storage.remarks import list_defects, list_remarks
from storage.rounds import latest_round
from storage.schema import find_version, newest_version
from storage.setbacks import find_latest_noted
from storage.yields import list_feed_yields, list_outlet_volumes

_LITTLE_ROOM = 1_000_000_000
"""Bytes free below which it is time to look: a busy month of 140 feeds takes about as much."""
_NO_ROOM = 50_000_000
"""Bytes free below which a backup or the write-ahead log may not fit any more."""
_CLOCK_MAY_DIFFER = timedelta(minutes=1)
_DELIVERIES_SINCE = timedelta(days=7)
_REMARKS_SINCE = timedelta(days=7)
_ROUNDS_MISSED = 3


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


def judge_room(folder: Path, free: int) -> Finding:
    """Judge the bytes that are free where the home or the database is."""
    grade = Grade.WRONG if free < _NO_ROOM else Grade.NOTICE if free < _LITTLE_ROOM else Grade.GOOD
    remedy = "" if grade is Grade.GOOD else "make room, or move DATELINE_HOME or the database"
    return Finding("disk", grade, f"{free / 1e9:,.1f} GB are free at {folder}", remedy)


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
        yield from _examine_room(store, settings.home_path)
        found, wanted = find_version(store), newest_version()
        if found != wanted:
            yield _judge_version(found, wanted)
            return
        yield Finding("database", Grade.GOOD, f"version {found} of {name_place(store)}")
        yield from _examine_contents(store, settings, declared, now)
    except StorageError as error:
        yield Finding("database", Grade.WRONG, str(error))
    finally:
        store.dispose()


def _examine_room(store: Store, home: Path) -> Iterator[Finding]:
    """Look at the disk of an SQLite file that stands elsewhere than in the home, whose disk is looked at anyhow."""
    folder = Path(store.url.database or "").resolve().parent
    if store.dialect.name == "sqlite" and folder.is_dir() and not folder.is_relative_to(home.resolve()):
        yield replace(judge_room(folder, shutil.disk_usage(folder).free), subject="disk of the database")


def _judge_version(found: str | None, wanted: str | None) -> Finding:
    if found is None:
        remedy = (
            "the first `./dateline run` or `serve` fills it; if they run already, give the doctor their DATELINE_ENV_FILE "
            "and DATELINE_HOME"
        )
        return Finding("database", Grade.NOTICE, "it is empty", remedy)
    return Finding(
        "database", Grade.WRONG, f"it is at version {found}, this Dateline needs {wanted}", "run `make upgrade`"
    )


def _examine_contents(
    store: Store, settings: Settings, declared: Declarations | None, now: datetime
) -> Iterator[Finding]:
    latest = latest_round(store)
    yield judge_clock(now, read_clock(store), latest[0] if latest else None, find_latest_noted(store))
    interval = timedelta(minutes=settings.poll_minutes)
    yield judge_round(now, latest and latest[:2], interval, complain_of_rounds(store, now, interval=interval))
    yield judge_agreement(complain_of_declarations(store, now))
    yield judge_texts(count_quick_texts(store))
    yield judge_index(find_unindexed(store))
    yield from judge_feeds(list_feed_health(store), now)
    yield from judge_yields(list_feed_yields(store, now), list_outlet_volumes(store, now), now)
    yield from judge_remarks(list_remarks(store, since_at=now - _REMARKS_SINCE), now)
    yield from judge_defects(list_defects(store), now)
    yield from judge_unverified(declared.feeds.values() if declared else (), list_feeds(store))
    yield from judge_deliveries(list_troubled_deliveries(store, now, since_at=now - _DELIVERIES_SINCE), now)


def judge_clock(
    now: datetime, server_at: datetime | None, round_at: datetime | None, noted_at: datetime | None = None
) -> Finding:
    """Compare our clock with the database server's, and with the times that stand in the database already.

    What is noted ahead, without its being the latest round, is the past of a clock that was set back, or another machine's.
    """
    if server_at and abs(server_at - now) > _CLOCK_MAY_DIFFER:
        apart = int(abs((server_at - now).total_seconds()))
        return Finding("clock", Grade.WRONG, f"ours and the database server's are {apart:,} s apart", "set both by NTP")
    if round_at and round_at - now > _CLOCK_MAY_DIFFER:
        return Finding("clock", Grade.WRONG, f"the latest round began {say_ago(round_at, now)}", "set the clock by NTP")
    if noted_at and noted_at - now > AHEAD:
        text = f"the latest time noted lies ahead ({say_ago(noted_at, now)}): a clock was wrong, or is"
        return Finding("clock", Grade.NOTICE, text, "see that every machine has NTP; what was planned so is set right")
    return Finding("clock", Grade.GOOD, f"{now:%Y-%m-%d %H:%M} UTC")


def judge_round(
    now: datetime, latest: tuple[datetime, datetime | None] | None, interval: timedelta, complaint: str = ""
) -> Finding:
    """Judge when the latest round began, given the time between rounds, and what the check of rounds complains of."""
    if latest is None:
        said = (Grade.WRONG, complaint) if complaint else (Grade.NOTICE, "there has been none yet")
        return Finding("rounds", *said, "run `./dateline run` or `./dateline serve`, or see whether workers run")
    began_at, ended_at = latest
    if now - began_at > _ROUNDS_MISSED * interval:
        return Finding(
            "rounds", Grade.NOTICE, f"the latest began {say_ago(began_at, now)}", "is `./dateline serve` running?"
        )
    if complaint:
        remedy = "mend what the other findings name; the logs of the runs in Prefect's UI tell more"
        return Finding("rounds", Grade.WRONG, complaint, remedy)
    return Finding(
        "rounds", Grade.GOOD, f"the latest began {say_ago(began_at, now)}{'' if ended_at else ' and is running'}"
    )


def judge_agreement(complaint: str) -> Finding:
    """Judge whether all machines that run rounds declare the same."""
    if complaint:
        return Finding(
            "declarations of rounds", Grade.WRONG, complaint, "the same files in each home, or DATELINE_SEEDS"
        )
    return Finding("declarations of rounds", Grade.GOOD, "the latest rounds agree on them")


def judge_texts(quick: QuickTexts) -> Finding:
    """Judge how many articles have their quick text alone: some are usual after a rush, not that they are left so."""
    if not quick.articles:
        return Finding("texts", Grade.GOOD, "no page waits to be read carefully")
    text = f"{quick.articles:,} articles have only the quick text, which no topic caught"
    if not quick.left:
        return Finding("texts", Grade.GOOD, f"{text}; rounds with time to spare read them carefully")
    remedy = "raise DATELINE_WORKERS; `./dateline topics replay` asks for those that a changed topic may concern"
    return Finding("texts", Grade.NOTICE, f"{text}; {quick.left:,} of them are past their last look", remedy)


def judge_index(unindexed: Sequence[int]) -> Finding:
    """Judge the search index by the articles that were looked for and not found in it."""
    if not unindexed:
        return Finding("search index", Grade.GOOD, "articles from all over the archive are found by their words")
    some = ", ".join(map(str, unindexed[:3]))
    return Finding("search index", Grade.WRONG, f"articles are not found by their words, such as {some}", REMEDY)


def judge_deliveries(troubled: Iterable[TroubledDelivery], now: datetime) -> Iterator[Finding]:
    """Judge deliveries that failed or wait; one finding says so when there are none."""
    is_well = True
    for one in troubled:
        is_well = False
        said = "was given up" if one.state == "failed" else f"waits after {one.attempts} attempts"
        text = f"digest {one.digest}, composed {say_ago(one.composed_at, now)}, {said}: {one.reason or 'not tried yet'}"
        grade = Grade.WRONG if one.state == "failed" else Grade.NOTICE
        yield Finding(f"delivery to {one.channel}", grade, text, _remedy_delivery(one))
    if is_well:
        yield Finding("deliveries", Grade.GOOD, "none failed or waits")


def _remedy_delivery(one: TroubledDelivery) -> str:
    if one.state == "failed":
        return f"mend the channel, then `./dateline digest resend {one.digest}`"
    return "it is tried again" if one.attempts else "does `./dateline serve` or a worker run the flow `deliver`?"
