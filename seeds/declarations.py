"""What we watch, as declared: the shipped files, overridden by id by the user's own, checked as a whole."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from news.digests import Subscription
from news.sources import Feed, Outlet
from news.topics import Entity, Phrase, Topic
from seeds.checking import check_feed, check_feed_urls, check_outlet, check_subscription
from seeds.entities import read_entities, read_phrases
from seeds.opml import read_declared_feeds
from seeds.reading import Placed, adapter_of, is_there, read_placed
from seeds.topics import read_topics

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

SHIPPED = Path(__file__).parent
"""The folder of the declarations that come with Dateline."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything declared, by id. `version` is a hash of what is said: it changes with a value, not with a comment."""

    outlets: Mapping[str, Outlet]
    feeds: Mapping[str, Feed]
    entities: Mapping[str, Entity]
    phrases: Mapping[str, Phrase]
    topics: Mapping[str, Topic]
    subscriptions: Mapping[str, Subscription]
    version: str


def load_declarations(shipped: Path, own: Path | None) -> Declarations:
    """Read the shipped declarations and the user's own, which replace shipped ones of the same id.

    An own outlet or feed of a shipped id need say only what differs; an inactive feed is left out.

    `own` is `DATELINE_HOME/seeds`; it and each of its files may be absent. Feeds are declared in `feeds.opml` or
    `feeds.toml`, outlets in `outlets.toml`, subscriptions in `subscriptions.toml`, and the gazetteer and topics in any
    TOML files of the folders `entities`, `phrases` and `topics`.

    Raises:
        SeedError: for the first declaration that is wrong, with file, line, table, key and reason.
    """
    folders = [shipped] if own is None else [shipped, own]
    outlets = _override(folders, _read_outlets)
    feeds = _override(folders, _read_feeds)
    subscriptions = _override(folders, _read_subscriptions)
    entities = read_entities(*(folder / "entities" for folder in folders))
    phrases = read_phrases(*(folder / "phrases" for folder in folders))
    topics = read_topics(*(folder / "topics" for folder in folders), entities=entities, phrases=phrases)
    _check_sources(outlets, feeds)
    for subscription in subscriptions.values():
        check_subscription(subscription, topics, outlets)
    parts: dict[str, dict[str, Any]] = {
        "outlets": _values(outlets),
        "feeds": {id_: _with_country(one.value, outlets) for id_, one in feeds.items() if one.value.active},
        "entities": entities,
        "phrases": phrases,
        "topics": topics,
        "subscriptions": _values(subscriptions),
    }
    return Declarations(**parts, version=_hash(parts))


def _check_sources(outlets: Mapping[str, Placed[Outlet]], feeds: Mapping[str, Placed[Feed]]) -> None:
    for outlet in outlets.values():
        check_outlet(outlet)
    for feed in feeds.values():
        check_feed(feed, outlets)
    check_feed_urls(one for one in feeds.values() if one.value.active)


def _read_outlets(folder: Path, shipped: Mapping[str, Placed[Outlet]]) -> Iterable[Placed[Outlet]]:
    return _read_if_there(folder / "outlets.toml", "outlets", Outlet, shipped)


def _read_feeds(folder: Path, shipped: Mapping[str, Placed[Feed]]) -> Iterable[Placed[Feed]]:
    opml = folder / "feeds.opml"
    return chain(
        read_declared_feeds(opml) if is_there(opml) else (),
        _read_if_there(folder / "feeds.toml", "feeds", Feed, shipped),
    )


def _read_subscriptions(folder: Path, shipped: Mapping[str, Placed[Subscription]]) -> Iterable[Placed[Subscription]]:
    return _read_if_there(folder / "subscriptions.toml", "subscriptions", Subscription, shipped)


def _read_if_there(
    path: Path, section: str, declared: type[T], shipped: Mapping[str, Placed[T]]
) -> Iterable[Placed[T]]:
    return read_placed(path, section, declared, shipped) if is_there(path) else ()


def _override(
    folders: Iterable[Path], read: Callable[[Path, Mapping[str, Placed[T]]], Iterable[Placed[T]]]
) -> dict[str, Placed[T]]:
    merged: dict[str, Placed[T]] = {}
    for folder in folders:
        merged |= _by_id(read(folder, merged))
    return merged


def _by_id(declared: Iterable[Placed[T]]) -> dict[str, Placed[T]]:
    """Key declarations of one folder by id; the same id twice is an error that names both places."""
    found: dict[str, Placed[T]] = {}
    for placed in declared:
        id_: str = getattr(placed.value, "id")  # noqa: B009 - every declaration has an id, which T cannot say
        if id_ in found:
            first = found[id_].place
            raise placed.place.refuse("id", f'the id "{id_}" is taken already in {first.file.name}; choose another')
        found[id_] = placed
    return found


def _values(placed: Mapping[str, Placed[T]]) -> dict[str, T]:
    return {id_: one.value for id_, one in placed.items()}


def _with_country(feed: Feed, outlets: Mapping[str, Placed[Outlet]]) -> Feed:
    return feed if feed.country else replace(feed, country=outlets[feed.outlet].value.country)


def _hash(parts: Mapping[str, Mapping[str, Any]]) -> str:
    digest = hashlib.sha256()
    for kind in sorted(parts):
        for id_, value in sorted(parts[kind].items()):
            digest.update(f"{kind} {id_} ".encode() + _dump(value) + b"\n")
    return digest.hexdigest()[:16]


def _dump(value: T) -> bytes:
    return adapter_of(type(value)).dump_json(value)
