"""Standard output that cannot be written: closed, or on a full disk. It is told of in a sentence, as files are."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO, cast

from news.errors import NewsError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class OutputError(NewsError):
    """Standard output cannot be written; the text says why."""


class _Closed(io.TextIOBase):
    """In the place of a standard output that whoever started us had closed; Python has None there."""

    @property
    def buffer(self) -> "_Closed":
        """For bytes, which cannot be written either."""
        return self

    def write(self, _content: object) -> int:
        raise OutputError("standard output is closed; send it to a file, or to /dev/null")


def replace_closed() -> None:
    """Let what is written to a closed standard output fail where it is written."""
    if sys.stdout is None:
        sys.stdout = cast("TextIO", _Closed())


def judge_output(error: OSError) -> OutputError | None:
    """Say of an error what it means for standard output; None where it is about something else.

    Whoever else writes turns what fails into a sentence of its own, with the name of the file.
    """
    if error.filename or error.errno not in _NO_ROOM:
        return None
    return OutputError(f"standard output cannot be written: {error.strerror}")


def drop_output() -> None:
    """Drop what could not be written: Python would try once more at its end, and complain."""
    with suppress(OSError, ValueError):  # where standard output is no file
        output = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, output)
        os.close(nowhere)
