"""Tagging the archive anew after topics were edited, when somebody asks for it."""

from dataclasses import asdict
from typing import Any

from prefect import flow

from flows.retagging import retag_archive
from flows.settings import read_settings
from flows.wiring import open_bureau


@flow(name="replay")
def replay(topics: list[str] | None = None) -> dict[str, Any]:
    """Tag the archive anew in batches; nothing is sent. A run that was cut off is gone on with by the next.

    Args:
        topics: The topics to tag anew, by id; none are all.
    """
    # A wrong edit is refused here: tagging with what it was meant to replace would tell nobody.
    with open_bureau(read_settings()) as bureau:
        return asdict(retag_archive(bureau, topics or ()))
