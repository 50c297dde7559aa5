"""Log lines: as JSON objects, one a line, for collectors that would rather not parse sentences; and kept in bounded files."""

import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LOG_BYTES = 5_000_000  # a server that runs for years must not fill the disk with what it says

# What Prefect adds to a record inside a run, by the name that it gets here.
_ABOUT_RUN = {
    "flow_name": "flow",
    "flow_run_name": "flow_run",
    "flow_run_id": "flow_run_id",
    "task_name": "task",
    "task_run_name": "task_run",
    "deployment_name": "deployment",
}


class JsonLines(logging.Formatter):
    """Writes `time` (ISO 8601, UTC), `level`, `logger`, `message`, what is known of the run, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, str] = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, ours in _ABOUT_RUN.items():
            if value := getattr(record, name, None):
                line[ours] = str(value)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def write_json_lines() -> None:
    """Write the lines of a process that runs no flow to standard error as JSON, as Prefect does in one that does."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    logging.getLogger("flows").setLevel(logging.INFO)


def keep_log(lines: Iterable[bytes], path: Path, *, longest: int = _LOG_BYTES) -> None:
    """Add lines to a log file; at `longest` bytes it becomes the file `.1`, in the place of an older one, and begins anew."""
    handler = RotatingFileHandler(path, maxBytes=longest, backupCount=1, encoding="utf-8")
    for line in lines:
        handler.emit(logging.makeLogRecord({"msg": line.decode(errors="replace").rstrip()}))
    handler.close()
