"""Prefect's own surroundings: set before it is first imported, and never over what the operator has set."""

import logging
import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

JSON_LOGGING = Path(__file__).with_name("logging_json.yml")
"""Prefect's logging settings for lines that are JSON objects."""


def prepare_prefect(home: Path, *, quiet: bool = False, log_format: str = "text", port: int = 4200) -> None:
    """Give Prefect a home below ours, no telemetry, and (`quiet`) no log lines on the terminal of a command.

    Its server takes orders from its own UI at `port` of this machine, and from no other page that a browser here shows.
    With the `log_format` `json`, Prefect, its server and every flow run write their lines as JSON objects.

    Must run before the first `import prefect`, which reads these once.
    """
    wanted = {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # Any page of the web could else have a browser on this machine run shell commands through it: Prefect's own
        # defaults let every origin read and write. Both are needed: who may read gets the token that lets write.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        # `demo` and `run` start a server of their own: 8 to 18 s in a new home, several times that on a busy machine.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        # A served run waits for the next poll of the runner: 2 s instead of 10.
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        # A year of minutely runs would be half a million rows in Prefect's own database: it drops those older than this.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(14 * 24 * 3600),
        # A run of `deliver` leaves 29 KB of events and 5 KB of all else: automations hear of them at once, and people look
        # at Friday's on Monday.
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
    }
    if quiet:  # a command says itself what went wrong; a traceback of Prefect's would bury it
        # The root's too: what libraries of Prefect's server say when it is stopped comes after the command's last word.
        levels = ("PREFECT_LOGGING_LEVEL", "PREFECT_SERVER_LOGGING_LEVEL", "PREFECT_LOGGING_ROOT_LEVEL")
        wanted |= {"PREFECT_LOGGING_TO_API_ENABLED": "false"} | dict.fromkeys(levels, "CRITICAL")
        ours = logging.getLogger("flows")
        ours.propagate = False  # the root's handler is Prefect's, and Python's last resort is standard error
        ours.addHandler(logging.NullHandler())
    else:  # the log lines of our rooms go where Prefect's own go: to its UI and the terminal
        wanted |= {"PREFECT_LOGGING_EXTRA_LOGGERS": "flows", "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore"}
    if log_format == "json":
        wanted["PREFECT_LOGGING_SETTINGS_PATH"] = str(JSON_LOGGING)
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def warn_of_host(host: str, environ: Mapping[str, str]) -> str:
    """Say what is wrong with the address that Prefect's server listens on; nothing where only this machine reaches it."""
    if is_loopback(host) or environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        return ""
    return (
        f"DATELINE_PREFECT_HOST {host} lets everybody who reaches this machine run flows: Prefect's "
        "server has no login; set PREFECT_SERVER_API_AUTH_STRING, or put a proxy before it (docs/security.md)"
    )


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
