"""A run that is told to stop ends by an exception of Prefect's, which is no fault to be reported with a traceback."""

import logging

from prefect.exceptions import TerminationSignal


class _WithoutStops(logging.Filter):
    """Leaves out what asyncio says, as of any exception that nobody took, of the one that ends a run."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be written."""
        return not (record.exc_info and isinstance(record.exc_info[1], TerminationSignal))


_WITHOUT_STOPS = _WithoutStops()


def expect_stop() -> None:
    """Let a run with an event loop end quietly on SIGTERM: Prefect (3.8.8) says itself that it was terminated."""
    logging.getLogger("asyncio").addFilter(_WITHOUT_STOPS)  # which adds it once
