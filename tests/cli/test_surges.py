import json
from typing import TYPE_CHECKING

from flows.settings import read_settings
from flows.wiring import open_bureau, sync_declarations, utc_now
from storage.surges import begin_surge

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline


def test_before_the_first_round_nothing_was_counted(dateline: "Dateline") -> None:
    assert dateline("surges").out == "Nothing was counted yet: topics are counted from the first round on.\n"


def test_a_topic_without_history_says_until_when_it_learns(dateline: "Dateline") -> None:
    with open_bureau(read_settings()) as bureau:
        sync_declarations(bureau)
        begin_surge(bureau.store, "taiwan", "12 stories in 6 hours, usually 2", [], utc_now())
    shown = dateline("surges").out
    assert "learning until 20" in shown
    assert "Cross-strait" in shown or "Taiwan" in shown
    assert "and goes on: 12 stories in 6 hours, usually 2" in shown
    lines = [json.loads(line) for line in dateline("surges", "--json").out.splitlines()]
    assert {line["topic"] for line in lines} >= {"taiwan", "japan-relations"}
    [surge] = next(line["surges"] for line in lines if line["topic"] == "taiwan")
    assert (surge["ended_at"], surge["stories"]) == (None, {})
