"""What the doctor looks at around Dateline: Prefect's server, our name to publishers, the dead man's switch, backups."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cli.backup_folders import list_folders
from cli.findings import Finding, Grade
from cli.wording import say_ago
from flows.prefect_home import warn_of_host
from flows.settings import Settings
from storage.backup import list_backups

_CONNECT_SECONDS = 3.0
_OLD_BACKUP = timedelta(days=30)
"""A month of news can be read again from few feeds."""


def examine_surroundings(settings: Settings, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Judge Prefect's server and who may reach it, what publishers learn of us, the heartbeat, and the latest backup."""
    if warning := warn_of_host(settings.prefect_host, environ):
        yield Finding("Prefect", Grade.WRONG, warning, "leave DATELINE_PREFECT_HOST at 127.0.0.1, or do as it says")
    yield _judge_server(environ.get("PREFECT_API_URL") or f"http://127.0.0.1:{settings.prefect_port}/api")
    yield judge_contact(settings.contact)
    if settings.heartbeat_url.get_secret_value():
        yield Finding("heartbeat", Grade.GOOD, "a watcher elsewhere hears of each good round")
    else:
        remedy = "make a check at healthchecks.io or the like, and set DATELINE_HEARTBEAT_URL (docs/observation.md)"
        yield Finding("heartbeat", Grade.NOTICE, "nobody notices when this machine is gone", remedy)
    folders = list_folders(settings.home_path)
    yield judge_backups({path: at for folder in folders for path, at in list_backups(folder).items()}, folders, now)


def _judge_server(url: str) -> Finding:
    parts = urlsplit(url)
    place = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    try:
        socket.create_connection(place, timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "start `./dateline serve`; with several machines, see whether PREFECT_API_URL names the server"
        return Finding("Prefect", Grade.NOTICE, f"its server does not answer at {url} ({reason})", remedy)
    return Finding("Prefect", Grade.GOOD, f"its server answers at {url}")


def judge_contact(contact: str) -> Finding:
    """Judge whether a publisher who wonders who fetches can ask somebody before blocking us."""
    if not contact:
        text, remedy = (
            "publishers cannot see whom to ask before they block us",
            "set DATELINE_CONTACT to an address of yours",
        )
        return Finding("contact", Grade.NOTICE, text, remedy)
    return Finding("contact", Grade.GOOD, f"publishers are told {contact}")


def judge_backups(found: Mapping[Path, datetime], folders: Sequence[Path], now: datetime) -> Finding:
    """Judge the age of the newest backup in some folders, by the times in their names."""
    remedy = "run `./dateline backup`, nightly by docs/systemd/dateline-backup.timer or cron; copy it off this machine"
    if not found:
        return Finding("backup", Grade.NOTICE, f"there is none in {' or '.join(map(str, folders))}", remedy)
    path, at = max(found.items(), key=lambda pair: pair[1])
    if now - at > _OLD_BACKUP:
        return Finding("backup", Grade.NOTICE, f"the latest, {path.name}, is from {say_ago(at, now)}", remedy)
    return Finding("backup", Grade.GOOD, f"the latest is from {say_ago(at, now)}")
