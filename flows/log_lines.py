"""Log lines: as JSON objects, one a line, for collectors that would rather not parse sentences; and kept in bounded files."""

import atexit
import json
import logging
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Thread
from typing import IO

log = logging.getLogger(__name__)

_LOG_BYTES = 5_000_000  # a server that runs for years must not fill the disk with what it says
_LAST_WORDS = 5.0  # seconds: some child may hold the pipe open

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


def wrap_plain_lines() -> None:
    """Make JSON objects of the plain lines that this process and its children write, on standard error, until it ends.

    What Python says when a program dies, and what Prefect prints, goes past every logger: just when something is wrong.
    """
    reader, writer = os.pipe()
    target = os.fdopen(os.dup(2), "wb", buffering=0)
    wrapping = Thread(target=_wrap, args=(os.fdopen(reader, "rb"), target), name="lines", daemon=True)
    wrapping.start()
    for stream in (1, 2):
        os.dup2(writer, stream)
    os.close(writer)

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(target.fileno(), stream.fileno())
        wrapping.join(_LAST_WORDS)

    atexit.register(end)


def _wrap(lines: Iterable[bytes], target: IO[bytes]) -> None:
    for line in lines:
        target.write(line if line.startswith(b"{") else _wrap_line(line))


def _wrap_line(line: bytes) -> bytes:
    """Write a plain line as a warning of the logger `plain`; an empty one is left out."""
    text = line.decode(errors="replace").rstrip()
    record = logging.makeLogRecord({"name": "plain", "levelno": logging.WARNING, "levelname": "WARNING", "msg": text})
    return f"{JsonLines().format(record)}\n".encode() if text else b""


def keep_log(lines: Iterable[bytes], path: Path, *, longest: int = _LOG_BYTES) -> None:
    """Add lines to a log file; at `longest` bytes it becomes the file `.1`, in the place of an older one, and begins anew.

    Where the file cannot be written, as on a full disk, that is said once and the lines are lost: whoever writes them must not
    wait for us.
    """
    handler = _FileOrNothing(path, maxBytes=longest, backupCount=1, encoding="utf-8", delay=True)
    for line in lines:
        handler.emit(logging.makeLogRecord({"msg": line.decode(errors="replace").rstrip()}))
    with suppress(OSError):  # it writes what is left
        handler.close()


class _FileOrNothing(RotatingFileHandler):
    """Says once that it cannot write, where others print a traceback for each line."""

    _has_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 (the standard library's names)
        """Tell of the exception that is being handled."""
        if not self._has_told:
            self._has_told = True
            log.warning("%s cannot be written: %s", self.baseFilename, sys.exc_info()[1])
