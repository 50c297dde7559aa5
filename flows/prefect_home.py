"""Prefect's own surroundings: set before it is first imported, and never over what the operator has set."""

import logging
import os
from pathlib import Path


def prepare_prefect(home: Path, *, quiet: bool = False) -> None:
    """Give Prefect a home below ours, no telemetry, and (`quiet`) no log lines on the terminal of a command.

    Must run before the first `import prefect`, which reads these once.
    """
    wanted = {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # `demo` and `run` start a server of their own: 8 to 18 s in a new home, several times that on a busy machine.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        # A served run waits for the next poll of the runner: 2 s instead of 10.
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        # A year of minutely runs would be half a million rows in Prefect's own database: it drops those older than this.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(14 * 24 * 3600),
    }
    if quiet:  # a command says itself what went wrong; a traceback of Prefect's would bury it
        wanted |= {"PREFECT_LOGGING_TO_API_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
        ours = logging.getLogger("flows")
        ours.propagate = False  # the root's handler is Prefect's, and Python's last resort is standard error
        ours.addHandler(logging.NullHandler())
    else:  # the log lines of our rooms go where Prefect's own go: to its UI and the terminal
        wanted |= {"PREFECT_LOGGING_EXTRA_LOGGERS": "flows", "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore"}
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
