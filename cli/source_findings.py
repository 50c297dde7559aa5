"""What the doctor says of sources: feeds that fail, fall silent or move, and what they bring against what is usual."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from cli.findings import Finding, Grade
from cli.wording import say_ago
from fetching.guard import redact_url
from news.errors import FetchFailure
from news.sources import Feed, FeedKind, FeedState
from storage.health import FeedHealth
from storage.remarks import Remark
from storage.yields import FeedYield, OutletVolume

_FAILING_IS_WRONG_AFTER = timedelta(days=1)
"""Servers have bad hours; what lasts longer needs somebody."""

_OTHER_FEED = "take another feed of the outlet, or leave it out with active = false"
_REMEDIES = {
    FetchFailure.DNS: "its host is not found: look for the outlet's new address with `./dateline feeds discover`",
    FetchFailure.TLS: "tell the publisher what the reason says; where a proxy of yours signs anew, name its authority in "
    "DATELINE_TLS_CA_FILE",
    FetchFailure.ROBOTS: "its robots.txt forbids fetching: ask the publisher, or leave the feed out with active = false",
    FetchFailure.BLOCKED: "a wall against robots answers: set DATELINE_CONTACT, ask the publisher, or take another feed",
    FetchFailure.NOT_A_FEED: "something else stands there now: look for the feed with `./dateline feeds discover`",
    FetchFailure.RATE_LIMITED: "it asks for fewer requests: raise DATELINE_HOST_SECONDS; it is polled less until then",
    FetchFailure.PACED: "its host has more to fetch than our pace allows: lower DATELINE_HOST_SECONDS, or leave feeds out",
    FetchFailure.REFUSED_ADDRESS: "our guard refuses its address: see DATELINE_ALLOWED_NETWORKS and DATELINE_ALLOWED_PORTS",
    FetchFailure.NO_NETWORK: "this machine reaches no network: check its connection",
    FetchFailure.DEFECT: "report it with the lines of the log that name it; it is polled on, more and more rarely",
    FetchFailure.TOO_LARGE: "raise DATELINE_FETCH_MEGABYTES if its body is meant to be so large; a longer head is not read",
}
_BLOCKED_REMEDIES = {
    401: f"it wants a login, which a feed cannot have here: {_OTHER_FEED}",
    402: f"it wants payment: {_OTHER_FEED}",
    407: f"a proxy before it wants a login: tell the publisher, {_OTHER_FEED}",
    451: f"it is withheld by law, often from some countries alone: {_OTHER_FEED}",
}
"""What refuses us and is no wall against robots, by status."""
_LISTING_REMEDY = "open its page in a browser: where that has changed, mend link_selector in its declaration"
_EMPTY_REMEDY = "open its address in a browser; look for another feed with `./dateline feeds discover`"
_OTHER_REMEDY = "open its address in a browser; it is polled on, more and more rarely"


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
        place = f", {_say_place(feed)}" if feed.url != feed.declared_url else ""
        text = f"failing since {_say_time(feed.failing_since)}{place}: {feed.reason}"
        return Finding(subject, grade, text, _find_remedy(feed))
    if feed.is_empty:
        since = f" since {_say_time(feed.answers_since)}" if feed.answers_since else ""
        return Finding(subject, Grade.NOTICE, f"it answers{since}, but has held no entry yet", _EMPTY_REMEDY)
    if feed.is_silent(now):
        text = f"it answers, but its newest entry is from {say_ago(feed.newest_at, now)}: {feed.explain_silence()}"
        remedy = _LISTING_REMEDY if feed.kind is FeedKind.LISTING else "see whether the outlet has a new feed"
        return Finding(subject, Grade.NOTICE, text, remedy)
    if feed.url != feed.declared_url:
        return Finding(
            subject, Grade.NOTICE, f"it has moved: it is {_say_place(feed)}", "declare it there when you like"
        )
    return None


def _say_place(feed: FeedHealth) -> str:
    """Say where a feed that has moved is polled."""
    since = f" since {_say_time(feed.moved_at)}" if feed.moved_at else ""
    return f"polled at {redact_url(feed.url)}{since}"


def _find_remedy(feed: FeedHealth) -> str:
    """Find what helps a feed that fails."""
    failure = FetchFailure(feed.failure) if feed.failure else None
    if failure is FetchFailure.NOT_A_FEED and feed.kind is FeedKind.LISTING:
        return _LISTING_REMEDY
    if failure is FetchFailure.BLOCKED and feed.status in _BLOCKED_REMEDIES:
        return _BLOCKED_REMEDIES[feed.status]
    return _REMEDIES.get(failure, _OTHER_REMEDY) if failure else _OTHER_REMEDY


def _say_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def judge_yields(yields: Iterable[FeedYield], volumes: Iterable[OutletVolume], now: datetime) -> Iterator[Finding]:
    """Judge what sources bring: language, whole texts, and volume against what is usual for the outlet."""
    for one in yields:
        if fault := one.find_fault():
            yield Finding(
                f"feed {one.feed_id}", Grade.NOTICE, f"{fault}, seen {say_ago(one.since_at, now)}", _YIELD_REMEDY
            )
    yield from _judge_volumes(list(volumes))


def _judge_volumes(volumes: Sequence[OutletVolume]) -> Iterator[Finding]:
    """Hold each outlet's week against what is expected of it, and add up those of which something is."""
    for volume in volumes:
        subject, figures = f"outlet {volume.outlet_id}", {"expected": volume.usual, "actual": volume.number}
        if fault := volume.find_fault():
            yield Finding(subject, Grade.NOTICE, fault, _VOLUME_REMEDY, figures)
        else:
            yield Finding(subject, Grade.GOOD, volume.describe(), figures=figures)
    known = [volume for volume in volumes if volume.usual is not None]
    if known:
        number, usual = sum(one.number for one in known), sum(one.usual or 0 for one in known)
        said = (
            f"{number:,} new entries in the last 7 days from {len(known)} outlets, where {usual:,.0f} a week are usual"
        )
        yield Finding("volume", Grade.GOOD, said)


_YIELD_REMEDY = "correct its declaration, or take another feed of the outlet"
_VOLUME_REMEDY = "see whether the outlet has new feeds: `./dateline feeds discover`"
_GAP_REMEDY = "it is polled more often while it is this busy; a gap after a long stop is past mending"
_FLOOD_REMEDY = (
    "its old entries are kept and not read; a feed that does so often is better replaced by another of the outlet"
)


def judge_remarks(remarks: Mapping[str, Remark], now: datetime) -> Iterator[Finding]:
    """Judge what good polls remarked: entries that may have been missed, or were held back."""
    for feed_id, remark in remarks.items():
        remedy = _GAP_REMEDY if remark.is_gap else _FLOOD_REMEDY
        yield Finding(f"feed {feed_id}", Grade.NOTICE, f"{say_ago(remark.at, now)}: {remark.reason}", remedy)


def judge_defects(defects: Mapping[str, tuple[datetime, str]], now: datetime) -> Iterator[Finding]:
    """Judge what feeds were read with: a selector that finds nothing, times that cannot be read, missing links."""
    for feed_id, (at, reason) in defects.items():
        remedy = _SELECTOR_REMEDY if "selector" in reason else _DEFECT_REMEDY
        yield Finding(f"feed {feed_id}", Grade.NOTICE, f"read with defects {say_ago(at, now)}: {reason}", remedy)


_SELECTOR_REMEDY = "the site has changed: correct its date_selector, or leave that out where the rows name no date"
_DEFECT_REMEDY = "what can be read of it is read; tell the publisher, or take another feed of the outlet"


def judge_unverified(declared: Iterable[Feed], known: Iterable[tuple[Feed, FeedState]]) -> Iterator[Finding]:
    """Judge how many feeds nobody has seen answer yet: neither who declared them, nor this Dateline."""
    answered = {state.feed_id for _, state in known if state.has_answered}
    waiting = sorted(feed.id for feed in declared if not feed.verified and feed.id not in answered)
    if waiting:
        text = f"{len(waiting)} are declared unverified and have not answered yet, such as {', '.join(waiting[:3])}"
        remedy = "each is verified by its first good poll; `./dateline feeds list` marks those that are not"
        yield Finding("feeds", Grade.NOTICE, text, remedy)
