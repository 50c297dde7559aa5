"""Telling data that a database does not take from a database that fails: the first must cost one page or feed, no batch.

What is read from outside is bounded and cleaned before it gets here. This is for what nobody thought of.
"""

import logging
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from news.errors import StorageError
from storage.engine import Store, writing

log = logging.getLogger(__name__)

MAY_REFUSE = (StorageError, sa.exc.StatementError, UnicodeError, OverflowError)
"""What a statement may raise because of its data; whether it was that, `note_refusal` tells."""

# By SQLSTATE: data exceptions, exceeded limits (a text too long for an index), and our own checks of a row's values. Keys
# that point to nothing are no matter of one page: they stay bugs.
_CLASSES = ("22", "54")
_STATES = {"23502", "23514"}
_SQLITE = {"SQLITE_TOOBIG", "SQLITE_CONSTRAINT_CHECK", "SQLITE_CONSTRAINT_NOTNULL"}


def note_refusal(error: Exception, what: str) -> str | None:
    """Log that the database does not take what it was given, and say so in a record; None where it failed otherwise.

    The record names the kind of the error alone: what it says of itself may hold anything.
    """
    cause = error.__cause__ if isinstance(error, StorageError) else error
    inner = cause.orig if isinstance(cause, sa.exc.StatementError) and cause.orig else cause
    if not _is_of_data(cause, inner):
        return None
    first = next(iter(str(inner).splitlines()), "")
    log.error("%s is not taken by the database: %s: %s", what, type(inner).__name__, first)
    return f"the database does not take what it holds ({type(inner).__name__}), told in the log"


def _is_of_data(cause: BaseException | None, inner: Any) -> bool:  # noqa: ANN401 (a driver's error)
    if not isinstance(cause, sa.exc.DBAPIError):  # a value that cannot even be written down for the driver
        return isinstance(inner, ValueError | OverflowError | TypeError)
    if state := getattr(inner, "sqlstate", None):
        return state.startswith(_CLASSES) or state in _STATES
    return isinstance(cause, sa.exc.DataError) or getattr(inner, "sqlite_errorname", None) in _SQLITE


def try_out(store: Store, put: Callable[[sa.Connection], object], what: str) -> bool:
    """Whether the database takes what is put into it; nothing of it stays."""
    try:
        with writing(store) as connection:
            put(connection)
            connection.rollback()
    except MAY_REFUSE as error:
        if note_refusal(error, what) is None:
            raise
        return False
    return True
