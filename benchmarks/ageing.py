"""Days that pass for Prefect's server, whose clock cannot be moved: its rows are made older, and it forgets soon."""

import sqlite3
from pathlib import Path

QUICK_VACUUM = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "20",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ORPHAN_CLEANUP_LOOP_SECONDS": "60",
}
"""Settings with which it forgets what is too old within the seconds that a day is made to last."""


def age_prefect(home: Path) -> None:
    """Make all that the Prefect server of a home knows a day older."""
    with sqlite3.connect(home / "prefect/prefect.db", timeout=60) as connection:
        for table, column in (("flow_run", "end_time"), ("events", "occurred"), ("event_resources", "occurred")):
            older = f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '-1 day')"
            connection.execute(f"UPDATE {table} SET {column} = {older} WHERE {column} IS NOT NULL")  # noqa: S608
