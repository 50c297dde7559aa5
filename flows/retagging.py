"""Tagging the archive anew for a bureau: what the flow `replay` and the command `topics replay` do."""

from collections.abc import Sequence

from flows.steps.replaying import Retagged, replay_topics
from flows.wiring import Bureau, sync_declarations
from news.errors import SettingsError


def retag_archive(bureau: Bureau, topics: Sequence[str] = ()) -> Retagged:
    """Tag the archive anew with topics as they are declared now; none are all.

    Raises:
        SettingsError: when there is no topic of a name.
    """
    declared = bureau.declarations.topics
    if unknown := [topic for topic in topics if topic not in declared]:
        raise SettingsError(f"there is no topic {unknown[0]}; declared are {', '.join(sorted(declared))}")
    sync_declarations(bureau)
    return replay_topics(bureau.store, bureau.matcher, list(dict.fromkeys(topics)) or sorted(declared), bureau.now)
