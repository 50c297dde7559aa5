"""The dead man's switch: an address elsewhere that is pinged while all goes well, and raises the alarm when it is not.

Pings are as healthchecks.io defines them: POST to the address; with `/fail` behind its path when something failed, the reason
in the body. Watchers that read the state from a parameter, such as Uptime Kuma and Cronitor, take the good pings, but no
`/fail`: they raise the alarm once pings stay away. A ping never fails what it reports on.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from digests.channels.posting import post
from flows.settings import Settings
from flows.steps.guarding import complain_of_deliveries, is_all_well
from flows.wiring import Bureau
from news.errors import DeliveryError, NewsError, StorageError

log = logging.getLogger(__name__)

# A watcher elsewhere answers within a second; a round does not wait for a dead one.
_TIMEOUT_SECONDS = 5.0

# healthchecks.io keeps the first 100 kB; a reason is a sentence.
_MOST_CHARACTERS = 1000


def beat_after_round(bureau: Bureau, complaint: str) -> None:
    """Ping after a round: that all is well where `complaint` is empty and no delivery waits for long."""
    if not bureau.settings.heartbeat_url.get_secret_value():
        return
    settings, now = bureau.settings, bureau.now()
    try:
        beat(settings, now, complaint or next(iter(complain_of_deliveries(bureau.store, now)), ""))
    except StorageError as error:
        beat(settings, now, str(error))


def beat_after_delivery(bureau: Bureau) -> None:
    """Ping that all is well, where it is: a warning that was delivered must not clear the alarm that it tells of."""
    if not bureau.settings.heartbeat_url.get_secret_value():
        return
    settings, now = bureau.settings, bureau.now()
    try:
        if is_all_well(bureau.store, now, interval=timedelta(minutes=settings.poll_minutes)):
            beat(settings, now)
    except StorageError as error:
        beat(settings, now, str(error))


@contextmanager
def beating_unless_open(opening: AbstractContextManager[Bureau], settings: Settings, now: datetime) -> Iterator[Bureau]:
    """Open the bureau of a round; where it cannot be opened, no round is there to ping that it failed."""
    with ExitStack() as stack:
        try:
            bureau = stack.enter_context(opening)
        except NewsError as error:
            beat(settings, now, str(error))
            raise
        yield bureau


def beat(settings: Settings, now: datetime, complaint: str = "") -> None:
    """Ping where an address is set: that all is well, or what is not. It is a warning in the log when it fails."""
    url = settings.heartbeat_url.get_secret_value()
    if not url:
        return
    try:
        post(
            fail_url(url) if complaint else url,
            complaint[:_MOST_CHARACTERS].encode(),
            {"user-agent": "dateline", "content-type": "text/plain; charset=utf-8"},
            place=f"the heartbeat at {urlsplit(url).hostname}",
            setting="DATELINE_HEARTBEAT_URL",
            now=now,
            timeout_seconds=_TIMEOUT_SECONDS,
            ca_file=settings.tls_ca_file,
        )
    except DeliveryError as error:
        log.warning("No heartbeat: %s", error)


def fail_url(url: str) -> str:
    """Return where failures are reported: `/fail` behind the path."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
