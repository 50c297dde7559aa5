"""JSON lines in and out: what `extract`, `match` and `group` pass to one another."""

import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

from news.errors import NewsError

_GZIP = b"\x1f\x8b"

Record = dict[str, Any]


class StreamError(NewsError):
    """A line that is no record; the text names file and line, `line` is its number where it is one line's alone."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


def read_records(source: str) -> Iterator[Record]:
    """Read JSON lines from a file, or from standard input for `-`; gzip is recognised by its content.

    Raises:
        StreamError: when the file cannot be read, or for the first line that is no JSON object.
    """
    for record in read_each(source):
        if isinstance(record, StreamError):
            raise record
        yield record


def read_each(source: str) -> Iterator[Record | StreamError]:
    """Read JSON lines as `read_records` does, with the error in the place of a bad line, and the good ones after it.

    Raises:
        StreamError: when the file cannot be opened.
    """
    with open_input(source) as file:
        lines: Iterable[bytes] = gzip.GzipFile(fileobj=file) if file.peek(len(_GZIP)).startswith(_GZIP) else file
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _read_record(line, f"{source}:{number}", number)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            yield StreamError(f"{source} is a damaged gzip file: {error}")


def _read_record(line: bytes, place: str, number: int) -> Record | StreamError:
    try:
        record = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        return StreamError(f"{place}: this line is no JSON ({error})", number)
    if not isinstance(record, dict):
        return StreamError(f"{place}: a line must be a JSON object, this is {type(record).__name__}", number)
    return record


def open_input(source: str) -> AbstractContextManager[BufferedReader]:
    """Open a file, or standard input for `-`.

    Raises:
        StreamError: when the file cannot be opened.
    """
    if source == "-":
        return nullcontext(cast("BufferedReader", sys.stdin.buffer))
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise StreamError(f"{source} cannot be read: {error.strerror}") from error


def write_record(record: Mapping[str, object]) -> None:
    """Write one JSON line to standard output; what the terminal's encoding lacks is written as its escape."""
    try:
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    except UnicodeEncodeError:
        sys.stdout.write(json.dumps(record) + "\n")


def text_of(record: Record, *names: str) -> str:
    """Return the first of several fields that holds text, else an empty string."""
    return next((value for name in names if isinstance(value := record.get(name), str) and value), "")
