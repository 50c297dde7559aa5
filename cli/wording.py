"""How paths and times are said to people at a terminal."""

from datetime import datetime
from pathlib import Path

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def say_path(path: Path) -> Path:
    """A path from where the user stands, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def say_ago(at: datetime | None, now: datetime) -> str:
    """How long ago a time was, or how far ahead it lies, in its largest unit: `3 hours ago`, `in 2 days`, `never`."""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    for length, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if (count := int(abs(seconds) // length)) > 0:
            said = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{said} ago" if seconds > 0 else f"in {said}"
    return "just now"
