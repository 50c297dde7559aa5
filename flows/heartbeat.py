"""The dead man's switch: an address elsewhere that is pinged while all goes well, and raises the alarm when it is not.

Pings are as healthchecks.io defines them (POST to the address; with `/fail` behind its path when something failed, the
reason in the body), which Uptime Kuma, Cronitor and others take too. A ping never fails what it reports on.
"""

import logging
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from digests.channels.posting import post
from flows.steps.guarding import complain_of_deliveries, is_all_well
from flows.wiring import Bureau
from news.errors import DeliveryError, StorageError

log = logging.getLogger(__name__)

# A watcher elsewhere answers within a second; a round does not wait for a dead one.
_TIMEOUT_SECONDS = 5.0

# healthchecks.io keeps the first 100 kB; a reason is a sentence.
_MOST_CHARACTERS = 1000


def beat_after_round(bureau: Bureau, complaint: str) -> None:
    """Ping after a round: that all is well where `complaint` is empty and no delivery waits for long."""
    if not bureau.settings.heartbeat_url.get_secret_value():
        return
    try:
        beat(bureau, complaint or next(iter(complain_of_deliveries(bureau.store, bureau.now())), ""))
    except StorageError as error:
        beat(bureau, str(error))


def beat_after_delivery(bureau: Bureau) -> None:
    """Ping that all is well, where it is: a warning that was delivered must not clear the alarm that it tells of."""
    if not bureau.settings.heartbeat_url.get_secret_value():
        return
    try:
        if is_all_well(bureau.store, bureau.now(), interval=timedelta(minutes=bureau.settings.poll_minutes)):
            beat(bureau)
    except StorageError as error:
        beat(bureau, str(error))


def beat(bureau: Bureau, complaint: str = "") -> None:
    """Ping where an address is set: that all is well, or what is not. It is a warning in the log when it fails."""
    url = bureau.settings.heartbeat_url.get_secret_value()
    if not url:
        return
    try:
        post(
            fail_url(url) if complaint else url,
            complaint[:_MOST_CHARACTERS].encode(),
            {"user-agent": "dateline", "content-type": "text/plain; charset=utf-8"},
            place=f"the heartbeat at {urlsplit(url).hostname}",
            setting="DATELINE_HEARTBEAT_URL",
            now=bureau.now(),
            timeout_seconds=_TIMEOUT_SECONDS,
            ca_file=bureau.settings.tls_ca_file,
        )
    except DeliveryError as error:
        log.warning("No heartbeat: %s", error)


def fail_url(url: str) -> str:
    """Return where failures are reported: `/fail` behind the path."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
