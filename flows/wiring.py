"""The composition root: settings, database, declarations, client and workers put together."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from fetching.policy import FetchPolicy
from flows.settings import Settings
from flows.steps.briefing import Names
from matching.matcher import Matcher
from news.errors import SeedError, SettingsError
from seeds.declarations import Declarations, load_declarations
from seeds.keeping import Loaded, load_or_keep
from storage.engine import Store, open_store
from storage.feeds import sync_feeds
from storage.schema import ensure_schema
from storage.subscriptions import sync_subscriptions
from storage.topics import TopicVersion, sync_topics

log = logging.getLogger(__name__)

VERSION = "0.1"


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Bureau:
    """Everything that flows and commands work with, opened together.

    `problem` is why the declarations as they stand now were not taken, where an earlier good version serves instead.
    """

    settings: Settings
    store: Store
    declarations: Declarations
    problem: SeedError | None = None
    now: Callable[[], datetime] = utc_now

    @cached_property
    def matcher(self) -> Matcher:
        """The gazetteer and topics compiled: takes a moment, so only where articles are matched."""
        declared = self.declarations
        return Matcher(declared.entities, declared.phrases, declared.topics.values())

    @property
    def names(self) -> Names:
        """What a digest calls topics and entities."""
        topics = {topic.id: topic.title for topic in self.declarations.topics.values()}
        entities = {entity.id: entity.label for entity in self.declarations.entities.values()}
        return Names(topics, entities)

    @property
    def fetch_policy(self) -> FetchPolicy:
        """How this operator fetches."""
        settings = self.settings
        contact = f"; +{settings.contact}" if settings.contact else ""
        megabyte = 1024 * 1024
        return FetchPolicy(
            user_agent=f"Dateline/{VERSION} (news monitoring{contact})",
            timeout_after=timedelta(seconds=settings.fetch_seconds),
            max_bytes=int(settings.fetch_megabytes * megabyte),
            max_decoded_bytes=int(2 * settings.fetch_megabytes * megabyte),
            allowed_networks=settings.allowed_networks,
            allowed_ports=frozenset(settings.allowed_ports),
            per_host=settings.per_host,
            min_interval=timedelta(seconds=settings.host_seconds),
            robots_for_feeds=settings.robots_for_feeds,
            ca_file=settings.tls_ca_file,
        )


@contextmanager
def open_bureau(
    settings: Settings, *, keeps_last_good: bool = False, now: Callable[[], datetime] = utc_now
) -> Iterator[Bureau]:
    """Open home, database and declarations.

    `keeps_last_good` is for what runs unattended: a bad edit of the user's own declarations is reported and the last
    good version serves on. Commands refuse it instead.

    Raises:
        SettingsError: when the home cannot be written.
        SeedError: for a wrong declaration.
        StorageError: when the database is out of reach or of another version.
    """
    make_home(settings.home_path)
    loaded = read_declarations(settings, keeps_last_good=keeps_last_good)
    store = open_store(settings.store_url)
    try:
        ensure_schema(store)
        yield Bureau(settings, store, loaded.declarations, loaded.problem, now)
    finally:
        store.dispose()


def make_home(home: Path) -> None:
    """Make the home, and see that it can be written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"DATELINE_HOME {home} cannot be written ({reason}); name a folder that can") from error


def read_declarations(settings: Settings, *, keeps_last_good: bool) -> Loaded:
    """Read the declarations; what runs unattended goes on with the last good ones after a bad edit."""
    own, kept = settings.own_seeds, settings.home_path / "seeds-last-good.json"
    if not keeps_last_good:
        return Loaded(load_declarations(settings.seeds, own if own.is_dir() else None))
    loaded = load_or_keep(settings.seeds, own, kept)
    if loaded.problem:
        log.warning("The declarations as they stand were not taken: %s", loaded.problem)
    return loaded


def sync_declarations(bureau: Bureau) -> None:
    """Mirror the declarations in the database, so that it can say who is due and what tagged what."""
    now, declared = bureau.now(), bureau.declarations
    versions = bureau.matcher.topic_versions
    sync_feeds(bureau.store, declared.outlets.values(), declared.feeds.values(), now)
    sync_topics(
        bureau.store, [TopicVersion(t.id, t.title, versions[t.id], asdict(t)) for t in declared.topics.values()], now
    )
    sync_subscriptions(bureau.store, declared.subscriptions, now)
