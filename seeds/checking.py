"""What must hold beyond the type of a single value: codes, zones, URLs, schedules, and names of other declarations.

Each check raises a `SeedError` that names the place, the key, the reason and, where one is near, what was meant.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

from cronsim import CronSim, CronSimError
from lxml.cssselect import CSSSelector, SelectorError

from news.digests import OPERATOR, Subscription
from news.sources import Feed, FeedKind, Outlet, PressSystem
from seeds.codes import countries, is_language, suggest, suggest_country, zones
from seeds.reading import ID, Place, Placed

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # a schedule is only parsed here, so any start will do

_FEW = 15  # as many names as a message may list

CHANNEL_KINDS = ("email", "slack", "webhook", "file", "feed", "apprise")
"""The first word of a subscription's channel; `news.digests.Subscription` says what may follow it."""


def check_outlet(placed: Placed[Outlet]) -> None:
    """Check an outlet's codes and zone."""
    outlet, place = placed.value, placed.place
    _check_filled(outlet.name, "name", place)
    _check_country(outlet.country, place)
    _check_language(outlet.language, "language", place)
    _check_zone(outlet.zone, place)
    if not ID.fullmatch(outlet.family):
        raise place.refuse(
            "family", f'"{outlet.family}" is no id; write the owner in small letters, such as "sph-media"'
        )


def check_feed(placed: Placed[Feed], outlets: Collection[str]) -> None:
    """Check a feed's address, language, outlet and, for a listing page, its selectors."""
    feed, place = placed.value, placed.place
    _check_filled(feed.title, "title", place)
    _check_url(feed.url, place)
    _check_language(feed.language, "language", place)
    if feed.country:
        _check_country(feed.country, place)
    if feed.outlet not in outlets:
        reason = f'there is no outlet "{feed.outlet}"; declare it in outlets.toml or name one that is there'
        raise place.refuse("outlet", reason + suggest(feed.outlet, outlets))
    if feed.kind is FeedKind.LISTING and not feed.link_selector:
        raise place.refuse("link_selector", "a listing page needs a CSS selector that finds its links")
    for key in ("link_selector", "date_selector"):
        _check_selector(getattr(feed, key), key, place)


def check_feed_urls(feeds: Iterable[Placed[Feed]]) -> None:
    """Check that no address is declared twice: it would be fetched twice and every article seen twice."""
    first: dict[tuple[str, str, str], str] = {}
    for placed in feeds:
        parts = urlsplit(placed.value.url)
        address = (parts.netloc.lower(), parts.path.rstrip("/"), parts.query)
        if address in first:
            other = first[address]
            raise placed.place.refuse(
                "url", f'this address is declared already by the feed "{other}"; keep one of them'
            )
        first[address] = placed.value.id


def check_subscription(placed: Placed[Subscription], topics: Collection[str], outlets: Collection[str]) -> None:
    """Check a subscription's schedule, zone, channels, numbers, and the topics and outlets that it names."""
    subscription, place = placed.value, placed.place
    if subscription.id == OPERATOR:
        raise place.refuse("id", f'"{OPERATOR}" is the name that warnings go under; take another')
    _check_filled(subscription.title, "title", place)
    _check_zone(subscription.zone, place)
    _check_cron(subscription.cron, place)
    for key in ("topics", "channels", "languages", "weekdays"):
        if not getattr(subscription, key):
            raise place.refuse(key, "this list is empty; name at least one")
        _check_unique(getattr(subscription, key), key, place)
    for language in subscription.languages:
        _check_language(language, "languages", place)
    for channel in subscription.channels:
        _check_channel(channel, place)
    _check_names(subscription.topics, topics, "topics", "topic", place)
    _check_names(
        subscription.minimum_scores, subscription.topics, "minimum_scores", "topic of this subscription", place
    )
    for key in ("outlets", "without_outlets"):
        _check_names(getattr(subscription, key), outlets, key, "outlet", place)
    for key in ("press_systems", "without_press_systems"):
        _check_names(getattr(subscription, key), list(PressSystem), key, "press system", place)
    _check_numbers(subscription, place)


def _check_unique(names: Sequence[str], key: str, place: Place) -> None:
    for name in names:
        if names.count(name) > 1:
            raise place.refuse(key, f'"{name}" stands here twice')


def _check_names(names: Iterable[str], known: Collection[str], key: str, kind: str, place: Place) -> None:
    for name in names:
        if name not in known:
            listed = f"; known are {', '.join(known)}" if 0 < len(known) <= _FEW else ""
            raise place.refuse(key, f'there is no {kind} "{name}"{listed}{suggest(name, known)}')


def _check_numbers(subscription: Subscription, place: Place) -> None:
    for score in subscription.minimum_scores.values():
        _check_share(score, "minimum_scores", place)
    for key in ("minimum_score", "alert_score"):
        _check_share(getattr(subscription, key), key, place)
    for key in ("alerts_per_day", "full_stories", "brief_stories"):
        if getattr(subscription, key) < 0:
            raise place.refuse(key, "this is a number of stories; it cannot be below 0")
    if subscription.alert_origins < 1:
        raise place.refuse("alert_origins", "this is a number of independent origins; it must be at least 1")
    if (subscription.quiet_from is None) != (subscription.quiet_until is None):
        key, other = ("quiet_from", "quiet_until") if subscription.quiet_from else ("quiet_until", "quiet_from")
        raise place.refuse(key, f"quiet hours need a beginning and an end; add {other}")


def _check_share(number: float, key: str, place: Place) -> None:
    if not 0 <= number <= 1:
        raise place.refuse(key, f"{number} is outside 0 to 1")


def _check_filled(text: str, key: str, place: Place) -> None:
    if not text.strip():
        raise place.refuse(key, "this is empty; people are shown it")


def _check_country(code: str, place: Place) -> None:
    if code not in countries():
        raise place.refuse("country", f'"{code}" is no ISO 3166-1 country code, such as KR{suggest_country(code)}')


def _check_language(code: str, key: str, place: Place) -> None:
    if not is_language(code):
        raise place.refuse(
            key, f'"{code}" is no language code; write en, ko, ja, zh-Hans, zh-Hant or another of ISO 639-1'
        )


def _check_zone(zone: str, place: Place) -> None:
    if zone not in zones():
        raise place.refuse("zone", f'"{zone}" is no IANA time zone, such as Asia/Seoul{suggest(zone, zones())}')


def _check_selector(selector: str | None, key: str, place: Place) -> None:
    if selector is None:
        return
    try:
        CSSSelector(selector, translator="html")
    except SelectorError as error:
        raise place.refuse(key, f'"{selector}" is no CSS selector: {error}') from error


def _check_url(url: str, place: Place) -> None:
    parts = _split(url, place)
    if parts.username is not None or parts.password is not None:
        reason = "an address with a user name or password in it would end up in logs; leave them out"
        raise place.refuse("url", reason)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise place.refuse("url", f'"{url}" is no web address; it must begin with https:// or http:// and name a host')
    if re.search(r"\s", url):
        raise place.refuse("url", "there is a space in this address; write it as %20")


def _split(url: str, place: Place) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only to have it checked
    except ValueError as error:
        raise place.refuse("url", f"this is no web address: {error}") from error
    return parts


def _check_cron(cron: str, place: Place) -> None:
    reason = f'"{cron}" is no schedule; write five fields: minute hour day month weekday, such as "0 7 * * *" for 07:00'
    if len(cron.split()) != 5:  # noqa: PLR2004 - said in words in the line above
        raise place.refuse("cron", reason)
    try:
        CronSim(cron, _ANY_DAY)
    except CronSimError as error:
        raise place.refuse("cron", f"{reason} ({str(error).lower()})") from error


def _check_channel(channel: str, place: Place) -> None:
    kind, _, target = channel.partition(":")
    if kind not in CHANNEL_KINDS:
        reason = f'"{kind}" is no kind of channel; known are {", ".join(CHANNEL_KINDS)}'
        raise place.refuse("channels", reason + suggest(kind, CHANNEL_KINDS))
    if kind == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+", target):
        raise place.refuse("channels", f'"{channel}" names no mail address; write "email:someone@example.org"')
    if kind == "webhook" and target:
        raise place.refuse(
            "channels", f'"{channel}": the address of the webhook stands in the settings; write "webhook"'
        )
    if kind in {"file", "feed"} and (target.startswith("/") or ".." in target.split("/")):
        raise place.refuse("channels", f'"{channel}" leads out of DATELINE_HOME; name a folder below it, or none')
    if kind == "apprise" and not target:
        reason = 'name the address among the settings that is meant, such as "apprise:phone"'
        raise place.refuse("channels", reason)
